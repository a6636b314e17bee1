"""A draft as readers would get it, made by the code that makes the public pages."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.identity.accounts.models import User

from .compose.batch import Ask, Batch
from .compose.sites import SiteContext
from .outputs.page import html
from .queries.details import INLINE, OWN_FIELDS, Detail
from .queries.rows import Row


class CannotPreview(LookupError):
    """There is nothing to show the draft in."""


def render_draft(page: BasePage, viewer: User | None = None, *, at: datetime | None = None) -> str:
    """Return the HTML of a page with the values it has in memory, saved or not, around it the site as it is now.

    ``page`` is what the editor's form or ``get_latest_revision_as_object()`` gives. ``viewer`` is who looks; whether
    they may is the desk's to ask. Raises CannotPreview when the site has no home page.
    """
    specific = page.specific if type(page) is BasePage else page
    site = specific.site or _site_of_parent(specific)
    context = SiteContext.load(site.key, at=at or timezone.now()) if site else None
    if context is None:
        raise CannotPreview(_("This page belongs to no site that can be shown. Provision the site first."))
    detail = detail_of(specific)
    ident = str(detail.row.uuid)
    batch = Batch([(context, Ask(ident, ident, 0))], drafts={ident: detail})
    return next(html(composed) for composed in batch.composed())


def _site_of_parent(page: BasePage) -> Any:
    parent = page.get_parent() if page.path else None
    return parent.specific.site if parent else None


def detail_of(page: BasePage) -> Detail:
    """Return a page in memory as the loader would return it from the database."""
    type_name = str(page._meta.model_name)
    row = Row(
        id=page.pk or 0, uuid=page.uuid, tree=page.path or "", url_path=page.url_path or f"/_/{page.slug}/",
        title=page.title, kind=page.kind, type_id=page.content_type_id, in_menu=page.show_in_menus,
        summary=page.summary, search_description=page.search_description, first_at=page.first_published_at,
        last_at=page.last_published_at, confirmed_on=page.confirmed_on, site_id=page.site_id or 0,
        revision=page.live_revision_id, publisher=None, approver=None, asker=None, emergency=None,
    )  # fmt: skip
    own = {name: getattr(page, name) for name in OWN_FIELDS.get(type_name, ())}
    body = list(page.body.get_prep_value()) if hasattr(page, "body") else []
    return Detail(row, own, body, _inline(page, type_name))


def _inline(page: BasePage, type_name: str) -> list[dict[str, Any]]:
    if type_name not in INLINE:
        return []
    model, fields = INLINE[type_name]
    relation = model._meta.get_field("page").remote_field.get_accessor_name()  # type: ignore[attr-defined]
    return [{name: getattr(row, name) for name in fields} for row in getattr(page, relation).all()]
