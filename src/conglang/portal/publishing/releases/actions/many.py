"""Publishing many sites at once, each in one of several processes: the first publication, an upgrade, a new design."""

import ctypes
import logging
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from django.db import connections

from conglang.portal.publishing.rendering import actions as rendering
from conglang.portal.publishing.rendering import face
from conglang.portal.publishing.rendering.locks import SiteBusy
from conglang.wire.release import SignerUnavailable

from .releasing import ReleaseRefused, SiteReport, publish_site

logger = logging.getLogger(__name__)
_PR_SET_PDEATHSIG = 1


def publish_all(
    sites: Iterable[str],
    *,
    progress: Callable[[SiteReport], None] | None = None,
    processes: int = 2,
    cause: str = "",
) -> list[SiteReport]:
    """Dispatch the outbox and publish these sites, several at a time; the report of each, as ``progress`` saw it.

    Does not raise for a site: its ``problem`` says why, and what waits is kept. Must be called from a program of one
    thread (it forks), outside transactions.
    """
    rendering.dispatch()
    face.warm()  # before it forks: a child would read every template for itself
    wanted = list(dict.fromkeys(sites))
    reports = []
    for report in _run(wanted, cause, processes=min(processes, len(wanted))):
        reports.append(report)
        if progress:
            progress(report)
    return reports


def _run(sites: list[str], cause: str, *, processes: int) -> Iterable[SiteReport]:
    waiting = dict.fromkeys(sites)
    if processes > 1:
        connections.close_all()  # a child must not inherit a conversation
        try:
            for report in _run_in_children(sites, cause, processes):
                del waiting[report.site]
                yield report
        except BrokenProcessPool:
            logger.warning("A publishing process died; its work is done again here")
    yield from (_publish_one(site, cause) for site in waiting)


def _run_in_children(sites: list[str], cause: str, processes: int) -> Iterable[SiteReport]:
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(processes, fork, _die_with, (os.getpid(),)) as pool:
        tasks = [pool.submit(_publish_one, site, cause) for site in sites]
        yield from (task.result() for task in as_completed(tasks))


def _die_with(parent: int) -> None:
    """Without this a child whose parent was killed waits for work for ever (as it does where there is no prctl)."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def _publish_one(site: str, cause: str) -> SiteReport:
    try:
        return publish_site(site, cause=cause)
    except (SignerUnavailable, SiteBusy, ReleaseRefused) as expected:
        return SiteReport(site, problem=str(expected))
    except Exception as error:
        logger.exception("%s could not be published", site)
        return SiteReport(site, problem=f"{type(error).__name__}: {error}")
