"""What only a page's type knows, and the entries of lists."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, OuterRef, Q, QuerySet, TextField, Value, Window
from django.db.models.functions import Cast, Coalesce, Left, Length, RowNumber, TruncDate

from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.identity.sites.models import Site

from ..models import (
    ArticlePage,
    ContactPage,
    DocumentsPage,
    HomePage,
    LegalDocumentPage,
    OfficialsPage,
    OrganisationNode,
    OrganisationPage,
    Post,
    SectionPage,
    TextPage,
)
from ..rules import PAGE_SIZE
from .prepared import Values, prepared
from .rows import ROW_FIELDS, STEP, Row

MODELS: dict[str, type[BasePage]] = {
    model._meta.model_name: model
    for model in (
        HomePage, SectionPage, ArticlePage, TextPage, OrganisationPage, OfficialsPage, ContactPage, DocumentsPage,
        LegalDocumentPage,
    )
}  # fmt: skip
OWN_FIELDS: dict[str, tuple[str, ...]] = {
    "homepage": ("intro",),
    "articlepage": ("picture_id", "deadline", "author", "source"),
    "legaldocumentpage": ("number", "form", "issued_on", "effective_on", "issuer", "file_id"),
}
INLINE: dict[str, tuple[type[Any], tuple[str, ...]]] = {
    "organisationpage": (OrganisationNode, ("level", "name", "duties", "head", "vacant", "phone")),
    "officialspage": (
        Post,
        (
            "body",
            "title",
            "person_name",
            "vacant",
            "illustration",
            "term_start",
            "biography",
            "duties",
            "phone",
            "photo_id",
        ),
    ),
}


@dataclass(frozen=True)
class Detail:
    """One page in full: its row, the fields of its type, its body as stored JSON, its inline rows."""

    row: Row
    own: dict[str, Any] = field(default_factory=dict)
    body: Sequence[dict[str, Any]] = ()
    inline: Sequence[dict[str, Any]] = ()


def details(type_name: str, ids: Iterable[int]) -> list[Detail]:
    """Load live pages of one type in full, in one statement and one for their inline rows."""
    own = OWN_FIELDS.get(type_name, ())
    loaded = _loading(type_name)(ids)
    inline = _inline(type_name, [values[0] for values in loaded])
    width = len(ROW_FIELDS)
    return [
        Detail(
            Row(*values[:width]),
            dict(zip(own, values[width + 1 :], strict=True)),
            json.loads(values[width] or "[]"),
            inline.get(values[0], ()),
        )
        for values in loaded
    ]


@cache
def _loading(type_name: str) -> Callable[..., Values]:
    model, own = MODELS[type_name], OWN_FIELDS.get(type_name, ())
    return prepared(
        lambda ids: (
            model.objects.filter(pk__in=ids, live=True)
            .annotate(raw=_raw_body(model))
            .order_by("path")
            .values_list(*ROW_FIELDS, "raw", *own)
        )
    )


def _raw_body(model: type[BasePage]) -> Any:
    """The stored JSON as text: a StreamValue would query the database block by block."""
    has_body = any(field.name == "body" for field in model._meta.local_fields)
    return Cast("body", TextField()) if has_body else Value("[]")


def _inline(type_name: str, ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    if type_name not in INLINE or not ids:
        return {}
    model, fields = INLINE[type_name]
    found: dict[int, list[dict[str, Any]]] = {}
    for values in (
        model.objects.filter(page_id__in=ids)
        .order_by("page_id", "sort_order", "pk")
        .values("page_id", *fields)
    ):
        found.setdefault(values.pop("page_id"), []).append(values)
    return found


def entry_rows(sites: Collection[int], uuids: Iterable[str | UUID]) -> list[Row]:
    """Load live articles and documents of these sites (pks) by identity."""
    return [Row(*values) for values in _live_by_uuid(sites, [UUID(str(uuid)) for uuid in uuids])]


_live_by_uuid = prepared(
    lambda sites, uuids: BasePage.objects.filter(site_id__in=sites, uuid__in=uuids, live=True).values_list(
        *ROW_FIELDS
    )
)


@dataclass(frozen=True)
class Entry:
    """One entry of a list, with its place in it (1 is the oldest) and the list's length."""

    row: Row
    own: dict[str, Any]
    parent: str = ""
    position: int = 0
    total: int = 0


def _order(type_name: str) -> list[Any]:
    if type_name == "legaldocumentpage":
        return [Coalesce("issued_on", TruncDate("first_published_at")), F("id")]
    return [F("first_published_at"), F("id")]


