"""How the next state of the signed repository replaces the one that is true now.

Order of a publication: shards, site role, snapshot, timestamp. Every file but the timestamp has a name of its own
(version or digest in front), so until the timestamp is renamed nothing refers to them; a kill leaves the old state
valid and the next equal request writes them again.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tuf.api.metadata import Metadata, MetaFile, Snapshot, Targets, Timestamp

from conglang.signer.ceremony.proposal import in_force
from conglang.signer.roles import IN_SNAPSHOT
from conglang.signer.signed_state import SignedState
from conglang.signer.turnover import sites_role
from conglang.wire import durable
from conglang.wire.repo import SITES_ROLE, site_of_role

TIMESTAMP_LIFE = timedelta(hours=1)
SNAPSHOT_LIFE = timedelta(days=30)
ROLE_LIFE = timedelta(days=365)


class NextState(SignedState):
    """Signs roles, snapshot and timestamp with the keys that count, and believes it only when all of it is written."""

    def swap(
        self,
        roles: Mapping[str, Targets],
        *,
        step: int = 1,
        carried: Metadata[Targets] | None = None,
        files: Mapping[Path, bytes] = MappingProxyType({}),
    ) -> None:
        """Sign these roles and, when something changed, the snapshot; then the timestamp; only then believe it.

        `carried`: top-level targets that the off-line keys have signed. `files`: what the roles name, written with
        them. Each role is signed by the key that those above it name; where old and new root name different ones, by
        both.
        """
        now = self._clock()
        meta: dict[str, MetaFile] = dict(self._snapshot.signed.meta)
        waiting = dict(files)
        if carried:
            waiting[self.metadata / f"{carried.signed.version}.targets.json"] = carried.to_bytes()
            meta["targets.json"] = MetaFile(carried.signed.version)
            self._roles["targets"] = carried
        for name in sorted(roles, key=_parents_first):
            signed = roles[name]
            signed.version = meta[f"{name}.json"].version + step if f"{name}.json" in meta else 1
            signed.expires = now + ROLE_LIFE
            self._roles[name] = Metadata(signed)
            data = self._signed(self._roles[name], "site" if site_of_role(name) else name)
            waiting[self.metadata / f"{signed.version}.{name}.json"] = data
            meta[f"{name}.json"] = MetaFile(signed.version)
        self._point(meta, now, step, waiting, changed=bool(roles or carried))

    def _point(
        self,
        meta: dict[str, MetaFile],
        now: datetime,
        step: int,
        waiting: dict[Path, bytes],
        *,
        changed: bool,
    ) -> None:
        """Snapshot, when it has to be another one, with all that waits for it; and timestamp."""
        snapshot, pointer = self._snapshot, self._timestamp.signed.snapshot_meta
        turned = not _signed_by(snapshot, self.counting("snapshot"))
        if changed or turned or snapshot.signed.expires < now + SNAPSHOT_LIFE / 2:
            version = snapshot.signed.version + step
            snapshot = Metadata(Snapshot(version=version, expires=now + SNAPSHOT_LIFE, meta=meta))
            data = self._signed(snapshot, "snapshot")
            waiting[self.metadata / f"{version}.snapshot.json"] = data
            # Length and digest, so that nobody has to parse a snapshot to find that it is not this one.
            pointer = MetaFile(version, len(data), {"sha256": hashlib.sha256(data).hexdigest()})
        durable.write_many(waiting)
        version = self._timestamp.signed.version + step
        stamp = Metadata(Timestamp(version=version, expires=now + TIMESTAMP_LIFE, snapshot_meta=pointer))
        durable.write(self.metadata / "timestamp.json", self._signed(stamp, "timestamp"))
        durable.sync([self.metadata])
        self._timestamp, self._snapshot = stamp, snapshot

    def _signed(self, metadata: Metadata[Any], role: str) -> bytes:
        for key in self.ring.signing(role, self.counting(role)):
            metadata.sign(key, append=True)
        return metadata.to_bytes()

    def counting(self, role: str) -> set[str]:
        """Ids of the keys whose signature under an on-line role counts now (while a ceremony is taken up: or soon)."""
        if role == "site":
            found = self.role(SITES_ROLE).signed.delegations
            return set(found.keys) if found else set()
        if role in ("snapshot", "timestamp"):
            return {keyid for root in self.judges for keyid in root.roles[role].keyids}
        delegations = self.role("targets").signed.delegations
        known = (delegations and delegations.roles) or {}
        return set(known[role].keyids) if role in known else set()

    def settle(self) -> None:
        """After a failure: sign the timestamp anew before anybody is told that what lies there is signed."""
        with self._lock, self._or_reload():
            if self._doubted:
                self.swap({})
                self._doubted = False

    def _first_state(self) -> None:
        self._snapshot = Metadata(Snapshot(version=int(time.time())))
        self._timestamp = Metadata(Timestamp(version=int(time.time())))
        top = in_force(self.keys_dir).targets
        durable.write(self.metadata / f"{top.signed.version}.targets.json", top.to_bytes())
        self._snapshot.signed.meta = {"targets.json": MetaFile(top.signed.version)}
        self._roles = {"targets": top}
        first = {name: Targets() for name in IN_SNAPSHOT}
        self.swap(first | {SITES_ROLE: sites_role(self.ring.wanted("site"), [])})

    def _or_reload(self) -> "_OrReload":
        return _OrReload(self._load_again)

    def _load_again(self) -> None:
        self._doubted = True
        self._load()


class _OrReload:
    """A failure half-way (disk full, say) leaves memory ahead of the disk: read the disk again."""

    def __init__(self, load: Callable[[], None]) -> None:
        self._load = load

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is not None:
            self._load()


def _signed_by(metadata: Metadata[Any], keyids: set[str]) -> bool:
    """True when each of these keys has signed."""
    return keyids <= metadata.signatures.keys()


def _parents_first(role: str) -> bool:
    return site_of_role(role) is not None
