"""Asking every known edge what it shows, every two seconds, beside the jobs: a dead edge delays nobody.

The edges are those of `edges.json` in the data folder (`conglang edge add`). What they say is written down as it was
heard; whoever does not believe a machine asks `conglang verify`.
"""

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import Error, close_old_connections, connection
from django.utils import timezone

from conglang.wire import edges
from conglang.wire.status import EdgeStatus

from .models import EdgeReport

EVERY = 2.0  # seconds from the end of a round to the next
PATIENCE = 2.0  # seconds one edge may take
AT_ONCE = 32
logger = logging.getLogger(__name__)


@contextmanager
def running() -> Iterator[None]:
    """Ask in a thread of its own for as long as the block lasts."""
    stop = threading.Event()
    thread = threading.Thread(target=_run, args=(stop,), name="edges", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENCE + 1)


def ask_edges(data: Path) -> list[str]:
    """One round: ask all at once and write down what they say. Returns the names of those that were silent.

    Raises BadEdge when the list of edges is damaged.
    """
    known = edges.read(data)
    asked_at = timezone.now()
    EdgeReport.objects.exclude(name__in=known).delete()
    if not known:
        return []
    with ThreadPoolExecutor(min(AT_ONCE, len(known))) as pool:
        answers = dict(zip(known, pool.map(_ask, known.values()), strict=True))
    for name, answer in answers.items():
        _note(name, known[name], asked_at, answer)
    return [name for name, answer in answers.items() if isinstance(answer, str)]


def _run(stop: threading.Event) -> None:
    said = ""
    while not stop.is_set():
        words = ""
        try:
            close_old_connections()
            ask_edges(Path(settings.DATA))
        except (edges.BadEdge, OSError, Error) as error:  # the next round tries again
            words = str(error)
        if words and words != said:
            logger.warning("edges were not asked: %s", words)
        said = words
        stop.wait(EVERY)
    connection.close()


def _ask(address: str) -> EdgeStatus | str:
    try:
        return edges.ask(address, seconds=PATIENCE)
    except edges.EdgeSilent as silent:
        return str(silent)


def _note(name: str, address: str, asked_at: datetime, answer: EdgeStatus | str) -> None:
    said: dict[str, object] = {"address": address, "asked_at": asked_at}
    if isinstance(answer, str):
        said["silent"] = answer[:300]
    else:
        said |= {
            "heard_at": asked_at,
            "silent": "",
            "stale": answer.stale,
            "fresh_until": answer.fresh_until,
            "trouble": answer.trouble.value,
            "wrong": answer.tree.wrong,
            "mended": answer.tree.mended,
            "read_at": answer.tree.read_at or None,
            "sites": {site: vars(shown) for site, shown in answer.sites.items()},
        }
    EdgeReport.objects.update_or_create(name=name, defaults=said)
