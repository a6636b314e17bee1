"""The words of scheduled moments, in plain Python: what is planned, who carries it out, when it is prepared."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

MOST_TRIES = 6  # over about a minute; then a moment is set aside until a person looks at it
DEFAULT_PACE = 0.02  # seconds to prepare one subject, until it has been measured here
INSTANT = "instant"  # the planner of what changes by itself because the hour has come


class State(StrEnum):
    """What became of a moment. A failed one waits for a person; a dropped one is not wanted any more."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"


OPEN = (State.WAITING, State.FAILED)


@dataclass(frozen=True)
class Planned:
    """Something that is to happen at ``due``. ``path``: where readers will see it; empty: on the whole site."""

    planner: str
    ident: str
    due: datetime
    site: str
    title: str = ""
    path: str = ""

    @property
    def key(self) -> tuple[str, str, datetime]:
        return self.planner, self.ident, self.due


class Planner(Protocol):
    """One kind of scheduled change. Registered once, in ``AppConfig.ready()``, with ``registry.register``."""

    name: str

    def planned(self) -> Iterable[Planned]:
        """Everything that is still to happen, also what is overdue. The truth: what is missing here is dropped."""

    def carry_out(self, ident: str, *, due: datetime, at: datetime) -> str | None:
        """Make the change in the caller's transaction, as of the instant ``at``.

        Return a text that differs whenever something else would have been made (which version, where), or None when it
        is not wanted any more. Raises whatever went wrong; it is tried again.
        """


def deed_digest(planner: str, ident: str, due: datetime, what: str) -> str:
    """Name exactly one change: of this kind, at this moment, with this content. A sha256 in hex."""
    return hashlib.sha256("\n".join([planner, ident, due.isoformat(), what]).encode()).hexdigest()


def retry_delay(tries: int) -> timedelta:
    """How long to wait after so many failures: 1, 2, 4, 8 … seconds."""
    return timedelta(seconds=2 ** (max(tries, 1) - 1))


def lead(subjects: int, *, pace: float, least: timedelta) -> timedelta:
    """How long before its moment a change of so many subjects is prepared: ``least``, or twice what it will take."""
    return max(least, timedelta(seconds=2 * subjects * pace) + least / 2) if subjects else least


def lateness(due: datetime, at: datetime | None) -> float | None:
    """Seconds that ``at`` is behind ``due``; None while it has not happened."""
    return None if at is None else (at - due).total_seconds()
