"""Recording what was rendered, so that no touch is lost that came while it was being rendered."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from .. import registry
from ..drawing import Drawing, Snapshot
from ..holding import ASSETS
from ..locks import hold_dispatch_lock
from ..models import Claim, Production
from ..rules import MOST_TRIES, Rendered, Subject, retry_delay
from ..shelving import output_digest
from ..signals import outputs_changed
from .dispatching import mark
from .reasons import let_go_of_pins, note_causes
from .settling import settle
from .staying import let_linger

logger = logging.getLogger(__name__)

_KEEP = """
    INSERT INTO rendering_production AS old (site, family, ident, version, reads, sources, changes_at)
    SELECT x.* FROM jsonb_to_recordset(%s)
        AS x(site text, family text, ident text, version text, reads text[], sources jsonb, changes_at timestamptz)
    ON CONFLICT (site, family, ident) DO UPDATE
    SET version = excluded.version, reads = excluded.reads, sources = excluded.sources,
        changes_at = excluded.changes_at, rendered_at = statement_timestamp()
    RETURNING family, site, ident, id
"""
_COME = """
    INSERT INTO rendering_claim (site, production_id, path, status, digest, location)
    SELECT * FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::int[], %s::text[], %s::text[])
"""
_UNMARK = """
    DELETE FROM rendering_stale AS mark
    USING unnest(%s::text[], %s::text[], %s::text[], %s::bigint[]) AS x(site, family, ident, generation)
    WHERE (mark.site, mark.family, mark.ident, mark.generation) = (x.site, x.family, x.ident, x.generation)
"""
# Touches that the render could not see but that are dispatched already: their dispatch looked for readers before this
# rendering's reads were recorded. (One not dispatched yet will find them.) Ten minutes: the clock may step back. A
# transaction number at or above the snapshot's upper bound was brought by a restore from another server.
_OVERTAKEN_KEYS = """
    SELECT DISTINCT unnest(keys) FROM rendering_touch
    WHERE dispatched_at >= %s - interval '10 minutes'
      AND transaction < pg_snapshot_xmax(pg_current_snapshot())
      AND NOT pg_visible_in_snapshot(transaction, %s::pg_snapshot)
"""
_NOTE_FAILURE = """
    UPDATE rendering_stale SET tries = tries + 1, error = %s, quarantined = tries + 1 >= %s,
        not_before = statement_timestamp() + %s * interval '1 second' * power(2, tries)
    WHERE site = %s AND family = %s AND ident = %s AND generation = %s
