"""The jobs of publishing: what was touched, one site, and the sweep that finds what no job took."""

import logging
from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime, timedelta

from django.db.models import Min
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.types import JSONValue

from conglang.portal.publishing.rendering import actions as rendering
from conglang.portal.publishing.rendering import queries as rendered
from conglang.portal.publishing.rendering.actions.dispatching import DEPENDENT, HOME, REST, URGENT
from conglang.portal.publishing.rendering.models import Stale
from conglang.portal.publishing.rendering.shelving import store

from . import actions, queries
from .giving_way import give_way
from .stranded import retry_stranded

logger = logging.getLogger(__name__)
PATIENCE = timedelta(seconds=5)  # so long a job may take to start before the sweep steps in
PATIENCE_FOR_A_SITE = 3.0  # seconds: a part of a rebuild of the same site takes one at most
# Seconds that a part of a rebuild waits before it writes, and before it is signed, while there is news.
PAUSE = 0.8
NEWS, BULK, SWEEPING = "publishing", "building", "sweeping"  # the queues
SHARING = 16  # sites in one job: so many share their syncs at an edge, too


_next: ContextVar[list[str] | None] = ContextVar(
    "next", default=None
)  # sites the job at hand publishes itself


@app.task(name="rendering.dispatch", queue=NEWS)
def dispatch() -> None:
    """The job that every touch defers: take the outbox. News of one site is brought to the public in the same job.

    Killed between the two, nothing is lost: the sweep finds the site waiting.
    """
    sites: list[str] = []
    here = _next.set(sites)
    try:
        rendering.dispatch(rebuilds=False)
    finally:
        _next.reset(here)
    for site in sites:
        try:
            _publish(site, patience=0)
        except actions.SiteBusy:
            defer_sites(frozenset(sites))  # that job waits for its turn without keeping a thread


@app.task(name="rendering.dispatch_rebuilds", queue=BULK)
def dispatch_rebuilds() -> None:
    """The job that an order of rebuilds defers: take the outbox, the sites to be rebuilt one after the other."""
    rendering.dispatch()


def take_up(sites: frozenset[str]) -> None:
    """See to it, in the caller's transaction, that what waits on these sites is brought to the public."""
    own = _next.get()
    if own is not None and len(sites) == 1 and _urgencies(sites)[min(sites)] <= URGENT:
        own.extend(sites)  # a job of its own would start some hundredths of a second later
    else:
        defer_sites(sites)


@app.task(name="releases.publish_site", queue=NEWS)
def publish_site(site: str) -> None:
    """Bring one site to the public. What cannot be done now stays where it is; the sweep comes again."""
    in_bulk = _urgencies(frozenset({site}))[site] in (HOME, REST)
    if in_bulk:
        give_way(NEWS)
    try:
        _publish(site, patience=PATIENCE_FOR_A_SITE, pause=_pause if in_bulk else None)
    except actions.SiteBusy as expected:
        logger.warning("%s waits: %s", site, expected)


def _pause() -> None:
    """In the middle of a part, news goes first as well; not for long, for it may be news of this very site."""
    give_way(NEWS, longest=PAUSE)


def _publish(site: str, *, patience: float, pause: Callable[[], object] | None = None) -> None:
    try:
        if actions.publish_site(site, patience=patience, by_turns=True, pause=pause).unfinished:
            defer_sites(frozenset({site}))
    except (actions.SignerUnavailable, actions.ReleaseRefused) as expected:
        logger.warning("%s waits: %s", site, expected)


@app.task(name="releases.publish_together", queue=BULK)
def publish_together(sites: list[str]) -> None:
    """Bring the same small change of several sites to the public; those where more is to be done get a job each."""
    left = frozenset(sites)
    try:
        left = actions.publish_together(sites)
    except actions.SignerUnavailable as expected:
        logger.warning("%s wait: %s", ", ".join(sites), expected)
        left = frozenset()  # the sweep comes again
    finally:
        defer_sites(left, together=False)


def defer_sites(sites: frozenset[str], *, together: bool = True) -> None:
    """Jobs for these sites, news before home pages of a rebuild, its rest last.

    One job for each, one at a time per site; many sites that wait for the same kind of thing share jobs.
    """
    urgency = _urgencies(sites)
    shared: list[str] = []
    for site in sorted(sites):
        priority = urgency[site]
        if together and len(sites) > SHARING and priority == DEPENDENT:
            shared.append(site)
        else:
            _defer_one(site, priority)
    for number in range(0, len(shared), SHARING):
        some: list[JSONValue] = [*shared[number : number + SHARING]]
        job = app.configure_task("releases.publish_together", queue=BULK, priority=-DEPENDENT)
        job.defer(sites=some)


def _urgencies(sites: frozenset[str]) -> dict[str, int]:
    """The most urgent of what waits on each of these sites; where nothing is to be made, something is to be signed."""
    first = Stale.objects.filter(site__in=sites, quarantined=False).values("site").annotate(Min("priority"))
    return dict.fromkeys(sites, URGENT) | {row["site"]: row["priority__min"] for row in first}


def _defer_one(site: str, priority: int) -> None:
    """A part of a rebuild has a queue and a lock of its own: news of the same site need not wait for its job."""
    bulk = priority in (HOME, REST)
    queue, lock = (BULK, f"bulk:{site}") if bulk else (NEWS, f"site:{site}")
    app.configure_task("releases.publish_site", queue=queue, lock=lock, priority=-priority).defer(site=site)


@app.periodic(cron="* * * * * */5")
@app.task(name="releases.sweep", queue=SWEEPING, pass_context=True)
def sweep(context: JobContext, timestamp: int) -> None:
    """Every five seconds: the outbox, what changes by itself, sites left waiting, jobs of dead workers."""
    sweep_once(at=timezone.now())


@app.periodic(cron="17 3 * * *")
@app.task(name="releases.tidy", queue=SWEEPING)
def tidy(timestamp: int) -> None:
    """Every night: editions beyond the rule, and bytes that nobody refers to."""
    done = actions.tidy(at=timezone.now())
    logger.info(
        "Store: %s objects marked unused, %s removed, %s bytes", done.marked, done.removed, done.freed
    )


def sweep_once(*, at: datetime) -> frozenset[str]:
    """Take what waited longer than five seconds; return the sites that got a job."""
    retry_stranded()
    if rendered.touches_waiting(older_than=at - PATIENCE):
        rendering.dispatch()
    rendering.mark_due(at=at)
    idle = rendered.sites_with_work(at=at, older_than=at - PATIENCE) - queries.sites_with_jobs()
    defer_sites(idle)
    actions.close_rebuilds(at=at)
    rendering.end_stays(at=at)
    rendering.prune(at=at)
    store().clear_half_written()
    rendering.forget_prepared(at=at)
    return idle
