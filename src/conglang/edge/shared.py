"""The shared state on an edge: looked at ten times a second, verified, and put where the web server answers from.

It follows a file of its own, in a thread of its own: it works while the timestamp is expired and while a whole site is
being applied. Trust comes from the top-level targets that the puller verified last; an older version, or one that a
key outside the delegation signed, is refused, and what was there stays.
"""

import logging
import os
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Targets
from tuf.api.serialization import DeserializationError

from conglang.edge.folder import EdgeFolder
from conglang.edge.highest import Highest
from conglang.edge.source import Source, SourceError
from conglang.wire import durable
from conglang.wire.envelope import EnvelopeError, Sealed, unseal
from conglang.wire.status import SharedShown

POLL_SECONDS = 0.1
RETRY_SECONDS = 1.0
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SharedHealth:
    """What the edge shows of the shared state. `version` 0: nothing yet. `trouble`: why the source's was not taken."""

    version: int = 0
    expires: datetime | None = None
    trouble: str = ""

    def shown(self, at: datetime) -> SharedShown:
        """The part of the status that speaks of it; *stale* when it was not signed again in time."""
        until = self.expires.isoformat() if self.expires else None
        return SharedShown(self.version, until, self.expires is not None and at >= self.expires, self.trouble)


class SharedState:
    """Keeps `shared/network.json` of one edge. Only one per folder."""

    def __init__(self, folder: EdgeFolder, source: Source) -> None:
        self.health = SharedHealth()
        self.file = folder.shared / "network.json"
        self._folder = folder
        self._source = source
        self._seen: object = None
        self._highest = Highest(folder.root / "shared-seen.json")
        folder.shared.mkdir(parents=True, exist_ok=True)
        self._read_health()

    def run(self, stop: threading.Event) -> None:
        """Follow until told to stop. No failure ends the loop; it is logged once and shown by the status."""
        while not stop.is_set():
            before = self.health.trouble
            try:
                self.follow()
            except Exception:  # an unforeseen fault must not end the loop; it is logged and shown
                log.exception(
                    "the shared state could not be followed in a way nobody foresaw; it is tried again"
                )
                self.health = replace(self.health, trouble="unforeseen, see the log")
            if self.health.trouble and self.health.trouble != before:
                log.warning("shared state not taken: %s", self.health.trouble)
            stop.wait(RETRY_SECONDS if self.health.trouble else POLL_SECONDS)

    def follow(self) -> bool:
        """One look at the source. True when something new is shown; refusals end up in `health.trouble`."""
        try:
            data = self._source.state()
            seen = (data, _stamp(self._folder.trust / "targets.json"), _stamp(self.file))
            if seen == self._seen:
                return False
            taken = self._take(data, self._delegator())
            seen = (*seen[:2], _stamp(self.file))
        except (
            EnvelopeError,
            SourceError,
            OSError,
            DeserializationError,
            RepositoryError,
            ValueError,
        ) as error:
            self.health = replace(self.health, trouble=f"{type(error).__name__}: {error}")
            return False
        self._seen = seen
        self.health = replace(self.health, trouble="")
        return taken

    def _read_health(self) -> None:
        """What a former run left is shown, also while the source is away."""
        with suppress(OSError, RepositoryError, DeserializationError):
            if shown := self._shown(self._delegator()):
                self.health = SharedHealth(shown[1].version, shown[1].expires)

    def _take(self, data: bytes, delegator: Targets) -> bool:
        offered, shown = unseal(data, delegator), self._shown(delegator)
        known = self._highest.known(delegator)
        if offered.version < known:
            raise EnvelopeError(f"version {offered.version} is older than {known}, which was shown")
        if shown is not None:
            self.health = replace(self.health, version=shown[1].version, expires=shown[1].expires)
            if offered.version < shown[1].version:
                raise EnvelopeError(
                    f"version {offered.version} is older than {shown[1].version}, which is shown"
                )
            if offered.version == shown[1].version:
                if data != shown[0]:
                    raise EnvelopeError(f"another state under version {offered.version}, which is shown")
                return False
        self._highest.note(
            offered
        )  # before it is shown: a copy that is damaged later must not make us forget
        self._put(data, offered.version)
        self.health = SharedHealth(offered.version, offered.expires)
        return True

    def _shown(self, delegator: Targets) -> tuple[bytes, Sealed] | None:
        """What the web server answers with now; None when there is nothing or it is not as signed."""
        try:
            data = self.file.read_bytes()
            return data, unseal(data, delegator)
        except (OSError, EnvelopeError):
            return None

    def _put(self, data: bytes, version: int) -> None:
        """In one step, with the version as its time: it only grows, and web servers make ETags of time and size."""
        half = self.file.with_name(".network.json")
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.utime(descriptor, (version, version))
            os.fsync(descriptor)
        half.rename(self.file)
        durable.sync([self.file.parent])

    # whom to believe

    def _delegator(self) -> Targets:
        """The top-level targets that were verified last, checked once more from the pinned root, expired or not."""
        root = self._root()
        targets = Metadata[Targets].from_bytes((self._folder.trust / "targets.json").read_bytes())
        root.verify_delegate("targets", targets.signed_bytes, targets.signatures)
        return targets.signed

    def _root(self) -> Root:
        root = Metadata[Root].from_bytes((self._folder.root / "root.json").read_bytes())
        root.signed.verify_delegate("root", root.signed_bytes, root.signatures)
        history = self._folder.trust / "root_history"
        while (file := history / f"{root.signed.version + 1}.root.json").exists():
            newer = Metadata[Root].from_bytes(file.read_bytes())
            root.signed.verify_delegate("root", newer.signed_bytes, newer.signatures)
            newer.signed.verify_delegate("root", newer.signed_bytes, newer.signatures)
            root = newer
        return root.signed


def _stamp(file: Path) -> object:
    """Differs when somebody touched the file."""
    try:
        found = file.lstat()
    except OSError:
        return None
    return found.st_ino, found.st_ctime_ns, found.st_size
