"""The base of every page: who it belongs to, what it is, and an identity that never changes."""

import uuid
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.models import AbstractPage, DefaultBasePageMixin
from wagtail.models.pages import AbstractPageMeta
from wagtail.search import index

from . import locks, previews, signals
from .forms import PageForm
from .permissions import NobodyAlone
from .rules import Standing, path_allowed, site_path, slug_allowed, slug_for

# What a page *is* rather than what a revision *says*: restoring or publishing an older revision must not bring
# back a former owner, nor may a copy share its original's identity.
OWNERSHIP = ("site_id", "unit_id", "office_id")
SITE_ROOT_DEPTH = 2
STANDING = tuple(name for name in Standing.__dataclass_fields__ if name not in ("shown", "lent"))
# Saves of these fields alone concern the desk, never a reader.
DESK_FIELDS = frozenset(
    (
        "latest_revision",
        "latest_revision_created_at",
        "draft_title",
        "has_unpublished_changes",
        "live_revision",
    )
    + ("go_live_at", "expire_at", "expired", "locked", "locked_at", "locked_by", "owner", "translation_key")
    + ("wagtail_admin_comments",)
)


class BasePage(AbstractPage, DefaultBasePageMixin):
    """The table every page lives in (WAGTAIL_PAGE_MODEL): one query answers "the newest pages of this unit".

    Only the tree's root belongs to nobody; a database constraint holds every other page to a site, a unit and an
    office. All three come from the parent when a page is saved without them.
    """

    SHOWN: tuple[str, ...] = ("title", "summary")  # what lists show of a page of this type

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    site = models.ForeignKey(
        "sites.Site", verbose_name=_("site"), on_delete=models.PROTECT, related_name="pages",
        null=True, blank=True, editable=False,
    )  # fmt: skip
    unit = models.ForeignKey(
        "units.Unit", verbose_name=_("unit"), on_delete=models.PROTECT, related_name="pages",
        null=True, blank=True, editable=False,
    )  # fmt: skip
    office = models.ForeignKey(
        "units.Office", verbose_name=_("owning office"), on_delete=models.PROTECT, related_name="pages",
        null=True, blank=True, editable=False,
    )  # fmt: skip
    # Whose a page is says nothing about where a picture or a page is used.
    site.wagtail_reference_index_ignore = True  # type: ignore[attr-defined]
    unit.wagtail_reference_index_ignore = True  # type: ignore[attr-defined]
    office.wagtail_reference_index_ignore = True  # type: ignore[attr-defined]
    kind = models.SlugField(_("kind"), max_length=60, blank=True, default="", editable=False)
    language = models.CharField(_("language"), max_length=12, default="vi", editable=False)
    summary = models.TextField(
        _("summary"), blank=True, default="", max_length=600,
        help_text=_("One or two sentences; shown in lists and to search engines."),
    )  # fmt: skip
    lineage_uuid = models.UUIDField(null=True, blank=True, editable=False)
    lineage_version = models.PositiveIntegerField(null=True, blank=True, editable=False)
    confirmed_on = models.DateField(_("confirmed still correct on"), null=True, blank=True, editable=False)

    search_fields = [
        *AbstractPage.search_fields,
        *DefaultBasePageMixin.search_fields,
        index.SearchField("summary"),
        index.FilterField("site"),
        index.FilterField("unit"),
        index.FilterField("office"),
        index.FilterField("kind"),
    ]
    promote_panels = [
        MultiFieldPanel(
            [FieldPanel("slug"), FieldPanel("seo_title"), FieldPanel("search_description")],
            heading=_("Address and search engines"),
        )
    ]
    exclude_fields_in_copy = ["uuid", "lineage_uuid", "lineage_version", "confirmed_on"]

    class Meta(AbstractPageMeta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(depth=1)
                | models.Q(site__isnull=False, unit__isnull=False, office__isnull=False),
                name="page_has_site_unit_and_office",
            )
        ]
        indexes = [
            models.Index(fields=["site", "kind", "-first_published_at"], name="page_newest_of_site"),
            models.Index(
                fields=["expire_at"], condition=models.Q(expire_at__isnull=False), name="page_ending"
            ),
        ]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        # On each type, because Wagtail's admin puts its own form on the base page after we are loaded.
        super().__init_subclass__(**kwargs)
        cls.base_form_class = PageForm

    @property
    def site_path(self) -> str:
        """The page's address inside its site (``/tin-tuc/le-cong-bo/``; the home page is ``/``)."""
        return site_path(self.url_path)

    def permissions_for_user(self, user: Any) -> NobodyAlone:
        """What somebody may do to the page at the desk: nothing that readers would see at once."""
        return NobodyAlone(user, self)

    def get_lock(self) -> Any:
        """Why nobody may edit the page at present, or None."""
        return locks.overdue(self, super().get_lock())

    @classmethod
    def lends(cls, pk: int) -> tuple[tuple[str, Any], ...]:
        """Return what other pages of its site show of the stored page (Standing.lent)."""
        return ()

    def _set_core_field_defaults(self) -> None:
        """Make the slug before Wagtail does, which drops the letter đ. Called by every kind of cleaning."""
        if not self.slug and self.title:  # type: ignore[has-type]
            self.slug = self._free_slug(slug_for(self.title))
        super()._set_core_field_defaults()

    def _free_slug(self, wanted: str) -> str:
        parent = self.get_parent() if self.path else getattr(self, "_cached_parent_obj", None)
        slug, number = wanted, 1
        while not self._slug_is_available(slug, parent, self):
            number += 1
            slug = f"{wanted}-{number}"
        return slug

    def clean(self) -> None:
        super().clean()
        if self.depth == 1 or not self.slug:
            return
        if not slug_allowed(self.slug):
            raise ValidationError(
                {
                    "slug": _(
                        "Use small letters a–z, digits and hyphens; “trang-1” and “so-do-trang” are taken by lists."
                    )
                }
            )
        if self.path and self.depth > SITE_ROOT_DEPTH and not path_allowed(self._planned_path()):
            raise ValidationError({"slug": _("The address gets too long. Choose a shorter slug.")})

    def _planned_path(self) -> str:
        parent = self.get_parent()
        return f"/{'/'.join(parent.url_path.split('/')[2:])}{self.slug}/"

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> Any:
        if self.depth and self.depth > 1 and not all(getattr(self, name) for name in (*OWNERSHIP, "kind")):
            self._take_after_parent()
        update_fields = kwargs.get("update_fields")
        if update_fields is not None and DESK_FIELDS.issuperset(update_fields):
            return super().save(*args, **kwargs)
        before = standing(self.pk, type(self))
        result = super().save(*args, **kwargs)
        signals.page_changed.send(sender=type(self), before=before, after=standing(self.pk, type(self)))
        return result

    def _take_after_parent(self) -> None:
        """An article in «Thông báo» is a notice, and belongs to whom its section belongs."""
        wanted = (*OWNERSHIP, "kind")
        parent = BasePage.objects.filter(path=self.path[: -self.steplen]).values(*wanted).first() or {}
        for name in wanted:
            if not getattr(self, name):
                setattr(self, name, parent.get(name) or getattr(self, name))

    def make_preview_request(
        self, original_request: Any = None, preview_mode: Any = None, extra_request_attrs: Any = None
    ) -> Any:
        """Show a draft where the desk says (its preview host), never on the desk's own host."""
        return previews.answer(self, original_request)

    def with_content_json(self, content: dict[str, Any]) -> "BasePage":
        page: BasePage = super().with_content_json(content)
        page.uuid = self.uuid
        for name in (*OWNERSHIP, "kind", "confirmed_on"):
            setattr(page, name, getattr(self, name))
        return page


def standing(pk: int | None, model: type[BasePage] | None = None) -> Standing | None:
    """Return where the stored page stands now, or None when it is not stored. ``model``: its type, when known."""
    if not pk:
        return None
    if model is None or model is BasePage:  # only its type knows what others show of it
        type_id = BasePage.objects.filter(pk=pk).values_list("content_type_id", flat=True).first()
        model = ContentType.objects.get_for_id(type_id).model_class() if type_id else None  # type: ignore[assignment]
    if model is None:
        return None
    own = [name for name in model.SHOWN if name not in STANDING]
    row = model._base_manager.filter(pk=pk).values(*STANDING, *own).first()
    if row is None:
        return None
    shown = tuple((name, row[name]) for name in model.SHOWN)
    return Standing(**{name: row[name] for name in STANDING}, shown=shown, lent=model.lends(pk))
