"""The signed repository on disk: how the next state replaces the one that is true now.

Order of a publication: shards, site role, snapshot, timestamp. Every file but the timestamp has a name of its own
(version or digest in front), so until the timestamp is renamed nothing refers to them; a kill leaves the old state
valid and the next equal request writes them again.
"""

import hashlib
import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from tuf.api.metadata import Delegations, Metadata, MetaFile, Snapshot, TargetFile, Targets, Timestamp

from conglang.signer.ceremony import pending
from conglang.signer.ceremony.document import Ceremony
from conglang.signer.ceremony.proposal import in_force
from conglang.signer.limits import Weight, weigh
from conglang.signer.ring import Ring
from conglang.signer.roles import DELEGATED, IN_SNAPSHOT, NAMED_BY_ROOT
from conglang.signer.signed_state import SignedState
from conglang.signer.turnover import roles_to_sign, sites_role
from conglang.wire import durable
from conglang.wire.repo import (
    HOSTS_TARGET,
    NETWORK_ROLE,
    SITES_ROLE,
    shard_of_target,
    shard_target,
    site_of_role,
    site_role,
)

TIMESTAMP_LIFE = timedelta(hours=1)
SNAPSHOT_LIFE = timedelta(days=30)
ROLE_LIFE = timedelta(days=365)
log = logging.getLogger("conglang.signer")
KEPT_SECONDS = 3600  # superseded files stay this long for edges in the middle of a pull


class NextEdition(NamedTuple):
    """What becomes of a site: shards to be replaced (None: gone).

    `weights`: what each of them weighs, kept beside its digest so that nobody has to read it for that again.
    """

    shards: Mapping[str, bytes | None]
    weights: Mapping[str, Weight] | None = None


