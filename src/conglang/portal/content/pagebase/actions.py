"""Putting many pages into the tree at once."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone
from modelcluster.models import get_all_child_relations
from wagtail.models import Locale, Revision

from .indexing import index_pages
from .models import OWNERSHIP, BasePage

TREE_LOCK = 0x70616765  # every bulk insert takes it; add_child is kept out by the lock on the parent's row
BATCH = 1000


@dataclass
class Draft:
    """A page to be inserted, unsaved, and what goes below it."""

    page: BasePage
    children: list["Draft"] = field(default_factory=list)


Placing = tuple[BasePage, Sequence[Draft]]


def insert_trees(parent: BasePage, drafts: Sequence[Draft], *, at: datetime | None = None) -> list[BasePage]:
    """Insert whole trees of live pages below ``parent``; return the pages, parents before children."""
    return insert_below([(parent, drafts)], at=at)


@transaction.atomic
def insert_below(placings: Sequence[Placing], *, at: datetime | None = None) -> list[BasePage]:
    """Insert whole trees of live pages below several parents; return the pages, parents before children.

    Gives what ``add_child`` and ``save_revision().publish()`` would give one by one (a test compares them), in a few
    statements: tree columns, ownership, the rows of each page type, their inline children, one revision each. It does
    not validate and sends no signal: the caller touches what it changed.
    """
    _lock_tree()
    moment = at or timezone.now()
    pages = list(_place(placings))
    if pages:
        _complete(pages, moment)
        _insert_rows(pages)
        _insert_revisions(pages, moment)
        index_pages(_by_type(pages))
    return pages


@transaction.atomic
def publish_together(pages: Sequence[BasePage], *, at: datetime | None = None) -> None:
    """Make the present values of stored pages live, with one revision each, in a few statements.

    For pages whose title, address and place stay as they are. Lists of inline children that were set replace the
    stored ones. It does not validate and sends no signal: the caller touches what it changed.
    """
    moment = at or timezone.now()
    for page in pages:
        page.last_published_at = page.latest_revision_created_at = moment
        page.has_unpublished_changes = False
    BasePage.objects.bulk_update(
        [BasePage(**{name: getattr(page, name) for name in _shared_columns()}, pk=page.pk) for page in pages],
        ["summary", "last_published_at", "latest_revision_created_at", "has_unpublished_changes"],
        batch_size=BATCH,
    )
    for model, group in _by_type(pages).items():
        if own := [field.name for field in model._meta.local_concrete_fields if not field.primary_key]:
            model._base_manager.bulk_update(group, own, batch_size=BATCH)
        _replace_inline_children(model, group)
    _insert_revisions(pages, moment)
    index_pages(_by_type(pages))


def _lock_tree() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TREE_LOCK])


def _place(placings: Sequence[Placing]) -> Iterator[BasePage]:
    """Give every page its place below its parent, after the children that are there."""
    wanted = {parent.pk: drafts for parent, drafts in placings if drafts}
    for parent in BasePage.objects.select_for_update().filter(pk__in=wanted).order_by("path"):
        drafts = wanted[parent.pk]
        below = BasePage.objects.filter(depth=parent.depth + 1, path__startswith=parent.path)
        last = below.order_by("-path").values_list("path", flat=True).first() if parent.numchild else None
        step = int(last[-BasePage.steplen :], 36) if last else 0
        yield from _place_below(parent, drafts, step)
        BasePage.objects.filter(pk=parent.pk).update(numchild=models.F("numchild") + len(drafts))


def _place_below(parent: BasePage, drafts: Sequence[Draft], step: int) -> Iterator[BasePage]:
    for number, draft in enumerate(drafts, step + 1):
        page = draft.page
        page.depth = parent.depth + 1
        page.path = BasePage._get_path(parent.path, page.depth, number)
        page.numchild = len(draft.children)
        page.url_path = f"{parent.url_path}{page.slug}/"
        for name in (*OWNERSHIP, "kind"):
            if not getattr(page, name):
                setattr(page, name, getattr(parent, name))
        yield page
        yield from _place_below(page, draft.children, 0)


def _complete(pages: Sequence[BasePage], at: datetime) -> None:
    locale = Locale.get_default()
    for page in pages:
        page.locale = locale
        page.draft_title = page.title
        page.live = True
        page.first_published_at = page.first_published_at or at
        page.last_published_at = page.last_published_at or page.first_published_at
        page.latest_revision_created_at = at


def _insert_rows(pages: Sequence[BasePage]) -> None:
    shared = _shared_columns()
    bases = [BasePage(**{name: getattr(page, name) for name in shared}) for page in pages]
    BasePage.objects.bulk_create(bases, batch_size=BATCH)
    for page, base in zip(pages, bases, strict=True):
        page.pk = page.id = base.pk
        setattr(page, page._meta.pk.attname, base.pk)
        page._state.adding, page._state.db = False, base._state.db
    for model, group in _by_type(pages).items():
        # bulk_create refuses multi-table children; their own columns are one plain insert.
        for start in range(0, len(group), BATCH):
            model._base_manager._insert(
                group[start : start + BATCH], fields=model._meta.local_concrete_fields, using=base._state.db
            )
        _insert_inline_children(model, group)


def _shared_columns() -> list[str]:
    return [field.attname for field in BasePage._meta.concrete_fields if not field.primary_key]


def _by_type(pages: Sequence[BasePage]) -> dict[type[BasePage], list[BasePage]]:
    found: dict[type[BasePage], list[BasePage]] = defaultdict(list)
    for page in pages:
        found[type(page)].append(page)
    return found


def _replace_inline_children(model: type[BasePage], group: Sequence[BasePage]) -> None:
    for relation in get_all_child_relations(model):
        name, owner = relation.get_accessor_name(), relation.field.attname
        given = [page for page in group if name in _held(page)]
        manager = relation.related_model._default_manager
        manager.filter(**{f"{owner}__in": [page.pk for page in given]}).delete()
        _insert_held(relation, given)
        kept = {page.pk: page for page in group if name not in _held(page)}
        for page in kept.values():
            _held(page)[name] = []
        for child in manager.filter(**{f"{owner}__in": kept}):  # the revision holds them too
            _held(kept[getattr(child, owner)])[name].append(child)


def _insert_inline_children(model: type[BasePage], group: Sequence[BasePage]) -> None:
    for relation in get_all_child_relations(model):
        for page in group:
            # An unset list would be asked for, page by page, when the revision is made.
            _held(page).setdefault(relation.get_accessor_name(), [])
        _insert_held(relation, group)


def _held(page: BasePage) -> dict[str, list[models.Model]]:
    """The inline children a page holds in memory, by relation."""
    held: dict[str, list[models.Model]] = page.__dict__.setdefault("_cluster_related_objects", {})
    return held


def _insert_held(relation: Any, group: Sequence[BasePage]) -> None:
    rows = []
    for page in group:
        for position, child in enumerate(_held(page)[relation.get_accessor_name()]):
            setattr(child, relation.field.attname, page.pk)
            child.sort_order = position  # type: ignore[attr-defined]
            rows.append(child)
    relation.related_model._default_manager.bulk_create(rows, batch_size=BATCH)


def _insert_revisions(pages: Sequence[BasePage], at: datetime) -> None:
    if not pages:
        return
    base_type = pages[0].get_base_content_type()
    revisions = [
        Revision(
            content_type_id=page.content_type_id,
            base_content_type=base_type,
            object_id=str(page.pk),
            created_at=at,
            object_str=str(page),
            content=page.serializable_data(),
        )
        for page in pages
    ]
    Revision.objects.bulk_create(revisions, batch_size=BATCH)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pagebase_basepage SET latest_revision_id = r.id, live_revision_id = r.id"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS r(page_id, id) WHERE pagebase_basepage.id = r.page_id",
            [[page.pk for page in pages], [revision.pk for revision in revisions]],
        )
    for page, revision in zip(pages, revisions, strict=True):
        page.latest_revision_id = page.live_revision_id = revision.pk
