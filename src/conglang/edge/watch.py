"""Is the tree what was signed? Asked all the time, a little at every turn, and put right at once when it is not.

Two rounds run for ever. The *look* goes through the folders: names, kinds, sizes, times; it finds what was planted,
changed, removed or replaced by a link within seconds. The *reading* compares every byte, and the applied manifest with
its signatures: it also finds what hides behind the right size and time.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from conglang.edge.alone import Alone
from conglang.edge.apply import Fetch
from conglang.edge.audit import Mender
from conglang.edge.folder import EdgeFolder, now
from conglang.edge.look import looked_at
from conglang.edge.reading import read_through
from conglang.wire.status import TreeReport

LOOK_PAUSE = 2.0  # seconds at least between two looks
READ_PAUSE = 5.0  # seconds at least between two readings
FIRST_SHARE = 0.33  # of one core, until everything was read once: at a start the desk wants the machine too
SHARE = 0.15  # of one core, from then on
log = logging.getLogger(__name__)


class Watch:
    """One edge's audit. Runs in a thread of its own, between pulls and while a pull waits for the store, so nothing is
    judged half-applied and no store can keep it from its work.

    `root`: the pinned root. `doubt(site)` is called for a site whose applied manifest is not what was signed ("" for
    the signed metadata of the network): it has to be pulled again.
    """

    def __init__(
        self,
        folder: EdgeFolder,
        fetch: Fetch,
        *,
        root: bytes,
        doubt: Callable[[str], None],
        alone: Alone | None = None,
    ) -> None:
        self._alone = alone or Alone()
        self._folder = folder
        self._fetch = fetch
        self._root = root
        self._doubt = doubt
        self._report = TreeReport()
        self._looked = self._read = Mender(folder, fetch)
        self._menders = (self._looked, self._read)
        self._look, self._reading = self._looks(), self._readings()
        self._look_due = self._read_due = 0.0

    @property
    def report(self) -> TreeReport:
        """What was found until now, the rounds under way included."""
        looking, reading = self._menders
        return replace(
            self._report,
            mended=self._report.mended + looking.mended + reading.mended,
            wrong=max(one.failed for one in (looking, reading, self._looked, self._read)),
        )

    def run(self, stop: threading.Event, *, every: float) -> None:
        """Go on until told to stop, a little after every so many seconds. No failure ends it; it is logged."""
        while not stop.wait(every):
            share = SHARE if self._report.read_at else FIRST_SHARE
            try:
                self.step(every * share / (1 - share))
            except Exception:  # an unforeseen fault must not end the loop
                log.exception(
                    "the tree could not be looked through in a way nobody foresaw; it is tried again"
                )
                self._look, self._reading = self._looks(), self._readings()
                stop.wait(LOOK_PAUSE)

    def step(self, seconds: float) -> None:
        """Go on for about so long, or until both rounds rest. A disk that fails ends a round; another one begins."""
        end = time.monotonic() + seconds
        try:
            while (at := time.monotonic()) < end and at >= min(self._look_due, self._read_due):
                with self._alone:
                    next(self._look if at >= self._look_due else self._reading)
                if self._alone.wanted:
                    break
        except OSError as error:
            log.warning("the tree cannot be read: %s", error)
            self._look, self._reading = self._looks(), self._readings()
            self._look_due = time.monotonic() + LOOK_PAUSE

    def look(self) -> None:
        """One whole look, at once. OSError when the tree cannot be read."""
        before = self._report.looked_at
        while self._report.looked_at == before:
            with self._alone:
                next(self._look)

    def _looks(self) -> Iterator[None]:
        while True:
            begun, mender = time.monotonic(), Mender(self._folder, self._fetch)
            self._menders = (mender, self._menders[1])
            yield from looked_at(self._folder, mender)
            took = time.monotonic() - begun
            self._report = replace(
                self._report, looked_at=now(), look_seconds=round(took, 2),
                mended=self._report.mended + mender.mended,
            )  # fmt: skip
            self._looked = _counted(mender)
            self._look_due = time.monotonic() + max(LOOK_PAUSE, took)
            yield

    def _readings(self) -> Iterator[None]:
        while True:
            begun, mender = time.monotonic(), Mender(self._folder, self._fetch)
            self._menders = (self._menders[0], mender)
            files = yield from read_through(
                self._folder, mender, root=self._root, doubt=self._doubt, busy=lambda: self._alone.lent
            )
            self._report = replace(
                self._report, read_at=now(), read_seconds=round(time.monotonic() - begun, 1), read_files=files,
                read_found=mender.found, mended=self._report.mended + mender.mended,
            )  # fmt: skip
            self._read = _counted(mender)
            self._read_due = time.monotonic() + READ_PAUSE
            yield


def _counted(mender: Mender) -> Mender:
    """A finished round: what it mended is in the sum, what it could not mend is shown until the next one."""
    mender.mended = 0
    return mender
