"""Settling what a path answers, out of all claims on it; and noting what the signer made of it."""

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest

from .. import registry
from ..models import Claim, Entry, NextGeneration
from ..rules import Answer, next_mtime, served, winner
from ..rules import Claim as Wish

_CLAIMED = (
    "site", "path", "production__family", "production__ident", "production_id", "status", "digest", "location",
)  # fmt: skip
Place = tuple[str, str]  # a site and a path on it
_UNKNOWN_RANK = 1_000_000  # the family's code is gone: whoever else claims the path has it

_SAVE = """
    INSERT INTO rendering_entry AS old (site, path, status, digest, location, mtime, production_id, dirty, refused)
    SELECT x.*, true, ''
    FROM unnest(%s::text[], %s::text[], %s::int[], %s::text[], %s::text[], %s::bigint[], %s::bigint[])
        AS x(site, path, status, digest, location, mtime, production_id)
    ON CONFLICT (site, path) DO UPDATE
    SET status = excluded.status, digest = excluded.digest, location = excluded.location, mtime = excluded.mtime,
        production_id = excluded.production_id, generation = nextval('rendering_generation'), refused = '',
        dirty_since = CASE WHEN old.dirty THEN old.dirty_since ELSE statement_timestamp() END, dirty = true
"""


@dataclass(frozen=True)
class _Settled:
    site: str
    path: str
    answer: Answer | None
    mtime: int
    production: int | None


def settle(paths: Collection[Place]) -> dict[str, frozenset[str]]:
    """Work out anew what these paths answer; mark those dirty whose answer changed, and return them by site."""
    if not paths:
        return {}
    winners = _winners(paths)
    found = Entry.objects.filter(**_around(paths))
    former = {(entry.site, entry.path): entry for entry in found}
    changed, owners = [], {}
    for place in sorted(paths):
        answer, production = winners.get(place, (None, None))
        entry = former.get(place)
        if answer != (entry.answer if entry else None):
            mtime = next_mtime(int(time.time()), entry.mtime if entry else None)
            changed.append(_Settled(*place, answer, mtime, production))
        elif entry and entry.production_id != production:
            owners[entry.pk] = production
    _save(changed)
    _hand_over(owners)
    return {
        site: frozenset(item.path for item in some)
        for site, some in groupby(changed, key=lambda item: item.site)
    }


def _around(paths: Collection[Place]) -> dict[str, Any]:
    """A filter for these paths of sites, and perhaps some more of the same sites."""
    return {"site__in": {site for site, _ in paths}, "path__in": {path for _, path in paths}}


def _hand_over(owners: Mapping[int, int | None]) -> None:
    """The same answer from another production: nothing to release, but the sources are the new owner's."""
    if owners:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE rendering_entry SET production_id = x.production "
                "FROM unnest(%s::bigint[], %s::bigint[]) AS x(entry, production) WHERE id = x.entry",
                [list(owners), list(owners.values())],
            )


def _winners(paths: Collection[Place]) -> dict[Place, tuple[Answer | None, int]]:
    ranks = {family.name: family.rank for family in registry.families()}
    rivals: dict[Place, dict[Wish, int]] = {}
    for site, path, family, ident, pk, *answer in Claim.objects.filter(**_around(paths)).values_list(
        *_CLAIMED
    ):
        wish = Wish(ranks.get(family, _UNKNOWN_RANK), family, ident, Answer(*answer))
        rivals.setdefault((site, path), {})[wish] = pk
    best = {place: winner(wishes) for place, wishes in rivals.items()}
    return {place: (served(wish), rivals[place][wish]) for place, wish in best.items() if wish is not None}


def _save(items: Iterable[_Settled]) -> None:
    rows = list(items)
    if not rows:
        return
    answers = [item.answer or Answer(None, None, None) for item in rows]  # type: ignore[arg-type]
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, [
            [item.site for item in rows], [item.path for item in rows], [a.status for a in answers],
            [a.digest for a in answers], [a.location for a in answers], [item.mtime for item in rows],
            [item.production for item in rows],
        ])  # fmt: skip


def mark_released(site: str, generations: Mapping[str, int], *, edition: int) -> frozenset[str]:
    """Note that the signer acknowledged these paths in these generations; return those still current."""
    columns: list[Any] = [list(generations), list(generations.values())]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE rendering_entry AS entry SET dirty = false, edition = %s, refused = '' "
            "FROM unnest(%s::text[], %s::bigint[]) AS x(path, generation) "
            "WHERE site = %s AND (entry.path, entry.generation) = (x.path, x.generation) RETURNING entry.path",
            [edition, *columns, site],
        )
        return frozenset(path for (path,) in cursor.fetchall())


def mark_refused(site: str, path: str, generation: int, *, reason: str) -> None:
    """Note why the signer would not have a path. It is asked again when the path's answer changes."""
    Entry.objects.filter(site=site, path=path, generation=generation).update(refused=reason)


def renew_times(site: str) -> int:
    """Give every answering path of a site a time later than any it ever had, and mark it dirty. Return how many.

    A minute ahead of the clock: a path that changed several times within a second ran ahead of it by some seconds.
    """
    return Entry.objects.filter(site=site, status__isnull=False).update(
        mtime=Greatest(F("mtime") + 1, int(time.time()) + 60),
        generation=NextGeneration(),
        dirty=True,
        refused="",
    )
