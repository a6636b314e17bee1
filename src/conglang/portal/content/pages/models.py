"""The page types. Few, by structure; what a page is about is its *kind*, which is data (kinds.toml)."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel
from wagtail.models import Orderable

from conglang.portal.content.pagebase.fields import SlimStreamField
from conglang.portal.content.pagebase.models import BasePage

from . import lending
from .blocks import BodyBlock

TITLE = BasePage.content_panels
LEAF: list[str] = []  # pages that take no children


def body_field() -> SlimStreamField:
    return SlimStreamField(BodyBlock(), verbose_name=_("text"), blank=True, default=list)


class HomePage(BasePage):
    """The face of one site. What it lists comes from the site's sections; only the sentence on top is its own."""

    intro = models.TextField(_("sentence on top"), blank=True, default="", max_length=400)

    content_panels = [*TITLE, FieldPanel("intro"), FieldPanel("summary")]
    parent_page_types = LEAF  # born by provisioning only
    subpage_types = [
        "pages.SectionPage", "pages.TextPage", "pages.OrganisationPage", "pages.OfficialsPage", "pages.ContactPage",
        "pages.DocumentsPage",
    ]  # fmt: skip

    class Meta:
        verbose_name = _("home page")
        verbose_name_plural = _("home pages")


class SectionPage(BasePage):
    """A part of the menu: lists what is below it."""

    body = body_field()

    content_panels = [*TITLE, FieldPanel("summary"), FieldPanel("body")]
    parent_page_types = ["pages.HomePage", "pages.SectionPage"]
    subpage_types = [
        "pages.SectionPage", "pages.ArticlePage", "pages.TextPage", "pages.OrganisationPage", "pages.OfficialsPage",
        "pages.ContactPage", "pages.DocumentsPage",
    ]  # fmt: skip

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")


