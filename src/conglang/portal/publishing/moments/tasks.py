"""The jobs of the calendar: preparing, one at a time and after everything urgent; and a sweep beside the clock."""

from contextlib import suppress
from datetime import datetime

from django.db import OperationalError, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.jobs import JobDeferrer

from . import actions

BEHIND = -10  # priority: what an editor publishes goes first


@app.task(name="moments.prepare", queue="publishing")
def prepare(due: str) -> None:
    """Render what the deeds of one moment will change."""
    actions.prepare(datetime.fromisoformat(due))


@app.task(name="moments.prepare_site", queue="publishing")
def prepare_site(site: str, due: str) -> None:
    """Render what will change by itself on a site."""
    actions.prepare_site(site, datetime.fromisoformat(due))


@transaction.atomic(durable=True)
def defer_preparations(*, now: datetime) -> int:
    """One job for each thing that it is time to prepare. Return how many."""
    deeds, sites = actions.to_prepare(now=now)
    for due in deeds:
        _later("moments.prepare").defer(due=due.isoformat())
    for site, due in sites:
        _later("moments.prepare_site").defer(site=site, due=due.isoformat())
    return len(deeds) + len(sites)


def _later(name: str) -> JobDeferrer:
    # The lock: one of all threads prepares, the others stay free for what cannot wait.
    return app.configure_task(name, queue="publishing", lock="preparing", priority=BEHIND)


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
