"""Rendering what will be true at a moment to come, and keeping it until then.

Two things make pages different at a moment. A page may depend on the instant it is rendered for: then the instant of
the moment is simply given. Or somebody's deed falls due (a page goes public): then the deed is done in a transaction
that is always rolled back, and what it touches is rendered inside it.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby, islice

from django.db import connection, transaction

from .. import registry
from ..drawing import Drawing, Snapshot, draw
from ..models import Blob, Prepared, Production, Touch
from ..rules import Rendered, Subject
from ..shelving import know, output_digest, put
from .dispatching import readers_of

logger = logging.getLogger(__name__)
BATCH = 200
SERVER = "(SELECT system_identifier::text FROM pg_control_system())"


@dataclass(frozen=True)
class Foreseen:
    """A change that falls due. ``do`` makes it in the caller's transaction and returns a digest that names exactly what
    was done, or None when it is not wanted any more.
    """

    name: str
    do: Callable[[], str | None]


@dataclass
class Outlook:
    """How many subjects were prepared, on which sites; and by name the deeds that would fail now, with the reason."""

    subjects: int = 0
    sites: set[str] = field(default_factory=set)
    errors: dict[str, str] = field(default_factory=dict)


def prepare_changes(site: str, *, moment: datetime) -> Outlook:
    """Render what on a site declared to change at ``moment`` as it will be then, unless that was done already."""
    done = Prepared.objects.filter(site=site, moment=moment).values_list("family", "ident")
    due = Production.objects.filter(site=site, changes_at=moment).values_list("family", "ident")
    subjects = [Subject(family, site, ident) for family, ident in sorted(set(due) - set(done))]
    outlook = Outlook()
    for some in _batched(subjects):
        drawings = list(draw(site, some, at=moment))
        know(put(drawings))
        _keep(drawings, moment=moment, keys={}, outlook=outlook)
    return outlook


def prepare_deeds(deeds: Sequence[Foreseen], *, moment: datetime) -> Outlook:
    """Do the deeds in a transaction that is rolled back; render what they touch as it will be at ``moment``.

    A deed that fails is left out, with its reason; the others are prepared without it.
    """
    outlook = Outlook()
    kept: list[Drawing] = []
    blobs: list[Blob] = []
    with _rolled_back() as seen:
        first: set[Subject] = set()
        keys = dict(done for deed in deeds if (done := _try(deed, outlook, first)) is not None)
        _write_no_more()
        subjects = readers_of(key for some in keys.values() for key in some) | first
        for drawings in _draw_ahead(subjects, seen, moment):
            blobs += put(drawings)
            kept += [_without_bodies(drawing) for drawing in drawings]
    know(blobs)
    _keep(kept, moment=moment, keys=keys, outlook=outlook)
    return outlook


class _Away(Exception):
    """Takes the transaction back."""


@contextmanager
def _rolled_back() -> Iterator[Snapshot]:
    try:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SET LOCAL lock_timeout = '2s'")  # an editor at work on the page comes first
            cursor.execute("SELECT pg_current_snapshot()::text, now()")
            yield Snapshot(*cursor.fetchone())
            raise _Away
    except _Away:
        pass


def _try(deed: Foreseen, outlook: Outlook, first: set[Subject]) -> tuple[str, frozenset[str]] | None:
    """The deed's digest and the keys it touched; None when it cannot be done."""
    before = Touch.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    try:
        with transaction.atomic():
            digest = deed.do()
    except Exception as error:  # whatever a page or a receiver can raise
        logger.exception("%s would fail at its moment", deed.name)
        outlook.errors[deed.name] = f"{type(error).__name__}: {error}"[:2000]
        return None
    if digest is None:
        return None
    touches = list(Touch.objects.filter(pk__gt=before))  # ours alone: nobody else's commit is visible here
    first |= {Subject(*subject) for touch in touches for subject in touch.first}
    return digest, frozenset(key for touch in touches for key in touch.keys)


def _write_no_more() -> None:
    """So that loading is shared among families, as in every frozen view."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")


def _draw_ahead(subjects: set[Subject], seen: Snapshot, moment: datetime) -> Iterator[list[Drawing]]:
    def view() -> AbstractContextManager[Snapshot]:
        return _savepoint(seen)

    for site, group in groupby(sorted(subjects, key=lambda s: (s.site, s)), key=lambda s: s.site):
        for some in _batched(group):
            yield list(draw(site, some, at=moment, view=view))


@contextmanager
def _savepoint(seen: Snapshot) -> Iterator[Snapshot]:
    with transaction.atomic():
        yield seen


def _without_bodies(drawing: Drawing) -> Drawing:
    """A whole network's bytes need not be held in memory: they are in the store."""
    slim = {subject: _slim(made) for subject, made in drawing.results.items()}
    return Drawing(drawing.site, drawing.snapshot, slim, drawing.nothing, drawing.failures)


def _slim(made: Rendered) -> Rendered:
    outputs = tuple(replace(output, body=None, blob=output_digest(output)) for output in made.outputs)
    return replace(made, outputs=outputs)


def _keep(
    drawings: Iterable[Drawing], *, moment: datetime, keys: dict[str, frozenset[str]], outlook: Outlook
) -> None:
    rows = [
        _row(subject, made, drawing.snapshot, moment, keys)
        for drawing in drawings
        for subject, made in drawing.results.items()
    ]
    server = server_name()
    for row in rows:
        row.server = server
        outlook.sites.add(row.site)
    outlook.subjects += len(rows)
    values = ["version", "reads", "sources", "outputs", "changes_at", "deeds", "snapshot", "began", "server"]
    Prepared.objects.bulk_create(
        rows, batch_size=500, update_conflicts=True, update_fields=values,
        unique_fields=["site", "family", "ident", "moment"],
    )  # fmt: skip


def _row(
    subject: Subject, made: Rendered, seen: Snapshot, moment: datetime, keys: dict[str, frozenset[str]]
) -> Prepared:
    family = registry.family(subject.family)
    newest_last = sorted(made.sources, key=lambda source: (source.digest, source.authority.at))
    return Prepared(
        site=subject.site, family=subject.family, ident=subject.ident, moment=moment,
        version=family.version if family else "",
        reads=sorted(made.reads),
        sources={source.digest: source.authority.to_json() for source in newest_last},
        outputs=[[o.path, o.status, output_digest(o), o.location] for o in made.outputs],
        changes_at=made.changes_at,
        deeds=sorted(digest for digest, touched in keys.items() if not touched.isdisjoint(made.reads)),
        snapshot=seen.text, began=seen.began,
    )  # fmt: skip


def server_name() -> str:
    """The database server's own identity: a restored copy has another."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {SERVER}")
        return str(cursor.fetchone()[0])


def _batched(subjects: Iterable[Subject]) -> Iterator[list[Subject]]:
    waiting = iter(subjects)
    while some := list(islice(waiting, BATCH)):
        yield some
