"""The blocks an editor composes a text from. How they reach a reader is in stream.py, which walks the stored JSON."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock

from .rules import video_host_allowed

TEXT_FEATURES = ["bold", "italic", "ol", "ul", "link", "document-link"]


class HeadingBlock(blocks.StructBlock):
    text = blocks.CharBlock(label=_("Heading"), max_length=160)
    level = blocks.ChoiceBlock(
        label=_("Level"), choices=[("2", _("Main part")), ("3", _("Part of a part"))], default="2"
    )

    class Meta:
        icon = "title"


class ImageBlock(blocks.StructBlock):
    image = ImageChooserBlock(label=_("Picture"))
    caption = blocks.CharBlock(label=_("Caption"), required=False, max_length=300)

    class Meta:
        icon = "image"


class TableBlock(blocks.StructBlock):
    """Rows of cells, typed or pasted; the first row is the head."""

    caption = blocks.CharBlock(label=_("What the table shows"), max_length=200)
    header = blocks.ListBlock(
        blocks.CharBlock(max_length=120), label=_("Column heads"), min_num=1, max_num=20
    )
    rows = blocks.ListBlock(
        blocks.ListBlock(blocks.CharBlock(required=False, max_length=500), label=_("Cells")), label=_("Rows")
    )
    first_column_is_head = blocks.BooleanBlock(
        label=_("The first column names its row"), required=False, default=True
    )

    class Meta:
        icon = "table"

    def clean(self, value: blocks.StructValue) -> blocks.StructValue:
        cleaned = super().clean(value)
        columns = len(cleaned["header"])
        if wrong := [number for number, row in enumerate(cleaned["rows"], 1) if len(row) != columns]:
            rows = ", ".join(map(str, wrong[:5]))
            message = _(
                "Give every row as many cells as there are column heads (%(columns)s). Check row %(rows)s."
            )
            raise ValidationError(message % {"columns": columns, "rows": rows})
        return cleaned


class QuoteBlock(blocks.StructBlock):
    text = blocks.TextBlock(label=_("Quotation"))
    source = blocks.CharBlock(label=_("Who said or wrote it"), required=False, max_length=200)

    class Meta:
        icon = "openquote"


class FileBlock(blocks.StructBlock):
    document = DocumentChooserBlock(label=_("File"))
    title = blocks.CharBlock(label=_("Title"), required=False, max_length=200)

    class Meta:
        icon = "doc-full"


class VideoBlock(blocks.StructBlock):
    """A film of our own, or a link to one elsewhere: nothing of a third party is loaded into the page."""

    title = blocks.CharBlock(label=_("Title"), max_length=200)
    document = DocumentChooserBlock(label=_("Our own file (MP4)"), required=False)
    link = blocks.URLBlock(label=_("Or its address elsewhere"), required=False)
    poster = ImageChooserBlock(label=_("Still picture"), required=False)
    transcript = blocks.TextBlock(label=_("What is said and shown"), required=False)

    class Meta:
        icon = "media"

    def clean(self, value: blocks.StructValue) -> blocks.StructValue:
        cleaned = super().clean(value)
        if not cleaned["document"] and not cleaned["link"]:
            raise ValidationError(_("Choose a file or give an address."))
        if cleaned["link"] and not video_host_allowed(cleaned["link"]):
            raise ValidationError(_("Give an https address on a video site we know, such as youtube.com."))
        return cleaned


class TimelineEntryBlock(blocks.StructBlock):
    when = blocks.CharBlock(label=_("When"), max_length=80)
    text = blocks.TextBlock(label=_("What happened"))


class FactBlock(blocks.StructBlock):
    label = blocks.CharBlock(label=_("Name"), max_length=120)
    value = blocks.CharBlock(label=_("Value"), max_length=300)
    note = blocks.CharBlock(label=_("Note"), required=False, max_length=300)


class PredecessorsBlock(blocks.StructBlock):
    """The former units this unit was formed from; filled in from the register of units, never typed."""

    note = blocks.CharBlock(label=_("Note under the list"), required=False, max_length=400)

    class Meta:
        icon = "site"


class BodyBlock(blocks.StreamBlock):
    text = blocks.RichTextBlock(label=_("Paragraphs"), features=TEXT_FEATURES, icon="pilcrow")
    heading = HeadingBlock(label=_("Heading"))
    image = ImageBlock(label=_("Picture"))
    gallery = blocks.ListBlock(ImageBlock(), label=_("Several pictures"), min_num=2, icon="image")
    table = TableBlock(label=_("Table"))
    quote = QuoteBlock(label=_("Quotation"))
    file = FileBlock(label=_("File to download"))
    video = VideoBlock(label=_("Film"))
    timeline = blocks.ListBlock(TimelineEntryBlock(), label=_("Course of events"), icon="date")
    facts = blocks.ListBlock(FactBlock(), label=_("Facts and figures"), icon="list-ul")
    predecessors = PredecessorsBlock(label=_("Former units"))
