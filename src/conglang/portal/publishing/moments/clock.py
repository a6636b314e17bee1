"""The clock of a worker: a thread that sleeps until the next moment, or until somebody plans a nearer one."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from django.db import OperationalError, connection
from django.utils import timezone

from . import actions, queries
from .actions.calendar import CHANNEL
from .pulse import write_pulse
from .tasks import defer_preparations

logger = logging.getLogger(__name__)
LONGEST = 5.0  # seconds; after these it looks whatever was planned
IN_FLIGHT = 0.25  # while something done is on its way to an edition
SHORTEST = 0.002


class Clock:
    """``with Clock().running():`` for as long as the worker works. Any number of clocks may run."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._pulse = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        thread = threading.Thread(target=self._run, name="moments", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join(timeout=20)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
                while not self._stop.is_set():
                    self._wait(self.turn())
            except Exception:  # the database restarts, say: the clock must go on
                logger.exception("The clock stumbled; it goes on in a second")
                connection.close()
                self._stop.wait(1)
        connection.close()

    def turn(self) -> float:
        """Do what there is to do; return how many seconds there is nothing."""
        actions.fire()
        with suppress(OperationalError):  # it collided with what happens just now; the next turn sees it
            actions.sync()
        actions.fire()
        defer_preparations(now=timezone.now())
        on_their_way = actions.follow(now=timezone.now())
        actions.see(now=timezone.now())
        self._beat()
        return self._until_next(on_their_way)

    def _until_next(self, on_their_way: int) -> float:
        now = timezone.now()
        wish = queries.next_wish(now=now)
        rest = LONGEST if wish is None else (wish - now) / timedelta(seconds=1)
        return min(max(rest, SHORTEST), IN_FLIGHT if on_their_way else LONGEST)

    def _listen(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")

    def _wait(self, seconds: float) -> None:
        """Until the time is over or somebody called ``actions.wake``; in slices, so that a stop is heard."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self._stop.is_set():
            for _call in connection.connection.notifies(timeout=min(left, 0.5), stop_after=1):
                return

    def _beat(self) -> None:
        """Say for ``doctor`` that the clock goes, and how punctual it is."""
        if time.monotonic() - self._pulse < LONGEST:
            return
        self._pulse = time.monotonic()
        now = timezone.now()
        stand = queries.punctuality(now=now)
        facts = {
            "at": now.timestamp(),
            "overdue": stand.overdue,
            "failed": stand.failed,
            "worst": stand.worst_seconds,
        }
        write_pulse(facts)