class Repository(SignedState):
    """One writer per repository (the caller holds `keys.lock`). Methods may be called from several threads."""

    def publish_together(self, editions: Mapping[str, "NextEdition"]) -> dict[str, int]:
        """Sign a new edition of each of these sites under one snapshot. Return site → edition."""
        with self._lock, self._or_reload():
            first = [site for site in editions if f"{site_role(site)}.json" not in self._snapshot.signed.meta]
            roles = {SITES_ROLE: self._with_sites(first)} if first else {}
            files: dict[Path, bytes] = {}
            for site, edition in editions.items():
                roles[site_role(site)] = Targets(targets=self._targets_of(site, edition, new=site in first))
                files |= self._target_files(
                    site,
                    {f"{shard}.json": data for shard, data in edition.shards.items() if data is not None},
                )
            self.swap(roles, files=files)
            meta = self._snapshot.signed.meta
            return {site: int(meta[f"{site_role(site)}.json"].version) for site in editions}

    def _targets_of(self, site: str, edition: "NextEdition", *, new: bool) -> dict[str, TargetFile]:
        found = {} if new else dict(self.role(site_role(site)).signed.targets)
        for shard, data in edition.shards.items():
            name = shard_target(site, shard)
            found.pop(name, None)
            if data is not None:
                found[name] = TargetFile.from_data(name, data, ["sha256"])
                if edition.weights:
                    found[name].unrecognized_fields["custom"] = edition.weights[shard]._asdict()
        return found

    def weight(self, site: str, *, without: Collection[str] = ()) -> Weight:
        """What a site weighs, some shards left out. Read from its role; a shard signed before that is read itself."""
        with self._lock:
            try:
                files = dict(self.role(site_role(site)).signed.targets)
            except KeyError:
                return Weight()
        found = [
            self._weight(site, name, file)
            for name, file in files.items()
            if shard_of_target(name) not in without
        ]
        return Weight(sum(one.paths for one in found), sum(one.bytes for one in found))

    def _weight(self, site: str, name: str, file: TargetFile) -> Weight:
        if file.custom:
            return Weight(int(file.custom["paths"]), int(file.custom["bytes"]))
        found = weigh(self.entries(site, shard_of_target(name)).values())
        file.unrecognized_fields["custom"] = found._asdict()  # signed with the site's next edition
        return found

    def publish_hosts(self, data: bytes) -> tuple[int, bool]:
        """Sign the list of hosts. Return its edition and whether it was already so."""
        with self._lock, self._or_reload():
            self.settle()
            file = TargetFile.from_data(HOSTS_TARGET, data, ["sha256"])
            now = self.role(NETWORK_ROLE)
            if now.signed.targets == {HOSTS_TARGET: file}:
                return now.signed.version, True
            folder, _, name = HOSTS_TARGET.rpartition("/")
            signed = {NETWORK_ROLE: Targets(targets={HOSTS_TARGET: file})}
            self.swap(signed, files=self._target_files(folder, {name: data}))
            return int(self.role(NETWORK_ROLE).signed.version), False

    def settle(self) -> None:
        """After a failure: sign the timestamp anew before anybody is told that what lies there is signed."""
        with self._lock, self._or_reload():
            if self._doubted:
                self.swap({})
                self._doubted = False

    def renew(self) -> None:
        """Take up waiting keys and ceremonies, sign the timestamp again and whatever is half-way to its end, and clear
        what was superseded an hour ago.
        """
        with self._lock, self._or_reload():
            self._take_up()
            self.swap(self._ageing())
        self._prune()

    def _take_up(self) -> None:
        """Make true what the off-line keys have signed, and successors that nobody off-line has to sign for.

        Snapshot and timestamp are first signed by the old key and the new one, then the new root is shown: an edge
        finds a sound state whichever root it knows. A kill at any step leaves a state that holds; the next look at the
        keys (on a start, on `reload`, every five minutes) finishes the rest.
        """
        self.ring = Ring(self.keys_dir)
        ceremony = self.waiting_ceremony()
        proposed = ceremony.root if ceremony else None
        self.judges = [self._root, *([proposed.signed] if proposed else [])]
        newer = self._newer_delegations(ceremony)
        roles = roles_to_sign(self, (newer or self.role("targets")).signed)
        if ceremony or newer or roles:
            log.warning("keys change: signing %s again", ", ".join(roles) or "snapshot and timestamp")
            self.swap(roles, carried=newer)
        if ceremony:
            pending.finish(self.keys_dir, ceremony)
        self._root = self.publish_roots()
        self.judges = [self._root]
        for name in (*DELEGATED, "site", *NAMED_BY_ROOT):
            self.ring.settle(name, self.counting(name))

    def _newer_delegations(self, ceremony: Ceremony | None) -> Metadata[Targets] | None:
        """What the off-line key `targets` has signed and the snapshot does not name yet."""
        found = (ceremony and ceremony.delegations) or in_force(self.keys_dir).targets
        if found.signed.version <= self.role("targets").signed.version:
            return None
        self._verify("targets", found, self.judges)
        return found

    def leap(self, by: int = 1000) -> None:
        """Raise every version: after a restore from a backup, edges have seen newer numbers and refuse older ones."""
        with self._lock, self._or_reload():
            roles = {role: self.role(role).signed for role in self.role_names() if role != "targets"}
            self.swap(roles, step=by)

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

    def keys_in_force(self) -> dict[str, Any]:
        """For `reload`: version of root and targets, key id of each on-line role, roles whose successor waits."""
        with self._lock:
            ids = {name: sorted(self.counting(name)) for name in (*DELEGATED, "site", *NAMED_BY_ROOT)}
            return {
                "root": self._root.version,
                "targets": self.role("targets").signed.version,
                "keys": {name: found[0] for name, found in ids.items() if found},
                "waiting": self.ring.waiting(),
            }

    def _ageing(self) -> dict[str, Targets]:
        limit = self._clock() + ROLE_LIFE / 2
        found = {name: self.role(name).signed for name in self.role_names() if name != "targets"}
        return {name: signed for name, signed in found.items() if signed.expires < limit}

    def _with_sites(self, sites: Iterable[str]) -> Targets:
        """The `sites` role with more delegations."""
        delegations = self.role(SITES_ROLE).signed.delegations or Delegations({}, {})
        key = next(iter(delegations.keys.values()), None) or self.ring.wanted("site")
        return sites_role(key, [*(delegations.roles or {}), *map(site_role, sites)])

    def _first_state(self) -> None:
        self._snapshot = Metadata(Snapshot(version=int(time.time())))
        self._timestamp = Metadata(Timestamp(version=int(time.time())))
        top = in_force(self.keys_dir).targets
        durable.write(self.metadata / f"{top.signed.version}.targets.json", top.to_bytes())
        self._snapshot.signed.meta = {"targets.json": MetaFile(top.signed.version)}
        self._roles = {"targets": top}
        first = {name: Targets() for name in IN_SNAPSHOT}
        self.swap(first | {SITES_ROLE: sites_role(self.ring.wanted("site"), [])})

    def _target_files(self, folder: str, files: Mapping[str, bytes]) -> dict[Path, bytes]:
        """Where files that are signed by their digest will lie; their folder is made."""
        place = self.targets / folder
        durable.make_folder(place)
        return {place / f"{hashlib.sha256(data).hexdigest()}.{name}": data for name, data in files.items()}

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
        snapshot = self._snapshot
        turned = not _signed_by(snapshot, self.counting("snapshot"))
        if changed or turned or snapshot.signed.expires < now + SNAPSHOT_LIFE / 2:
            version = snapshot.signed.version + step
            snapshot = Metadata(Snapshot(version=version, expires=now + SNAPSHOT_LIFE, meta=meta))
            waiting[self.metadata / f"{version}.snapshot.json"] = self._signed(snapshot, "snapshot")
        durable.write_many(waiting)
        version = self._timestamp.signed.version + step
        pointer = MetaFile(snapshot.signed.version)
        stamp = Metadata(Timestamp(version=version, expires=now + TIMESTAMP_LIFE, snapshot_meta=pointer))
        durable.write(self.metadata / "timestamp.json", self._signed(stamp, "timestamp"))
        durable.sync([self.metadata])
        self._timestamp, self._snapshot = stamp, snapshot

    def _signed(self, metadata: Metadata[Any], role: str) -> bytes:
        for key in self.ring.signing(role, self.counting(role)):
            metadata.sign(key, append=True)
        return metadata.to_bytes()

    def _or_reload(self) -> "_OrReload":
        return _OrReload(self._load_again)

    def _load_again(self) -> None:
        self._doubted = True
        self._load()

    def _prune(self) -> None:
        with self._lock:
            keep = {f"{file.version}.{name}" for name, file in self._snapshot.signed.meta.items()}
            keep |= {f"{self._snapshot.signed.version}.snapshot.json", "timestamp.json"}
            files = [file for name in self.role_names() for file in self.role(name).signed.targets.values()]
            shards = {path for file in files for path in file.get_prefixed_paths()}
        limit = time.time() - KEPT_SECONDS
        metadata = (
            file for file in self.metadata.iterdir() if file.name not in keep and "root.json" not in file.name
        )
        targets = (
            file for file in self.targets.glob("*/*") if f"{file.parent.name}/{file.name}" not in shards
        )
        _remove_older(limit, metadata)
        _remove_older(limit, targets)


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


def _remove_older(limit: float, files: Iterable[Path]) -> None:
    for file in list(files):
        # What a request wrote aside meanwhile may be in its place by now.
        with suppress(FileNotFoundError):
            if file.stat().st_mtime < limit:
                file.unlink()
