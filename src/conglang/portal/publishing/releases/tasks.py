"""The jobs of publishing: one site, and the sweep that finds what no job took."""

import logging
from datetime import datetime, timedelta

from django.db.models import Min
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app

from conglang.portal.publishing.rendering import actions as rendering
from conglang.portal.publishing.rendering import queries as rendered
from conglang.portal.publishing.rendering.models import Stale
from conglang.portal.publishing.rendering.shelving import store

from . import actions, queries
from .stranded import retry_stranded

logger = logging.getLogger(__name__)
PATIENCE = timedelta(seconds=5)  # so long a job may take to start before the sweep steps in


@app.task(name="releases.publish_site", queue="publishing")
def publish_site(site: str) -> None:
    """Bring one site to the public. What cannot be done now stays where it is; the sweep comes again."""
    try:
        if actions.publish_site(site, patience=1.0, by_turns=True).unfinished:
            defer_sites(frozenset({site}))
    except (actions.SignerUnavailable, actions.SiteBusy, actions.ReleaseRefused) as expected:
        logger.warning("%s waits: %s", site, expected)


def defer_sites(sites: frozenset[str]) -> None:
    """One job for each site, one at a time per site; news before home pages of a rebuild, its rest last."""
    first = Stale.objects.filter(site__in=sites, quarantined=False).values("site").annotate(Min("priority"))
    urgency = {row["site"]: -row["priority__min"] for row in first}
    for site in sorted(sites):
        deferrer = app.configure_task(
            "releases.publish_site", queue="publishing", lock=f"site:{site}", priority=urgency.get(site, 0)
        )
        deferrer.defer(site=site)


@app.periodic(cron="* * * * * */5")
@app.task(name="releases.sweep", queue="sweeping", pass_context=True)
def sweep(context: JobContext, timestamp: int) -> None:
    """Every five seconds: the outbox, what changes by itself, sites left waiting, jobs of dead workers."""
    sweep_once(at=timezone.now())


@app.periodic(cron="17 3 * * *")
@app.task(name="releases.tidy", queue="sweeping")
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