def listed(type_name: str, sites: Collection[int], wanted: dict[str, set[int]]) -> dict[str, list[Entry]]:
    """Load entries of several lists: by the place of the parent, page numbers (0: the newest ones). Oldest first.

    One statement counts through the lists, which may be long, with nothing but their order; one loads what is chosen.
    """
    if all(numbers == {0} for numbers in wanted.values()):
        places = _newest_places(type_name)(sites, wanted)
    else:
        spans = [Q(parent=tree) & _span(number) for tree, numbers in wanted.items() for number in numbers]
        places = list(_places(type_name, sites, wanted, reduce(or_, spans, Q(pk__in=[]))))
    entries = _entries(type_name, [pk for pk, *_ in places])
    found: dict[str, list[Entry]] = {tree: [] for tree in wanted}
    for pk, tree, position, total in places:
        found[tree].append(replace(entries[pk], parent=tree, position=position, total=total))
    return found


@cache
def _newest_places(type_name: str) -> Callable[..., Values]:
    return prepared(lambda sites, parents: _places(type_name, sites, parents, _span(0)))


def _places(type_name: str, sites: Collection[int], parents: Iterable[str], chosen: Q) -> QuerySet[Any, Any]:
    """Who stands where in lists: page, the list's place in the tree, position, the list's length. Oldest first."""
    numbered = (
        MODELS[type_name]
        .objects.filter(site_id__in=sites, live=True)
        .annotate(parent=Left("path", Length("path") - STEP))
        .filter(parent__in=list(parents))
        .annotate(
            position=Window(RowNumber(), partition_by=[F("parent")], order_by=_order(type_name)),
            total=Window(Count("pk"), partition_by=[F("parent")]),
        )
    )
    return numbered.filter(chosen).order_by("position").values_list("pk", "parent", "position", "total")


def _span(number: int) -> Q:
    if number == 0:
        return Q(position__gt=F("total") - 2 * PAGE_SIZE)
    return Q(position__gt=(number - 1) * PAGE_SIZE, position__lte=number * PAGE_SIZE)


def _entry(values: tuple[Any, ...], own: Sequence[str]) -> Entry:
    width = len(ROW_FIELDS)
    named = dict(zip(own, values[width : width + len(own)], strict=True))
    return Entry(Row(*values[:width]), named)


def newest_articles(site_id: int, kinds: Iterable[str], count: int) -> list[Entry]:
    """Load the newest live articles of some kinds on a site, newest first.

    Asked kind by kind, for each is an index: over several, PostgreSQL would sort all articles there are.
    """
    lists = {kind: Newest("articlepage", (kind,), count) for kind in kinds}
    found = newest_by_site([site_id], lists).get(site_id, {})
    every = (entry for some in found.values() for entry in some)
    return sorted(every, key=_newness, reverse=True)[:count]


def _newness(entry: Entry) -> tuple[bool, Any, int]:
    """As PostgreSQL sorts: what has no date comes after every date."""
    return entry.row.first_at is None, entry.row.first_at or 0, entry.row.id


@dataclass(frozen=True)
class Newest:
    """The newest ``count`` live entries of some kinds that a place shows."""

    type_name: str
    kinds: tuple[str, ...]
    count: int


def newest_by_site(sites: Collection[int], wanted: Mapping[str, Newest]) -> dict[int, dict[str, list[Entry]]]:
    """Load several such lists of each of these sites (pks): by site and the list's name, newest first.

    One statement says which they are, and one for each type loads them.
    """
    names = [f"list_{name}" for name in wanted]
    rows = _choosing(tuple(wanted.items()))(sites)
    chosen = {pk: dict(zip(names, lists, strict=True)) for pk, *lists in rows}
    entries: dict[int, Entry] = {}
    for type_name in {one.type_name for one in wanted.values()}:
        names = [f"list_{name}" for name, one in wanted.items() if one.type_name == type_name]
        entries |= _entries(type_name, [pk for row in chosen.values() for name in names for pk in row[name]])
    return {
        site: {name: [entries[pk] for pk in row[f"list_{name}"]] for name in wanted}
        for site, row in chosen.items()
    }


@cache
def _choosing(wanted: tuple[tuple[str, Newest], ...]) -> Callable[..., Values]:
    lists = {
        f"list_{name}": ArraySubquery(
            _live_of_kinds(one.type_name, one.kinds, OuterRef("pk")).values("pk")[: one.count]
        )
        for name, one in wanted
    }
    return prepared(
        lambda sites: Site.objects.filter(pk__in=sites).annotate(**lists).values_list("pk", *lists)
    )


def _entries(type_name: str, ids: Collection[int]) -> dict[int, Entry]:
    return {values[0]: _entry(values, OWN_FIELDS[type_name]) for values in _loading_entries(type_name)(ids)}


@cache
def _loading_entries(type_name: str) -> Callable[..., Values]:
    model, own = MODELS[type_name], OWN_FIELDS[type_name]
    return prepared(lambda ids: model.objects.filter(pk__in=ids).values_list(*ROW_FIELDS, *own))


def _live_of_kinds(type_name: str, kinds: Iterable[str], site: Any) -> QuerySet[Any]:
    found = MODELS[type_name].objects.filter(site_id=site, kind__in=list(kinds), live=True)
    return found.order_by(*(key.desc() for key in _order(type_name)))
