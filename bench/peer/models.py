"""Three page types: a home, a section that lists, an article with text, picture and table."""

from django.db import models
from wagtail import blocks
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.images.blocks import ImageChooserBlock
from wagtail.models import Page


class HeadingBlock(blocks.StructBlock):
    text = blocks.CharBlock()
    level = blocks.ChoiceBlock(choices=[("2", "2"), ("3", "3")], default="2")

    class Meta:
        template = "peer/heading.html"


class PictureBlock(blocks.StructBlock):
    image = ImageChooserBlock()
    caption = blocks.CharBlock(required=False)

    class Meta:
        template = "peer/picture.html"


class TableBlock(blocks.StructBlock):
    caption = blocks.CharBlock()
    header = blocks.ListBlock(blocks.CharBlock())
    rows = blocks.ListBlock(blocks.ListBlock(blocks.CharBlock(required=False)))
    first_column_is_head = blocks.BooleanBlock(required=False, default=True)

    class Meta:
        template = "peer/table.html"


class PeerPage(Page):
    """What every page's template wants."""

    class Meta:
        abstract = True

    def get_context(self, request, *args, **kwargs):  # type: ignore[no-untyped-def]
        context = super().get_context(request, *args, **kwargs)
        home = self.get_ancestors(inclusive=True).filter(depth=2).first()
        context["home"] = home
        context["menu"] = home.get_children().live().in_menu()
        context["latest"] = (
            ArticlePage.objects.descendant_of(home).live().order_by("-first_published_at")[:10]
        )
        return context


class HomePage(PeerPage):
    intro = RichTextField(blank=True)
    content_panels = [*Page.content_panels, FieldPanel("intro")]


class SectionPage(PeerPage):
    def get_context(self, request, *args, **kwargs):  # type: ignore[no-untyped-def]
        context = super().get_context(request, *args, **kwargs)
        context["entries"] = ArticlePage.objects.child_of(self).live().order_by("-first_published_at")[:20]
        return context


class ArticlePage(PeerPage):
    summary = models.TextField(blank=True)
    picture = models.ForeignKey(
        "wagtailimages.Image", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    body = StreamField(
        [
            ("text", blocks.RichTextBlock(features=["bold", "italic", "ol", "ul", "link", "document-link"])),
            ("heading", HeadingBlock()),
            ("image", PictureBlock()),
            ("table", TableBlock()),
        ],
        blank=True,
    )
    content_panels = [*Page.content_panels, FieldPanel("summary"), FieldPanel("picture"), FieldPanel("body")]
