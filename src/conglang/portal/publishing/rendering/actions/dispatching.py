"""From the outbox to stale subjects: which subjects read what was touched, and which come into being."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from .. import registry
from ..locks import hold_dispatch_lock
from ..models import Entry, Production, Touch
from ..rules import GATE_LEAST, MOST_TRIES, Cause, Subject, rebuild_wish
from ..signals import subjects_stale
from .touching import order_rebuilds

logger = logging.getLogger(__name__)
KEPT = timedelta(days=1)  # dispatched touches, for renders that began before them

URGENT, HOME, DEPENDENT, REST = range(4)  # just published, home pages of a rebuild, what follows, the rest
FEW = (
    16  # subjects of one site that are made together: news with what shows it, and with those of other sites
)
MOST_CAUSES = 10  # that one stale mark remembers; what more there are is told by others of the same change
_ONE_IN = 12  # subjects of a rebuild are made before the rest: more than the share at which the gate closes
_PROVES_IT = 2 * GATE_LEAST
_LAST_TOUCHES = 50  # of one dispatch that are told apart as causes
# A mark's causes are the touches whose keys its subject reads: for a handful of touches a look at each.
_MARK_READERS = f"""
    INSERT INTO rendering_stale AS mark (site, family, ident, priority, tries, quarantined, error, causes)
    SELECT site, family, ident, %s, 0, false, '', ARRAY(
        SELECT touch.id FROM rendering_touch AS touch
        WHERE touch.id = ANY(%s::bigint[]) AND touch.keys && reads ORDER BY touch.id DESC LIMIT {MOST_CAUSES})
    FROM rendering_production WHERE reads && %s::text[]
    ON CONFLICT (site, family, ident) DO UPDATE
    SET generation = nextval('rendering_generation'), priority = least(mark.priority, excluded.priority),
        tries = 0, quarantined = false, not_before = NULL, error = '',
        causes = (excluded.causes || mark.causes)[1:{MOST_CAUSES}]
    RETURNING site
"""  # noqa: S608 (a number of ours)
_MARK_SUBJECTS = f"""
    INSERT INTO rendering_stale AS mark
        (site, family, ident, priority, tries, quarantined, error, decided_at, causes)
    SELECT site, family, ident, %s, 0, false, '', decided_at, string_to_array(causes, ',')::bigint[]
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::text[])
        AS x(site, family, ident, decided_at, causes)
    ON CONFLICT (site, family, ident) DO UPDATE
    SET generation = nextval('rendering_generation'), priority = least(mark.priority, excluded.priority),
        tries = 0, quarantined = false, not_before = NULL, error = '',
        decided_at = greatest(mark.decided_at, excluded.decided_at),
        causes = (excluded.causes || mark.causes)[1:{MOST_CAUSES}]
    RETURNING site
"""  # noqa: S608
# One that is waiting, or being rendered right now, may be about to go: it counts as not there.
_NOT_THERE = """
    SELECT x.family, x.site, x.ident FROM unnest(%s::text[], %s::text[], %s::text[]) AS x(family, site, ident)
    WHERE NOT EXISTS (SELECT FROM rendering_production made
                      WHERE (made.site, made.family, made.ident) = (x.site, x.family, x.ident))
       OR EXISTS (SELECT FROM rendering_stale mark
                  WHERE (mark.site, mark.family, mark.ident) = (x.site, x.family, x.ident))
"""
# Where a whole site turns, its home page goes first: on the day, readers of all sites look there.
_MARK_DUE = f"""
    INSERT INTO rendering_stale (site, family, ident, priority, tries, quarantined, error)
    SELECT site, family, ident,
        CASE WHEN count(*) OVER (PARTITION BY site) <= {FEW} OR EXISTS (
            SELECT FROM rendering_entry WHERE production_id = made.id AND path = '/') THEN {DEPENDENT} ELSE {REST} END,
        0, false, '' FROM rendering_production AS made WHERE changes_at <= %s
    ON CONFLICT (site, family, ident) DO NOTHING
    RETURNING site
