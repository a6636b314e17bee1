"""Pull, verify, apply: how an edge follows the signer without trusting the way between them.

Verification is The Update Framework's client: signatures, versions, expiry, delegations. Validity and freshness are
two things: with an expired timestamp the edge goes on serving what it holds, says *stale*, and accepts nothing new.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from securesystemslib.exceptions import StorageError
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Snapshot, Timestamp
from tuf.ngclient import Updater

from conglang.edge import own_files, trust
from conglang.edge.alone import Alone
from conglang.edge.applied import Applied, AppliedSite
from conglang.edge.folder import EdgeFolder
from conglang.edge.following import Editions
from conglang.edge.health import Health
from conglang.edge.refresh import refreshed
from conglang.edge.source import Source
from conglang.edge.staleness import Alarm
from conglang.edge.trouble import FORESEEN, kind
from conglang.edge.turn import Turn
from conglang.edge.wake import Wake
from conglang.edge.watch import Watch
from conglang.wire import durable
from conglang.wire.paths import SHARDS
from conglang.wire.repo import (
    HOSTS_TARGET,
    NETWORK_ROLE,
    SITES_ROLE,
    decode_hosts,
    shard_target,
    site_of_role,
)
from conglang.wire.status import TreeReport, Trouble

POLL_SECONDS = 0.1
POLL_NEAR_SECONDS = 0.03  # where the source is a folder of this machine
RETRY_SECONDS = 1.0
# Asked for so that the role of all sites is read and verified, or fetched anew when our copy is damaged: it is shown.
_OF_NO_SITE = shard_target("-", SHARDS[0])
log = logging.getLogger(__name__)


class Puller:
    """Keeps one edge folder equal to the signed state. Only one per folder (`EdgeFolder.alone`)."""

    def __init__(
        self, folder: EdgeFolder, source: Source, *, accept_expired: bool = False, alarm: Alarm | None = None
    ) -> None:
        """`accept_expired`: a new edge may begin with a state whose timestamp has run out (see `edge.refresh`)."""
        self.folder = folder
        self.health = Health()
        self._source = source
        self._accept_expired = accept_expired
        self._alarm = alarm or Alarm()
        self._seen: bytes | None = None
        self._newest: bytes = b""  # the timestamp that is being followed
        self._doubted: set[str] = set()
        self._own: own_files.Stamps = {}
        self._editions = Editions(folder, source)
        self._left: set[str] = set()  # sites of the last pull that made room for what was signed meanwhile
        own_files.put_in_order(folder)
        folder.prepare()
        self._root = (folder.root / "root.json").read_bytes()
        self._alone = Alone()
        source.away = self._alone.away
        self.watch = Watch(folder, source.object, root=self._root, doubt=self._doubt, alone=self._alone)
        self._read_health()

    def run(self, stop: threading.Event, *, tell: Callable[[int], None] = lambda sites: None) -> None:
        """Pull until told to stop; beside it, and between pulls, read through the tree, again and again.

        `tell` hears after each pull how many sites changed. No failure ends the loop; it is logged once and shown by
        the status.
        """
        next_pull, every = 0.0, POLL_NEAR_SECONDS if self._source.is_near else POLL_SECONDS
        watching = threading.Thread(
            target=self.watch.run, args=(stop,), kwargs={"every": every}, name="watch"
        )
        watching.start()
        with Wake(self._source.metadata) as wake:
            while not stop.is_set():
                if time.monotonic() >= next_pull:
                    tell(self._turn())
                    next_pull = time.monotonic() + (RETRY_SECONDS if self.health.trouble else every)
                if wake.wait(stop, every) and not self.health.trouble:
                    next_pull = 0.0
        watching.join()

    def _turn(self) -> int:
        before, count = self.health.trouble, 0
        self._alarm.look(self.health.expires)
        try:
            count = self.pull()
        except Exception as error:  # an unforeseen fault must not end the loop; it is logged and shown
            log.exception("the pull failed in a way nobody foresaw; it is tried again")
            self._fail(error)
        if self.health.trouble and self.health.trouble != before:
            log.warning("nothing new applied: %s", self.health.trouble)
        return count

    def pull(self) -> int:
        """One turn. Returns how many sites changed; failures end up in `health`."""
        with self._alone:
            return self._pull()

    def _pull(self) -> int:
        try:
            newest = self._source.timestamp()
            if own_files.stamps(self.folder) != self._own:  # somebody was at them, or this is the first pull
                self._doubted.add("")
            if newest == self._seen and not self._doubted:
                self.health = replace(self.health, kind=Trouble.NONE, trouble="")  # it was away and is back
                return 0
            self._newest = newest
            count = self._follow()
        except FORESEEN as error:
            self._fail(error)
            return 0
        self._own = own_files.stamps(self.folder)
        if not self.health.trouble:
            self._seen = newest
        return count

    def look(self) -> TreeReport:
        """Go once through the tree, put right what differs by name, size, time or kind; what was found."""
        self.watch.look()
        return self.watch.report

    def _fail(self, error: Exception) -> None:
        self.health = replace(self.health, kind=kind(error), trouble=f"{type(error).__name__}: {error}")
        with suppress(OSError):
            if isinstance(error, OSError):
                own_files.put_in_order(self.folder)
            self.folder.clear_half()  # on a full disk, the half that was written is in the way

    def _doubt(self, site: str) -> None:
        self._doubted.add(site)

    def _follow(self) -> int:
        updater = refreshed(self.folder, self._source, self._root, accept_expired=self._accept_expired)
        self._read_health()
        versions = self._versions()
        if SITES_ROLE in versions:
            updater.get_targetinfo(_OF_NO_SITE)
        self._follow_hosts(updater, versions[NETWORK_ROLE])
        applied = self.folder.applied()
        sites = {site: version for role, version in versions.items() if (site := site_of_role(role))}
        doubted, self._doubted = self._doubted, set()
        waiting = [
            site
            for site, version in sites.items()
            if site in doubted or self._waits(site, version, applied.sites.get(site))
        ]
        self.health = replace(self.health, kind=Trouble.NONE, trouble="")
        self._editions.forget_older(
            site for site in waiting if site in applied.sites and applied.sites[site].edition != sites[site]
        )
        try:
            return self._follow_sites(updater, {site: sites[site] for site in waiting})
        finally:
            self._doubted |= doubted & self._left
            trust.show(self.folder)

    def _waits(self, site: str, edition: int, applied: AppliedSite | None) -> bool:
        """Not shown yet; or shown before a power cut, which may have kept the record and not all of the tree."""
        return applied is None or applied.edition != edition or self.folder.pending(site).exists()

    def _follow_sites(self, updater: Updater, editions: Mapping[str, int]) -> int:
        """How many sites were brought to their editions. What failed is looked at again with the next pull."""
        turn = Turn(updater, self.folder, self._editions, self._source, fail=self._fail)
        try:
            return turn.apply_all(editions, last=self._left, newest=self._newest)
        finally:
            self._left = turn.left
            self._doubted.update(turn.failed)

    def _read_health(self) -> None:
        try:
            stamp: Metadata[Timestamp] = Metadata.from_file(str(self.folder.trust / "timestamp.json"))
            expires = stamp.signed.expires.astimezone(UTC)
            if expires != self.health.expires:
                self.health = replace(self.health, expires=expires, accepted=self._accepted_at())
        except (OSError, StorageError, RepositoryError) as error:  # the next pull replaces our copy
            log.debug("no timestamp yet: %s", error)

    def _accepted_at(self) -> datetime:
        return datetime.fromtimestamp((self.folder.trust / "timestamp.json").stat().st_mtime, UTC)

    def _versions(self) -> dict[str, int]:
        """Role → version in the snapshot that `refresh` has just verified and stored."""
        snapshot: Metadata[Snapshot] = Metadata.from_file(str(self.folder.trust / "snapshot.json"))
        return {name.removesuffix(".json"): file.version for name, file in snapshot.signed.meta.items()}

    def _follow_hosts(self, updater: Updater, version: int) -> None:
        applied = self.folder.applied()
        if applied.hosts == version and "" not in self._doubted:
            return
        data = self._target(updater, HOSTS_TARGET)
        if data and self.folder.hosts() != decode_hosts(
            data
        ):  # a new file would have the web server read it again
            durable.write(self.folder.root / "hosts.json", data)
        self.folder.record(Applied(applied.sites, version))

    def _target(self, updater: Updater, name: str) -> bytes | None:
        info = updater.get_targetinfo(name)
        if info is None:
            return None
        file = Path(updater.download_target(info, str(self.folder.half / "target")))
        data = file.read_bytes()
        file.unlink()
        return data
