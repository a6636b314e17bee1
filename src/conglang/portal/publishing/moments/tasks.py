"""The jobs of the calendar: preparing, one at a time and after everything urgent; and a sweep beside the clock."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from django.db import OperationalError, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.types import JSONValue

from conglang.portal.publishing.releases.giving_way import give_way
from conglang.portal.publishing.releases.tasks import BULK, NEWS, PAUSE

from . import actions

logger = logging.getLogger(__name__)
BEHIND = -10  # priority: what an editor publishes goes first
TOGETHER = 16  # sites in one job


@app.task(name="moments.prepare", queue=NEWS)
def prepare(due: str) -> None:
    """Render what the deeds of one moment will change."""
    actions.prepare(datetime.fromisoformat(due))


@app.task(name="moments.prepare_sites", queue=BULK)
def prepare_sites(sites: list[str], due: str) -> None:
    """Render what will change by itself on these sites; what an editor publishes meanwhile goes first."""
    for site in sites:
        give_way(NEWS, longest=PAUSE)  # the moment does not wait
        try:
            actions.prepare_site(site, datetime.fromisoformat(due))
        except Exception:  # the others can be prepared all the same; this one is rendered at its moment
            logger.exception("%s is not prepared for %s", site, due)


@transaction.atomic(durable=True)
def defer_preparations(*, now: datetime) -> int:
    """One job for each thing that it is time to prepare. Return how many."""
    deeds, sites = actions.to_prepare(now=now)
    for due in deeds:
        # The lock: one of all threads prepares, the others stay free for what cannot wait.
        job = app.configure_task("moments.prepare", queue=NEWS, lock="preparing", priority=BEHIND)
        job.defer(due=due.isoformat())
    for due, group in groupby(sorted(sites, key=itemgetter(1, 0)), key=itemgetter(1)):
        _defer_sites([site for site, _ in group], due)
    return len(deeds) + len(sites)


def _defer_sites(sites: Sequence[str], due: datetime) -> None:
    """Some in each job: between two jobs with the same lock a worker may sleep for seconds."""
    for number in range(0, len(sites), TOGETHER):
        some: list[JSONValue] = [*sites[number : number + TOGETHER]]
        job = app.configure_task("moments.prepare_sites", queue=BULK, lock="preparing-sites")
        job.defer(sites=some, due=due.isoformat())


@app.periodic(cron="* * * * * */5")
@app.task(name="moments.sweep", queue="sweeping")
def sweep(timestamp: int) -> None:
    """Every five seconds, in case that the clock of this worker stands still."""
    with suppress(OperationalError):  # it collided with the clock, which does the same
        actions.sync()
    actions.fire()
    defer_preparations(now=timezone.now())
    actions.follow(now=timezone.now())
    actions.see(now=timezone.now())