"""  # noqa: S608 (numbers of ours)
_REACH = """
    INSERT INTO rendering_reached AS last (id, at)
    SELECT 1, max(changes_at) FROM rendering_production WHERE changes_at <= %s
    ON CONFLICT (id) DO UPDATE SET at = greatest(last.at, excluded.at)
"""


def dispatch(*, rebuilds: bool = True) -> frozenset[str]:
    """Turn every waiting touch into stale subjects; return the sites that have some now.

    Sends ``subjects_stale`` in the same transaction. One at a time: a second caller waits for the first. Rebuilds of
    whole sites are taken one after the other, each in a transaction of its own: what an editor publishes meanwhile
    waits for one site to be marked, not for all. ``rebuilds``: false leaves them to somebody who has the time.
    """
    waiting = {touch.pk: _orders_rebuild(touch) for touch in _waiting()}
    whole_sites = [pk for pk, is_rebuild in waiting.items() if is_rebuild]
    sites = _take() if len(waiting) > len(whole_sites) else frozenset()
    for pk in whole_sites if rebuilds else ():
        sites |= _take(pk)
    return sites


def _waiting() -> QuerySet[Touch]:
    return Touch.objects.filter(dispatched_at=None, tries__lt=MOST_TRIES).order_by("id")[:5000]


def _orders_rebuild(touch: Touch) -> bool:
    return any(rebuild_wish(key) for key in touch.keys)


def _take(rebuild: int | None = None) -> frozenset[str]:
    """Dispatch everything but rebuilds; or the rebuild of this number, unless somebody else just did."""
    with transaction.atomic(durable=True):
        hold_dispatch_lock()
        touches = [
            touch for touch in _waiting() if (touch.pk == rebuild if rebuild else not _orders_rebuild(touch))
        ]
        sites = _expand(touches) if touches else frozenset()
        _tell(sites, (touch.pk for touch in touches))
    return sites


def _expand(touches: Sequence[Touch]) -> frozenset[str]:
    keys = sorted(set(chain.from_iterable(touch.keys for touch in touches)))
    told = [touch for touch in touches if touch.cause][-_LAST_TOUCHES:]
    sites = _mark(_MARK_READERS, [DEPENDENT, [touch.pk for touch in told], keys])
    sites |= _mark_named(touches)
    try:
        with transaction.atomic():
            sites |= _mark_born(keys, told)
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
                sites |= _mark_born(one.keys, [one] if one.cause else [])
                _close([one])
        except Exception as error:
            logger.exception("Touch %s cannot be dispatched", one.pk)
            one.tries, one.error = one.tries + 1, repr(error)
            one.save(update_fields=["tries", "error"])
    return sites


def _mark_named(touches: Sequence[Touch]) -> frozenset[str]:
    """Mark what touches named themselves: to be released first, or decided about anew."""
    ahead: dict[Subject, list[int]] = {}
    decided: dict[Subject, datetime] = {}
    for one in touches:
        for subject in _subjects(one.first):
            ahead.setdefault(subject, []).extend([one.pk] if one.cause else [])
        for subject in _subjects(one.first if one.decided is None else one.decided):
            decided[subject] = max(one.created_at, decided.get(subject, one.created_at))
    sites = mark(ahead, priority=URGENT, causes=ahead, decided=decided)
    return sites | mark(decided.keys() - ahead.keys(), decided=decided)


def _subjects(stored: Iterable[Sequence[str]]) -> Iterable[Subject]:
    return (Subject(*subject) for subject in stored)


def _born(keys: Sequence[str]) -> set[Subject]:
    """What may come into being because of these keys; rebuilds are another matter."""
    plain = frozenset(key for key in keys if rebuild_wish(key) is None)
    return (
        set(chain.from_iterable(family.born_of(plain) for family in registry.families())) if plain else set()
    )


def _not_there(subjects: Iterable[Subject]) -> set[Subject]:
    """Those that have no production, or wait for a new one: whatever is there is marked by what it read."""
    ordered = sorted(subjects)
    columns: list[Any] = [[s.family for s in ordered], [s.site for s in ordered], [s.ident for s in ordered]]
    with connection.cursor() as cursor:
        cursor.execute(_NOT_THERE, columns)
        return {Subject(*row) for row in cursor.fetchall()}


def _mark_born(keys: Sequence[str], told: Sequence[Touch]) -> frozenset[str]:
    found = _not_there(_born(keys))
    sites = mark(found, causes=_causes_for(found, told))
    for wish in filter(None, map(rebuild_wish, keys)):
        everything = set(_whole_site(*wish))
        first = _first_part(wish[0], everything)
        causes = _causes_for(everything, told)
        sites |= mark(first, priority=HOME, causes=causes)
        sites |= mark(everything - first, priority=REST, causes=causes)
    return sites


def _causes_for(subjects: Iterable[Subject], told: Sequence[Touch]) -> dict[Subject, list[int]]:
    """A cause that names a site concerns no other: one ward does not read another's news in its list of editions."""
    by_site: dict[str, list[int]] = {}
    for one in told:
        by_site.setdefault((one.cause or {}).get("site", ""), []).append(one.pk)
    general = by_site.pop("", [])
    return {subject: [*general, *by_site.get(subject.site, [])] for subject in subjects}