class ArticlePage(BasePage):
    """News, a notice, an announcement."""

    SHOWN = (*BasePage.SHOWN, "picture_id", "deadline", "source")

    picture = models.ForeignKey(
        "files.Image",
        verbose_name=_("picture"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    body = body_field()
    deadline = models.DateField(_("deadline for readers"), null=True, blank=True)
    author = models.CharField(_("author"), max_length=160, blank=True, default="")
    source = models.CharField(_("source"), max_length=200, blank=True, default="")

    content_panels = [
        *TITLE,
        FieldPanel("summary"),
        FieldPanel("picture"),
        FieldPanel("body"),
        MultiFieldPanel(
            [FieldPanel("author"), FieldPanel("source"), FieldPanel("deadline")], heading=_("About the text")
        ),
    ]
    parent_page_types = ["pages.SectionPage"]
    subpage_types = LEAF

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")


class TextPage(BasePage):
    """A lasting text: the introduction, natural conditions, a code of conduct."""

    body = body_field()

    content_panels = [*TITLE, FieldPanel("summary"), FieldPanel("body")]
    parent_page_types = ["pages.HomePage", "pages.SectionPage"]
    subpage_types = LEAF

    class Meta:
        verbose_name = _("text page")
        verbose_name_plural = _("text pages")


class OrganisationPage(BasePage):
    """The parts of the office, as an outline that becomes a chart and a list."""

    body = body_field()

    content_panels = [
        *TITLE,
        FieldPanel("summary"),
        FieldPanel("body"),
        InlinePanel("nodes", label=_("part of the office")),
    ]
    parent_page_types = ["pages.HomePage", "pages.SectionPage"]
    subpage_types = LEAF

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")


class OrganisationNode(Orderable):
    """One part of the office. Its parent is the nearest part above it in the list with a smaller level.

    An outline instead of a reference: it can be drafted, sorted and copied as one list.
    """

    page = ParentalKey(OrganisationPage, on_delete=models.CASCADE, related_name="nodes")
    level = models.PositiveSmallIntegerField(_("level"), default=1, validators=[MaxValueValidator(4)])
    name = models.CharField(_("name"), max_length=200)
    duties = models.TextField(_("duties"), blank=True, default="")
    head = models.CharField(_("head"), max_length=160, blank=True, default="")
    vacant = models.BooleanField(_("vacant"), default=False)
    phone = models.CharField(_("telephone"), max_length=40, blank=True, default="")

    panels = [
        FieldRowPanel([FieldPanel("name"), FieldPanel("level")]),
        FieldPanel("duties"),
        FieldRowPanel([FieldPanel("head"), FieldPanel("vacant"), FieldPanel("phone")]),
    ]

    def __str__(self) -> str:
        return self.name


class OfficialsPage(BasePage):
    """The people in charge: Party Committee, People's Council, People's Committee, Fatherland Front."""

    body = body_field()

    content_panels = [*TITLE, FieldPanel("summary"), InlinePanel("posts", label=_("post"))]
    parent_page_types = ["pages.HomePage", "pages.SectionPage"]
    subpage_types = LEAF

    class Meta:
        verbose_name = _("key officials")
        verbose_name_plural = _("pages of key officials")

    @classmethod
    def lends(cls, pk: int) -> lending.Lent:
        return lending.of_officials(Post.objects.filter(page_id=pk))


class Post(Orderable):
    """A post in one of the four bodies: held, vacant, or not told yet (no name and not vacant).

    Never a birth date, a home address or a private telephone.
    """

    class Body(models.TextChoices):
        PARTY = "party", _("Party Committee")
        COUNCIL = "council", _("People's Council")
        COMMITTEE = "committee", _("People's Committee")
        FRONT = "front", _("Fatherland Front Committee")

    page = ParentalKey(OfficialsPage, on_delete=models.CASCADE, related_name="posts")
    body = models.CharField(_("body"), max_length=10, choices=Body)
    title = models.CharField(_("post"), max_length=160)
    person_name = models.CharField(_("full name"), max_length=160, blank=True, default="")
    vacant = models.BooleanField(_("vacant"), default=False)
    illustration = models.BooleanField(_("illustration, not a real person"), default=False)
    term_start = models.DateField(_("in office since"), null=True, blank=True)
    biography = models.TextField(_("short biography"), blank=True, default="")
    duties = models.TextField(_("duties"), blank=True, default="")
    phone = models.CharField(_("office telephone"), max_length=40, blank=True, default="")
    photo = models.ForeignKey(
        "files.Image",
        verbose_name=_("photograph"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    panels = [
        FieldRowPanel([FieldPanel("body"), FieldPanel("title")]),
        FieldRowPanel([FieldPanel("person_name"), FieldPanel("vacant"), FieldPanel("illustration")]),
        FieldRowPanel([FieldPanel("term_start"), FieldPanel("phone"), FieldPanel("photo")]),
        FieldPanel("biography"),
        FieldPanel("duties"),
    ]

    class Meta(Orderable.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(vacant=False) | models.Q(person_name=""),
                name="vacant_post_has_no_name",
                violation_error_message=_("A post with a name is not vacant: remove the name or the mark."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.person_name}" if self.person_name else self.title


class ContactPage(BasePage):
    """How to reach the office. Empty means not supplied yet, and the page says so."""

    address = models.CharField(_("address"), max_length=300, blank=True, default="")
    phone = models.CharField(_("telephone"), max_length=40, blank=True, default="")
    fax = models.CharField(_("fax"), max_length=40, blank=True, default="")
    email = models.EmailField(_("e-mail"), blank=True, default="")
    responsible = models.CharField(
        _("person responsible for the site"), max_length=200, blank=True, default=""
    )
    latitude = models.FloatField(
        _("latitude"), null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    longitude = models.FloatField(
        _("longitude"), null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    body = body_field()

    content_panels = [
        *TITLE,
        FieldPanel("address"),
        FieldRowPanel([FieldPanel("phone"), FieldPanel("fax"), FieldPanel("email")]),
        FieldPanel("responsible"),
        FieldRowPanel([FieldPanel("latitude"), FieldPanel("longitude")]),
        InlinePanel("hours", label=_("opening hours")),
        FieldPanel("body"),
    ]
    parent_page_types = ["pages.HomePage", "pages.SectionPage"]
    subpage_types = LEAF

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contact pages")

    @classmethod
    def lends(cls, pk: int) -> lending.Lent:
        return lending.of_contact(cls.objects.filter(pk=pk), OpeningHours.objects.filter(page_id=pk))


class OpeningHours(Orderable):
    """One span on one weekday; a day may have several."""

    page = ParentalKey(ContactPage, on_delete=models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField(
        _("day of the week"),
        choices=[
            (1, _("Monday")), (2, _("Tuesday")), (3, _("Wednesday")), (4, _("Thursday")), (5, _("Friday")),
            (6, _("Saturday")), (7, _("Sunday")),
        ],
    )  # fmt: skip
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))

    panels = [FieldRowPanel([FieldPanel("weekday"), FieldPanel("opens"), FieldPanel("closes")])]

    class Meta(Orderable.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closes__gt=models.F("opens")), name="hours_close_after_they_open"
            )
        ]


class DocumentsPage(BasePage):
    """A register of legal documents, newest first."""

    body = body_field()

    content_panels = [*TITLE, FieldPanel("summary"), FieldPanel("body")]
    parent_page_types = ["pages.HomePage", "pages.SectionPage"]
    subpage_types = ["pages.LegalDocumentPage"]

    class Meta:
        verbose_name = _("register of documents")
        verbose_name_plural = _("registers of documents")


class LegalDocumentPage(BasePage):
    """One document: number, days, issuer, what it is about (the summary), the file."""

    SHOWN = (*BasePage.SHOWN, "number", "form", "issued_on", "issuer", "file_id")

    number = models.CharField(_("number and symbol"), max_length=80)
    form = models.CharField(_("form of document"), max_length=80, blank=True, default="")
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    effective_on = models.DateField(_("in force from"), null=True, blank=True)
    issuer = models.CharField(_("issued by"), max_length=200, blank=True, default="")
    file = models.ForeignKey(
        "files.Document",
        verbose_name=_("file"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    body = body_field()

    content_panels = [
        *TITLE,
        FieldRowPanel([FieldPanel("number"), FieldPanel("form")]),
        FieldRowPanel([FieldPanel("issued_on"), FieldPanel("effective_on")]),
        FieldPanel("issuer"),
        FieldPanel("summary"),
        FieldPanel("file"),
        FieldPanel("body"),
    ]
    parent_page_types = ["pages.DocumentsPage"]
    subpage_types = LEAF

    class Meta:
        verbose_name = _("legal document")
        verbose_name_plural = _("legal documents")


class FormerPath(models.Model):
    """An address a page once had. It leads to where the page is now, or says that the page is gone."""

    site = models.ForeignKey("sites.Site", on_delete=models.PROTECT, related_name="former_paths")
    path = models.CharField(max_length=200)
    page_uuid = models.UUIDField(db_index=True)
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("site", "path"), name="one_former_path_per_site")]

    def __str__(self) -> str:
        return f"{self.site_id}{self.path}"


class Withdrawal(models.Model):
    """A page taken down with a notice: why, since when, and what stands in its place. Ended by publishing it again.

    Beside the page and not in its revisions: no draft and no older revision brings a notice back or away.
    """

    class Reason(models.TextChoices):
        WRONG = "wrong", _("The information was wrong")
        OUTDATED = "outdated", _("The information is no longer in force")
        REPLACED = "replaced", _("It was replaced by other information")
        PERSONAL = "personal", _("It contained personal information that is to be protected")
        DEMANDED = "demanded", _("A competent authority demanded it")
        MISTAKE = "mistake", _("It was published by mistake")
        OTHER = "other", _("Another reason")

    page = models.ForeignKey(BasePage, on_delete=models.CASCADE, related_name="withdrawals")
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    text = models.TextField(_("what readers should know"), blank=True, default="", max_length=600)
    replacement = models.ForeignKey(
        BasePage,
        verbose_name=_("read instead"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    at = models.DateTimeField(_("withdrawn at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("withdrawn by"), on_delete=models.SET_NULL, null=True, blank=True,
        related_name="+",
    )  # fmt: skip
    provisional = models.BooleanField(
        default=False
    )  # by one person: readers get a fixed sentence, no words of this row
    second = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    emergency = models.BooleanField(default=False)  # by the city, over the unit's head
    # what readers saw last
    revision = models.ForeignKey(
        "wagtailcore.Revision", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(_("published again at"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["page"], condition=models.Q(ended_at=None), name="one_notice_for_a_page"
            )
        ]

    def __str__(self) -> str:
        return f"{self.page_id}: {self.reason}"
