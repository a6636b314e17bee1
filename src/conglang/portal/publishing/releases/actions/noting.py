"""Noting in one transaction what an edition changed: which paths answer what from now on, and who stands for it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from conglang.portal.publishing.rendering.queries import Unreleased

from ..models import Edition, Version

_SAME = (
    "(old.status, old.digest, old.location, old.mtime) IS NOT DISTINCT FROM "
    "(x.status, x.digest, x.location, x.mtime)"
)
_ROWS = (
    "jsonb_to_recordset(%s) AS x(path text, status int, digest text, location text, mtime bigint, sources jsonb, "
    "family text, ident text)"
)
_CLOSE = f"""
    UPDATE releases_version AS old SET to_edition = %s FROM {_ROWS}
    WHERE old.site = %s AND old.path = x.path AND old.to_edition IS NULL AND NOT ({_SAME})
    RETURNING old.path, ARRAY(SELECT jsonb_object_keys(old.sources))
"""  # noqa: S608 (fixed parts only)
_OPEN = f"""
    INSERT INTO releases_version
        (site, path, from_edition, status, digest, location, mtime, sources, family, ident)
    SELECT %s, x.path, %s, x.status, x.digest, x.location, x.mtime, x.sources, x.family, x.ident FROM {_ROWS}
    WHERE x.status IS NOT NULL
    ON CONFLICT (site, path) WHERE to_edition IS NULL DO NOTHING
    RETURNING path
"""  # noqa: S608
_CLOSE_OTHERS = """
    UPDATE releases_version SET to_edition = %s
    WHERE site = %s AND to_edition IS NULL AND NOT path = ANY(%s)
"""
_REFILL = """
    INSERT INTO releases_version
        (site, path, from_edition, status, digest, location, mtime, sources, family, ident)
    SELECT entry.site, entry.path, %s, entry.status, entry.digest, entry.location, entry.mtime,
        coalesce(made.sources, '{}'), coalesce(made.family, ''), coalesce(made.ident, '')
    FROM rendering_entry AS entry LEFT JOIN rendering_production AS made ON made.id = entry.production_id
    WHERE entry.site = %s AND entry.status IS NOT NULL AND NOT entry.dirty AND NOT entry.path = ANY(%s)
"""


@dataclass(frozen=True)
class Noted:
    """What an edition brought: paths with another answer, paths that answer nothing any more, and who stands for it."""

    changed: frozenset[str]
    removed: frozenset[str]
    people: tuple[str, ...]


def note_versions(site: str, number: int, todo: Sequence[Unreleased], *, complete: bool = False) -> Noted:
    """Close what ended with this edition and open what began with it: a few statements, a row for each path in it.

    ``complete``: the paths not in ``todo`` went. In the caller's transaction.
    """
    rows: Any = Jsonb([_row(item) for item in todo])
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, [number, rows, site])
        before = dict(cursor.fetchall())
        cursor.execute(_OPEN, [site, number, rows])
        opened = {path for (path,) in cursor.fetchall()}
        if complete:
            cursor.execute(_CLOSE_OTHERS, [number, site, [item.path for item in todo]])
    gone = {item.path for item in todo if item.entry is None} & before.keys()
    gone |= {item.path for item in todo if item.entry and item.entry.status == 410} & opened
    return Noted(frozenset(opened - gone), frozenset(gone), _people(todo, before, opened))


def _row(item: Unreleased) -> dict[str, Any]:
    entry = item.entry
    return {
        "path": item.path,
        "status": entry.status if entry else None,
        "digest": entry.digest if entry else None,
        "location": entry.location if entry else None,
        "mtime": entry.mtime if entry else None,
        "sources": item.sources,
        "family": item.family,
        "ident": item.ident,
    }


def _people(
    todo: Iterable[Unreleased], before: Mapping[str, Sequence[str]], opened: Iterable[str]
) -> tuple[str, ...]:
    """Who stands for the sources that are new in this edition; those of what it was made from before said so then."""
    fresh = set(opened)
    found = {
        person
        for item in todo
        if item.path in fresh
        for digest, who in item.sources.items()
        if digest not in before.get(item.path, ())
        for person in who["people"]
    }
    return tuple(sorted(found))


def begin_anew(site: str, number: int, todo: Sequence[Unreleased], *, unchanged: bool) -> int | None:
    """Forget a history that the signer's count does not continue: he came from a backup, or has a new repository.

    Numbers are the time axis of versions; two histories on one axis would give states that never were. What is public
    already and not in ``todo`` begins with this edition. Return the last edition of the history that goes on.
    """
    last = Edition.objects.filter(site=site).order_by("at").values_list("number", flat=True).last()
    if last is not None and (number < last or (number == last and not unchanged)):
        Version.objects.filter(site=site).delete()
        Edition.objects.filter(site=site).delete()
        with connection.cursor() as cursor:
            cursor.execute(_REFILL, [number, site, [item.path for item in todo]])
        return None
    return last
