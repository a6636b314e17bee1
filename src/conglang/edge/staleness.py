"""How long nothing fresh has come, and saying so: once when it begins, every hour after three days.

Readers get what was applied however old it is: a village's notice board does not go blank because an office is shut.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

OVERDUE = timedelta(hours=72)
_REPEATED = timedelta(hours=1)
log = logging.getLogger(__name__)


def utc_now() -> datetime:
    return datetime.now(UTC)


class Alarm:
    """Listens to one puller. `clock` is the test's own where days have to pass."""

    def __init__(self, clock: Callable[[], datetime] = utc_now) -> None:
        self._clock = clock
        self._told: datetime | None = None

    def look(self, expires: datetime | None) -> timedelta:
        """How long the newest accepted timestamp (its end is `expires`) is over; logs what has to be said now."""
        at = self._clock()
        age = max(at - expires, timedelta()) if expires else timedelta()
        if not age:
            self._told = None
        elif age >= OVERDUE:
            if self._told is None or at - self._told >= _REPEATED or age - (at - self._told) < OVERDUE:
                self._told = at
                log.error(
                    "STALE FOR %d HOURS: readers get what was signed before %s. Does the signer run, is the way to it "
                    "open, is the clock right?", age // timedelta(hours=1), expires,
                )  # fmt: skip
        elif self._told is None:
            self._told = at
            log.warning("stale: nothing fresh was signed, or reached us, since %s; serving goes on", expires)
        return age
