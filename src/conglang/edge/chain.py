"""From a pinned root to what a site may show, without a clock: signatures, versions, delegations.

The Update Framework's client stops at an expired timestamp. Whoever audits needs the other answer as well: is this what
was signed, and how old is it? So ends are collected here, not enforced.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, Targets, Timestamp
from tuf.api.serialization import DeserializationError

from conglang.wire.manifest import ManifestError
from conglang.wire.repo import (
    HOSTS_TARGET,
    NETWORK_ROLE,
    SITES_ROLE,
    Hosts,
    decode_hosts,
    shard_of_target,
    site_of_role,
    site_role,
)

Get = Callable[[str], bytes]
_MOST_ROOTS = 256


class ChainBroken(Exception):
    """What was given is not signed by whom the root names. `part`: the file it happened at."""

    def __init__(self, part: str, reason: str) -> None:
        super().__init__(f"{part}: {reason}")
        self.part = part


class NotThere(Exception):
    """`get` has no such file."""


class Chain:
    """Verified metadata. `get(name)` gives `timestamp.json`, `2.root.json`, `site-badinh.json` …; NotThere when none.

    Making one reads and verifies everything but the sites' own roles. Raises ChainBroken or NotThere.
    """

    def __init__(self, pinned: bytes, get: Get) -> None:
        self._get = get
        self._root = self._newest_root(pinned)
        self.timestamp: Timestamp = self._load("timestamp.json", Timestamp, self._root)
        self.snapshot = self._pointed_at(self.timestamp.snapshot_meta)
        self._same("snapshot.json", self.timestamp.snapshot_meta.version, self.snapshot.version)
        self.targets: Targets = self._listed("targets.json", self._root)
        self._network = self._listed(f"{NETWORK_ROLE}.json", self.targets)
        self._sites = self._listed(f"{SITES_ROLE}.json", self.targets)

    def fresh_until(self) -> datetime:
        """The earliest end of all that was read: after it, what is shown is ours but may not be our newest."""
        parts = (self._root, self.timestamp, self.snapshot, self.targets, self._network, self._sites)
        return min(part.expires.astimezone(UTC) for part in parts)

    def hosts(self) -> Hosts:
        """The signed list of hosts. ChainBroken when `hosts.json` is another."""
        data = self._get("hosts.json")
        file = self._network.targets.get(HOSTS_TARGET)
        try:
            if file is None:
                raise ChainBroken("hosts.json", "no list of hosts was signed")
            file.verify_length_and_hashes(data)
            return decode_hosts(data)
        except (RepositoryError, ManifestError) as error:
            raise ChainBroken("hosts.json", str(error)) from error

    def signed_sites(self) -> set[str]:
        """The sites that the snapshot names."""
        roles = (name.removesuffix(".json") for name in self.snapshot.meta)
        return {site for role in roles if (site := site_of_role(role))}

    def newest_edition(self, site: str) -> int:
        """The edition of a site that the snapshot names; 0 for a site it does not know."""
        meta = self.snapshot.meta.get(f"{site_role(site)}.json")
        return meta.version if meta else 0

    def site(self, site: str, data: bytes | None = None) -> tuple[int, dict[str, str]]:
        """Edition of a site's role, whichever it is, and shard → SHA-256. `data`: the role, else asked for."""
        name = f"{site_role(site)}.json"
        role: Targets = self._load(name, Targets, self._sites, data)
        if any(not target.startswith(f"{site}/") for target in role.targets):
            raise ChainBroken(name, "names files of another site")
        shards = {shard_of_target(target): file.hashes["sha256"] for target, file in role.targets.items()}
        return role.version, shards

    def _newest_root(self, pinned: bytes) -> Root:
        root: Root = _parse("root.json", pinned, Root).signed
        for _ in range(_MOST_ROOTS):
            name = f"{root.version + 1}.root.json"
            try:
                data = self._get(name)
            except NotThere:
                return root
            after = _parse(name, data, Root)
            for judge in (root, after.signed):
                _verify(name, judge, "root", after)
            self._same(name, root.version + 1, after.signed.version)
            root = after.signed
        raise ChainBroken("root", f"more than {_MOST_ROOTS} roots")

    def _pointed_at(self, meta: MetaFile) -> Snapshot:
        data = self._get("snapshot.json")
        try:
            meta.verify_length_and_hashes(data)
        except RepositoryError as error:
            raise ChainBroken("snapshot.json", f"is not the one that the timestamp names: {error}") from error
        found: Snapshot = self._load("snapshot.json", Snapshot, self._root, data)
        return found

    def _listed(self, name: str, delegator: Any) -> Targets:
        role: Targets = self._load(name, Targets, delegator)
        meta = self.snapshot.meta.get(name)
        self._same(name, meta.version if meta else 0, role.version)
        return role

    def _load(self, name: str, kind: type, delegator: Any, data: bytes | None = None) -> Any:
        found = _parse(name, self._get(name) if data is None else data, kind)
        _verify(name, delegator, name.removesuffix(".json"), found)
        return found.signed

    @staticmethod
    def _same(name: str, wanted: int, found: int) -> None:
        if wanted != found:
            raise ChainBroken(name, f"version {found}, while {wanted} is named")


def is_root(data: bytes) -> bool:
    """Whether these bytes are a root file of some network, signed or not."""
    try:
        _parse("root.json", data, Root)
    except ChainBroken:
        return False
    return True


def _parse(name: str, data: bytes, kind: type) -> Metadata[Any]:
    try:
        found: Metadata[Any] = Metadata.from_bytes(data)
    except (DeserializationError, ValueError) as error:
        raise ChainBroken(name, "cannot be read") from error
    if not isinstance(found.signed, kind):
        raise ChainBroken(name, f"is not {kind.__name__}")
    return found


def _verify(name: str, judge: Any, role: str, found: Metadata[Any]) -> None:
    try:
        judge.verify_delegate(role, found.signed_bytes, found.signatures)
    except (RepositoryError, ValueError) as error:
        raise ChainBroken(name, "its signatures are not those of this network") from error
