"""From the outbox to stale subjects: which subjects read what was touched, and which come into being."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django.db import connection, transaction
from django.db.models.expressions import RawSQL

from .. import registry
from ..locks import hold_dispatch_lock
from ..models import Production, Touch
from ..rules import MOST_TRIES, Subject, rebuild_key, rebuild_wish
from ..signals import subjects_stale
from .touching import touch

logger = logging.getLogger(__name__)
KEPT = timedelta(days=1)  # dispatched touches, for renders that began before them

_MARK_READERS = """
    INSERT INTO rendering_stale AS mark (site, family, ident, priority, tries, quarantined, error)
    SELECT site, family, ident, 1, 0, false, '' FROM rendering_production WHERE reads && %s::text[]
    ON CONFLICT (site, family, ident) DO UPDATE
    SET generation = nextval('rendering_generation'), tries = 0, quarantined = false, not_before = NULL, error = ''
    RETURNING site
"""
_MARK_SUBJECTS = """
    INSERT INTO rendering_stale AS mark (site, family, ident, priority, tries, quarantined, error)
    SELECT site, family, ident, %s, 0, false, ''
    FROM unnest(%s::text[], %s::text[], %s::text[]) AS x(site, family, ident)
    ON CONFLICT (site, family, ident) DO UPDATE
    SET generation = nextval('rendering_generation'), priority = least(mark.priority, excluded.priority),
        tries = 0, quarantined = false, not_before = NULL, error = ''
    RETURNING site
"""
_MARK_DUE = """
    INSERT INTO rendering_stale (site, family, ident, priority, tries, quarantined, error)
    SELECT site, family, ident, 1, 0, false, '' FROM rendering_production WHERE changes_at <= %s
    ON CONFLICT (site, family, ident) DO NOTHING
    RETURNING site
"""
_REACH = """
    INSERT INTO rendering_reached AS last (id, at)
    SELECT 1, max(changes_at) FROM rendering_production WHERE changes_at <= %s
    ON CONFLICT (id) DO UPDATE SET at = greatest(last.at, excluded.at)
"""


def dispatch() -> frozenset[str]:
    """Turn every waiting touch into stale subjects; return the sites that have some now.

    Sends ``subjects_stale`` in the same transaction. One at a time: a second caller waits for the first.
    """
    if not Touch.objects.filter(dispatched_at=None, tries__lt=MOST_TRIES).exists():
        return frozenset()
    with transaction.atomic(durable=True):
        hold_dispatch_lock()
        touches = list(Touch.objects.filter(dispatched_at=None, tries__lt=MOST_TRIES).order_by("id")[:5000])
        sites = _expand(touches)
        _tell(sites)
    return sites


def _expand(touches: Sequence[Touch]) -> frozenset[str]:
    keys = sorted(set(chain.from_iterable(touch.keys for touch in touches)))
    ahead = {Subject(*subject) for touch in touches for subject in touch.first}
    sites = _mark(_MARK_READERS, [keys]) | mark(ahead, priority=0)
    try:
        with transaction.atomic():
            sites |= mark(_born(keys))
    except Exception:  # one family's fault must not hold back everybody's news
        logger.exception("Dispatch of %d touches together failed; trying them one by one", len(touches))
        return sites | _expand_singly(touches)
    _close(touches)
    return sites


def _expand_singly(touches: Sequence[Touch]) -> frozenset[str]:
    sites: frozenset[str] = frozenset()
    for one in touches:
        try:
            with transaction.atomic():
                sites |= mark(_born(one.keys))
                _close([one])
        except Exception as error:
            logger.exception("Touch %s cannot be dispatched", one.pk)
            one.tries, one.error = one.tries + 1, repr(error)
            one.save(update_fields=["tries", "error"])
    return sites


def _born(keys: Sequence[str]) -> set[Subject]:
    wishes = [wish for wish in map(rebuild_wish, keys) if wish is not None]
    found = set(chain.from_iterable(_whole_site(site, family) for site, family in wishes))
    plain = frozenset(key for key in keys if rebuild_wish(key) is None)
    if plain:
        found |= set(chain.from_iterable(family.born_of(plain) for family in registry.families()))
    return found


def _whole_site(site: str, name: str | None) -> Iterable[Subject]:
    """What is there, so that it can go; and what should be there, so that it can come."""
    there = Production.objects.filter(site=site, **({"family": name} if name else {}))
    yield from (Subject(family, site, ident) for family, ident in there.values_list("family", "ident"))
    for family in registry.families():
        if name in (None, family.name):
            yield from (Subject(family.name, site, ident) for ident in family.subjects(site))


def _close(touches: Sequence[Touch]) -> None:
    moment = RawSQL("clock_timestamp()", [])
    Touch.objects.filter(pk__in=[touch.pk for touch in touches]).update(dispatched_at=moment)


def readers_of(keys: Iterable[str]) -> set[Subject]:
    """The subjects that a touch of these keys would make stale, as the caller's transaction sees it; marks none."""
    wanted = sorted(set(keys))
    there = Production.objects.filter(reads__overlap=wanted).values_list("family", "site", "ident")
    return {Subject(*row) for row in there} | _born(wanted)


def mark(subjects: Iterable[Subject], *, priority: int = 1) -> frozenset[str]:
    """Mark subjects stale; the caller holds the dispatch lock. Return their sites."""
    ordered = sorted(set(subjects))
    if not ordered:
        return frozenset()
    columns = [[s.site for s in ordered], [s.family for s in ordered], [s.ident for s in ordered]]
    return _mark(_MARK_SUBJECTS, [priority, *columns])


def _mark(statement: str, values: list[Any]) -> frozenset[str]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return frozenset(site for (site,) in cursor.fetchall())


def _tell(sites: frozenset[str]) -> None:
    if sites:
        subjects_stale.send(sender=None, sites=sites)


def mark_due(*, at: datetime) -> frozenset[str]:
    """Mark what declared to change by now; return the sites. What failed at it before is not marked again."""
    if not Production.objects.filter(changes_at__lte=at).exists():
        return frozenset()
    with transaction.atomic(durable=True):
        hold_dispatch_lock()
        sites = _mark(_MARK_DUE, [at])
        _reach(at)
        _tell(sites)
    return sites


def _reach(at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_REACH, [at])


def catch_up(sites: Iterable[str]) -> int:
    """Rebuild the families whose code changed, is new or is gone since their outputs were made. Return how many.

    To be called when the programs start: an upgrade then shows without anyone asking for a rebuild.
    """
    chosen = frozenset(sites)
    there = Production.objects.filter(site__in=chosen)
    made = set(there.values_list("site", "family", "version").distinct())
    wanted = {(site, family.name, family.version) for site in chosen for family in registry.families()}
    odd = sorted({(site, name) for site, name, _ in made ^ wanted})
    touch(rebuild_key(site, name) for site, name in odd)
    return len(odd)


def prune(*, at: datetime) -> int:
    """Forget touches that no render can still be behind of. Return how many."""
    return Touch.objects.filter(dispatched_at__lt=at - KEPT).delete()[0]
