"""The page itself: title, address, metadata, body."""

from collections.abc import Sequence
from typing import Any

from .. import keys
from ..public_views import Block, PageView
from ..queries.rows import HOME_LENGTH, STEP, Row
from .entries import updated_at
from .gathering import Gathered
from .sites import SiteContext

LAYOUTS = {
    "sectionpage": "section",
    "articlepage": "article",
    "textpage": "text",
    "organisationpage": "organisation",
    "officialspage": "officials",
    "contactpage": "contact",
    "documentspage": "documents",
    "legaldocumentpage": "document",
}


def layout_of(row: Row, *, is_city: bool) -> str:
    if row.type == "homepage":
        return "city-home" if is_city else "commune-home"
    return LAYOUTS[row.type]


def page_view(
    context: SiteContext,
    gathered: Gathered,
    row: Row,
    *,
    body: Sequence[Block] = (),
    own: dict[str, Any] | None = None,
    name_only: bool = False,
) -> PageView:
    """Return what every layout gets as ``page``. ``name_only``: the output will show no more of it than its name."""
    if name_only:
        gathered.name(row)
    else:
        gathered.page(row)
    if len(row.tree) > HOME_LENGTH + STEP:
        gathered.reads.add(keys.trail(row.uuid))
    for above in context.structure.ancestors(row.tree)[1:]:  # the home page is «Trang chủ», and at /
        gathered.reads |= {keys.title(above.uuid), keys.address(above.uuid)}
    canonical = context.facts.address(context.facts.site, row.path)
    author = (own or {}).get("author", "")
    return PageView(
        uuid=str(row.uuid),
        layout=layout_of(row, is_city=context.facts.site.is_city),
        title=row.title,
        path=row.path,
        canonical=canonical,
        description=row.description,
        kind=row.kind,
        breadcrumbs=context.breadcrumbs(row.tree, row.title),
        published_at=row.first_at,
        updated_at=updated_at(row),
        confirmed_on=row.confirmed_on,
        author=author,
        dublin_core=dublin_core(context, row, canonical, author=author, source=(own or {}).get("source", "")),
        body=tuple(body),
    )


def dublin_core(
    context: SiteContext, row: Row, canonical: str, *, author: str = "", source: str = ""
) -> dict[str, str]:
    """Return the metadata a page must carry: TT 24/2011/TT-BTTTT, Điều 4–9.

    Six elements are mandatory (tiêu đề, người tạo, thời gian, mô tả, cơ quan ban hành, yếu tố định danh), so each has
    a fallback that is true; language, source and subject are recommended.
    """
    moment = row.last_at or row.first_at
    parent = context.structure.parent(row.tree)
    office = context.facts.office_name
    elements = {
        "title": row.title,
        "creator": author or office,
        "date": moment.astimezone(keys.LOCAL).date().isoformat() if moment else "",
        "description": row.description or f"{row.title} – {context.facts.unit.full_name}",
        "publisher": office,
        "identifier": canonical,
        "language": "vi",
        "source": source,
        "subject": parent.title if parent and len(row.tree) > 12 else "",
    }
    return {name: value for name, value in elements.items() if value}