"""


class _Wish(NamedTuple):
    path: str
    status: int
    digest: str | None
    location: str | None


def record(drawings: Sequence[Drawing], generations: Mapping[Subject, int]) -> dict[str, frozenset[str]]:
    """Record drawings, of one site or of several, in one transaction; return by site the paths whose answer changed.

    ``generations``: of the stale marks the drawings were made for; a mark renewed since stays.
    """
    with transaction.atomic(durable=True):
        hold_dispatch_lock(shared=True)
        _note_failures(drawings, generations)
        changed = _replace_claims(drawings)
        _unmark([one for drawing in drawings for one in (*drawing.results, *drawing.nothing)], generations)
        _mark_overtaken(drawings)
        if outputs_changed.has_listeners():
            for site, paths in changed.items():
                _tell(site, paths)
    return changed


def _replace_claims(drawings: Sequence[Drawing]) -> dict[str, frozenset[str]]:
    """Early cut-off happens here: a claim that says what it said before touches nothing."""
    kept = _keep_productions({one: made for drawing in drawings for one, made in drawing.results.items()})
    gone = _ids_of([one for drawing in drawings for one in drawing.nothing])
    old = _claims_of([*kept.values(), *gone])
    new = {
        (kept[subject], wish.path): wish
        for drawing in drawings
        for subject, made in drawing.results.items()
        for wish in _wishes(made)
    }
    left = [claim for key, claim in old.items() if new.get(key) != _wish_of(claim)]
    come = {key: wish for key, wish in new.items() if key not in old or _wish_of(old[key]) != wish}
    if any(claim.path.startswith(ASSETS) for claim in left):
        let_linger(left)
    sites = {pk: subject.site for subject, pk in kept.items()}
    _exchange([claim.pk for claim in left], come, sites)
    settling = {(claim.site, claim.path) for claim in left} | {(sites[owner], path) for owner, path in come}
    changed = settle(settling | let_go_of_pins(old.keys() | new.keys()))
    if changed:
        note_causes({claim.production_id for claim in left} | {owner for owner, _ in come})
    Production.objects.filter(pk__in=gone).delete()
    return changed


def _exchange(left: list[int], come: Mapping[tuple[int, str], _Wish], sites: Mapping[int, str]) -> None:
    """Claims go and come in two plain statements: thousands in a rebuild, and objects for them took half its time."""
    with connection.cursor() as cursor:
        if left:
            cursor.execute("DELETE FROM rendering_claim WHERE id = ANY(%s::bigint[])", [left])
        if come:
            owners = [owner for owner, _ in come]
            columns: list[Any] = [
                [sites[owner] for owner in owners],
                owners,
                *zip(*come.values(), strict=True),
            ]
            cursor.execute(_COME, [list(column) for column in columns])


def _keep_productions(results: Mapping[Subject, Rendered]) -> dict[Subject, int]:
    rows = [_row(subject, made) for subject, made in sorted(results.items(), key=lambda pair: pair[0])]
    if not rows:
        return {}
    with connection.cursor() as cursor:
        values: list[Any] = [Jsonb(rows)]
        cursor.execute(_KEEP, values)
        return {Subject(*subject): pk for *subject, pk in cursor.fetchall()}


def _row(subject: Subject, made: Rendered) -> dict[str, Any]:
    family = registry.family(subject.family)
    return {
        "site": subject.site,
        "family": subject.family,
        "ident": subject.ident,
        "version": family.version if family else "",
        "reads": sorted(made.reads),
        "sources": {source.digest: source.authority.to_json() for source in _by_time(made)},
        "changes_at": made.changes_at.isoformat() if made.changes_at else None,
    }


def _by_time(made: Rendered) -> list[Any]:
    """The latest authority for a digest wins when a family names two."""
    return sorted(made.sources, key=lambda source: (source.digest, source.authority.at))


def _ids_of(subjects: Sequence[Subject]) -> list[int]:
    if not subjects:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM rendering_production JOIN unnest(%s::text[], %s::text[], %s::text[]) "
            "AS x(site, family, ident) USING (site, family, ident)",
            _columns(subjects),
        )
        return [pk for (pk,) in cursor.fetchall()]


def _columns(subjects: Sequence[Subject]) -> list[Any]:
    return [[one.site for one in subjects], [one.family for one in subjects], [one.ident for one in subjects]]


def _claims_of(productions: Iterable[int]) -> dict[tuple[int, str], Claim]:
    found = Claim.objects.filter(production_id__in=list(productions))
    return {(claim.production_id, claim.path): claim for claim in found}


def _wishes(made: Rendered) -> Iterable[_Wish]:
    return (_Wish(o.path, o.status, output_digest(o), o.location) for o in made.outputs)


def _wish_of(claim: Claim) -> _Wish:
    return _Wish(claim.path, claim.status, claim.digest, claim.location)


def _unmark(subjects: Sequence[Subject], generations: Mapping[Subject, int]) -> None:
    if subjects:
        with connection.cursor() as cursor:
            cursor.execute(_UNMARK, [*_columns(subjects), [generations[one] for one in subjects]])


def _mark_overtaken(drawings: Sequence[Drawing]) -> None:
    """Mark again what read a key that was touched behind the render's back."""
    known: dict[Snapshot, frozenset[str]] = {}  # drawings of several sites share a view
    again: list[Subject] = []
    for drawing in drawings:
        if drawing.results and drawing.snapshot not in known:
            known[drawing.snapshot] = _overtaken_keys(drawing.snapshot)
        keys = known.get(drawing.snapshot, frozenset())
        again += [subject for subject, made in drawing.results.items() if not keys.isdisjoint(made.reads)]
    if again:
        logger.info("%d subjects were overtaken while rendering; once more", len(again))
        mark(again)


def _overtaken_keys(seen: Snapshot) -> frozenset[str]:
    with connection.cursor() as cursor:
        cursor.execute(_OVERTAKEN_KEYS, [seen.began, seen.text])
        return frozenset(key for (key,) in cursor.fetchall())


def _note_failures(drawings: Sequence[Drawing], generations: Mapping[Subject, int]) -> None:
    failures = [pair for drawing in drawings for pair in drawing.failures.items()]
    with connection.cursor() as cursor:
        for subject, error in failures:
            where: list[Any] = [subject.site, subject.family, subject.ident, generations[subject]]
            cursor.execute(_NOTE_FAILURE, [error, MOST_TRIES, retry_delay(1), *where])


def _tell(site: str, paths: frozenset[str]) -> None:
    try:
        with transaction.atomic():
            outputs_changed.send(sender=None, site=site, paths=paths)
    except Exception:  # a listener above must not stop the page
        logger.exception("A receiver of outputs_changed failed for %s", site)