def _first_part(site: str, everything: Collection[Subject]) -> set[Subject]:
    """The home page, and enough of everything to prove a new design: a broken one closes the gate with these alone."""
    ordered = sorted(everything)
    step = max(1, min(_ONE_IN, len(ordered) // _PROVES_IT))
    return (_home(site) & set(everything)) | set(ordered[::step])


def _home(site: str) -> set[Subject]:
    """The subject that answers at the site's root."""
    found = Entry.objects.filter(site=site, path="/", production__isnull=False)
    return {
        Subject(family, site, ident)
        for family, ident in found.values_list("production__family", "production__ident")
    }


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
    wishes = filter(None, map(rebuild_wish, wanted))
    whole = chain.from_iterable(_whole_site(*wish) for wish in wishes)
    return {Subject(*row) for row in there} | _born(wanted) | set(whole)


def mark(
    subjects: Iterable[Subject],
    *,
    priority: int = DEPENDENT,
    causes: Mapping[Subject, Sequence[int]] | None = None,
    decided: Mapping[Subject, datetime] | None = None,
) -> frozenset[str]:
    """Mark subjects stale; the caller holds the dispatch lock. Return their sites.

    ``causes``: touches behind each; ``decided``: when an editor decided about it.
    """
    ordered = sorted(set(subjects))
    if not ordered:
        return frozenset()
    why, when = causes or {}, decided or {}
    columns = [[s.site for s in ordered], [s.family for s in ordered], [s.ident for s in ordered]]
    told = [",".join(map(str, sorted(set(why.get(s, ())), reverse=True)[:MOST_CAUSES])) for s in ordered]
    return _mark(_MARK_SUBJECTS, [priority, *columns, [when.get(s) for s in ordered], told])


def _mark(statement: str, values: list[Any]) -> frozenset[str]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return frozenset(site for (site,) in cursor.fetchall())


def _tell(sites: frozenset[str], touches: Iterable[int] = ()) -> None:
    if sites:
        subjects_stale.send(sender=None, sites=sites, touches=[*touches])


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
    wishes: dict[str, list[str | None]] = {}
    for site, name in odd:
        wishes.setdefault(site, []).append(name)
    order_rebuilds(wishes, Cause("upgrade"))
    return len(odd)


def prune(*, at: datetime) -> int:
    """Forget touches that no render can still be behind of. Return how many."""
    return Touch.objects.filter(dispatched_at__lt=at - KEPT).delete()[0]
