"""Taking what was rendered beforehand in place of rendering, where it is exactly what rendering would give now.

Looked at in a fresh snapshot: what holds there *is* a render of that snapshot, and is recorded as one.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models.functions import Now

from .. import registry
from ..drawing import Drawing, snapshot
from ..models import Blob, CurrentTransactionId, Deed, Prepared
from ..rules import Output, Rendered, Source, Subject, rebuild_key
from ..shelving import store
from .foreseeing import server_name

KEPT = timedelta(minutes=10)  # after its moment, for sites that were busy
OLDEST = timedelta(hours=12)  # half as long as dispatched touches are kept, by which it is judged
_TOUCHED_SINCE = """
    SELECT transaction::text, keys FROM rendering_touch
    WHERE (dispatched_at IS NULL OR dispatched_at >= %s - interval '10 minutes')
      AND NOT pg_visible_in_snapshot(transaction, %s::pg_snapshot)
"""


def note_deed(digest: str) -> None:
    """Say, in the transaction that makes it, that a foreseen change is made."""
    facts = {"transaction": CurrentTransactionId(), "at": Now()}
    Deed.objects.update_or_create(digest=digest, defaults=facts)


def adopt(site: str, subjects: Sequence[Subject], *, at: datetime) -> Drawing | None:
    """What was prepared for these subjects and still holds, as if it had just been drawn; None when nothing does."""
    if not prepared_sites([site], at=at):
        return None
    with snapshot() as seen:
        newest = {row_subject(row): row for row in _of(site, subjects, at)}  # by moment: the last one wins
        rows = _holding(list(newest.values()), at)
    return (
        Drawing(site, seen, {row_subject(row): _rendered(row) for row in rows}, adopted=True)
        if rows
        else None
    )


def prepared_sites(sites: Collection[str], *, at: datetime) -> list[str]:
    """Return those of these sites for which something was prepared whose moment has come."""
    found = Prepared.objects.filter(site__in=sites, moment__lte=at)
    return list(found.values_list("site", flat=True).distinct())


def row_subject(row: Prepared) -> Subject:
    return Subject(row.family, row.site, row.ident)


def _of(site: str, subjects: Sequence[Subject], at: datetime) -> list[Prepared]:
    wanted = set(subjects)
    idents = [subject.ident for subject in subjects]
    found = Prepared.objects.filter(site=site, ident__in=idents, moment__lte=at).order_by("moment")
    return [row for row in found if row_subject(row) in wanted]


@dataclass(frozen=True)
class _Since:
    """What was touched since a snapshot: key → transactions."""

    transactions: dict[str, set[str]]

    def others(self, keys: Iterable[str], known: Collection[str]) -> bool:
        return any(not self.transactions.get(key, set()).issubset(known) for key in keys)


def _holding(rows: list[Prepared], at: datetime) -> list[Prepared]:
    since = {view: _since(view) for view in {(row.began, row.snapshot) for row in rows}}
    deeds = dict(
        Deed.objects.filter(digest__in={digest for row in rows for digest in row.deeds})
        .extra(select={"number": "transaction::text"})
        .values_list("digest", "number")
    )
    server, there = server_name(), _blobs(rows)
    return [
        row
        for row in rows
        if row.server == server
        and _is_current(row, at)
        and all(digest in deeds for digest in row.deeds)
        and not since[row.began, row.snapshot].others(_keys(row), {deeds[digest] for digest in row.deeds})
        and all(digest is None or digest in there for _, _, digest, _ in row.outputs)
    ]


def _since(view: tuple[datetime, str]) -> _Since:
    found: dict[str, set[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_TOUCHED_SINCE, list(view))
        for number, keys in cursor.fetchall():
            for key in keys:
                found.setdefault(key, set()).add(number)
    return _Since(found)


def _is_current(row: Prepared, at: datetime) -> bool:
    family = registry.family(row.family)
    return (
        family is not None
        and family.version == row.version
        and (row.changes_at is None or row.changes_at > at)
    )


def _keys(row: Prepared) -> Iterable[str]:
    return [*row.reads, rebuild_key(row.site), rebuild_key(row.site, row.family)]


def _blobs(rows: Iterable[Prepared]) -> set[str]:
    wanted = {digest for row in rows for _, _, digest, _ in row.outputs if digest is not None}
    known = Blob.objects.filter(digest__in=wanted).values_list("digest", flat=True)
    return {digest for digest in known if store().has(digest)}


def _rendered(row: Prepared) -> Rendered:
    from conglang.wire.release import Authority

    outputs = (Output(path, status, blob=digest, location=to) for path, status, digest, to in row.outputs)
    sources = (Source(digest, Authority.from_json(who)) for digest, who in row.sources.items())
    return Rendered(row.ident, tuple(outputs), frozenset(row.reads), frozenset(sources), row.changes_at)


def forget(site: str, subjects: Iterable[Subject], *, at: datetime) -> None:
    """What was prepared for these subjects up to now has had its moment."""
    idents = [subject.ident for subject in subjects]
    Prepared.objects.filter(site=site, ident__in=idents, moment__lte=at).delete()


def forget_prepared(*, at: datetime) -> int:
    """Throw away what was not needed at its moment, and what is too old to be judged. Return how many."""
    Deed.objects.filter(at__lt=at - 2 * OLDEST).delete()
    late = Prepared.objects.filter(moment__lt=at - KEPT).delete()[0]
    return late + Prepared.objects.filter(began__lt=at - OLDEST).delete()[0]
