"""The base of every page: who it belongs to, what it is, and an identity that never changes."""

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.models import AbstractPage, DefaultBasePageMixin
from wagtail.models.pages import AbstractPageMeta
from wagtail.search import index

from .rules import path_allowed, slug_allowed, slug_for

# What a page *is* rather than what a revision *says*: restoring or publishing an older revision must not bring
# back a former owner, nor may a copy share its original's identity.
OWNERSHIP = ("site_id", "unit_id", "office_id")
SITE_ROOT_DEPTH = 2


class BasePage(AbstractPage, DefaultBasePageMixin):
    """The table every page lives in (WAGTAIL_PAGE_MODEL): one query answers "the newest pages of this unit".

    Only the tree's root belongs to nobody; a database constraint holds every other page to a site, a unit and an
    office. All three come from the parent when a page is saved without them.
    """

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
        indexes = [models.Index(fields=["site", "kind", "-first_published_at"], name="page_newest_of_site")]

    @property
    def site_path(self) -> str:
        """The page's address inside its site (``/tin-tuc/le-cong-bo/``; the home page is ``/``)."""
        return "/" + "/".join(self.url_path.split("/")[2:])

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        if not self.slug:
            self.slug = self._free_slug(slug_for(self.title)) if self.title else ""
        super().full_clean(*args, **kwargs)

    def _free_slug(self, wanted: str) -> str:
        parent = self.get_parent() if self.path else None
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

    def save(self, *args: Any, **kwargs: Any) -> Any:
        if self.depth and self.depth > 1 and not all(getattr(self, name) for name in OWNERSHIP):
            self._take_ownership_from_parent()
        return super().save(*args, **kwargs)

    def _take_ownership_from_parent(self) -> None:
        parent = BasePage.objects.filter(path=self.path[: -self.steplen]).values(*OWNERSHIP).first() or {}
        for name in OWNERSHIP:
            if not getattr(self, name):
                setattr(self, name, parent.get(name))

    def with_content_json(self, content: dict[str, Any]) -> "BasePage":
        page: BasePage = super().with_content_json(content)
        page.uuid = self.uuid
        for name in OWNERSHIP:
            setattr(page, name, getattr(self, name))
        return page
