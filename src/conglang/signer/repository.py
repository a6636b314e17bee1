"""The signed repository on disk: what is true now, and how the next state replaces it.

Order of a publication: shards, site role, snapshot, timestamp. Every file but the timestamp has a name of its own
(version or digest in front), so until the timestamp is renamed nothing refers to them; a kill leaves the old state
valid and the next equal request writes them again.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from conglang.signer import keys as keyring
from conglang.wire import durable
from conglang.wire.manifest import Entry, decode_shard
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
KEPT_SECONDS = 3600  # superseded files stay this long for edges in the middle of a pull
log = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


class Repository:
    """One writer per repository (the caller holds `keys.lock`). Methods may be called from several threads."""

    def __init__(self, folder: Path, keys_dir: Path, *, clock: Callable[[], datetime] = _now) -> None:
        self.metadata = folder / "metadata"
        self.targets = folder / "targets"
        self._keys_dir = keys_dir
        self._clock = clock
        self._lock = threading.RLock()
        self._signers = {name: keyring.load(keys_dir, "online", name) for name in keyring.ONLINE}
        for place in (self.metadata, self.targets):
            durable.make_folder(place)
        for place in (self.metadata, *self.targets.iterdir()):
            durable.clear_aside(place)
        self._doubted = False  # a sync failed: what is on disk may not be what a power cut leaves
        self._load()

    # what is true now

    def _load(self) -> None:
        """Read the state the timestamp points to, checking every signature; make the first state if there is none."""
        self._roles: dict[str, Metadata[Targets]] = {}
        self._root: Root = self._install_root()
        if not (self.metadata / "timestamp.json").exists():
            self._first_state()
            return
        self._timestamp = self._read("timestamp.json", Timestamp)
        self._root.verify_delegate("timestamp", self._timestamp.signed_bytes, self._timestamp.signatures)
        version = self._timestamp.signed.snapshot_meta.version
        self._snapshot = self._read(f"{version}.snapshot.json", Snapshot)
        self._root.verify_delegate("snapshot", self._snapshot.signed_bytes, self._snapshot.signatures)

    def _install_root(self) -> Root:
        newest: Metadata[Root] | None = None
        chain = (self._keys_dir / "root-chain").glob("*.root.json")
        for file in sorted(chain, key=lambda file: int(file.name.partition(".")[0])):
            data = file.read_bytes()
            if not (self.metadata / file.name).exists():
                durable.write(self.metadata / file.name, data)
            newest = Metadata[Root].from_bytes(data)
        if newest is None:
            raise keyring.KeysIncomplete(f"{self._keys_dir}: no root; run `keys.create` first")
        return newest.signed

    def _read(self, name: str, kind: type) -> Metadata[Any]:
        metadata: Metadata[Any] = Metadata.from_bytes((self.metadata / name).read_bytes())
        if not isinstance(metadata.signed, kind):
            raise TypeError(f"{name} is not {kind.__name__}")
        return metadata

    def _role(self, role: str) -> Metadata[Targets]:
        """A verified role below the snapshot. KeyError for one that is not in it."""
        if role not in self._roles:
            version = self._snapshot.signed.meta[f"{role}.json"].version
            found: Metadata[Targets] = self._read(f"{version}.{role}.json", Targets)
            parent: Any = self._root if role == "targets" else self._role(_parent(role)).signed
            parent.verify_delegate(role, found.signed_bytes, found.signatures)
            self._roles[role] = found
        return self._roles[role]

    def editions(self) -> dict[str, int]:
        """Site key → edition that is signed now."""
        with self._lock:
            meta: Mapping[str, MetaFile] = self._snapshot.signed.meta
            found = {site_of_role(name.removesuffix(".json")): file.version for name, file in meta.items()}
        return {site: version for site, version in found.items() if site is not None}

    def shards(self, site: str) -> dict[str, str]:
        """Shard → SHA-256 of the shard as signed now; empty for a site that was never signed."""
        with self._lock:
            try:
                targets = self._role(site_role(site)).signed.targets
            except KeyError:
                return {}
        return {shard_of_target(name): file.hashes["sha256"] for name, file in targets.items()}

    def entries(self, site: str, shard: str) -> dict[str, Entry]:
        """The signed entries of one shard, checked against the signed digest."""
        digest = self.shards(site).get(shard)
        if digest is None:
            return {}
        data = (self.targets / site / f"{digest}.{shard}.json").read_bytes()
        if hashlib.sha256(data).hexdigest() != digest:
            raise OSError(f"{site}/{shard}: the shard on disk is not the signed one; restore store/repo")
        return decode_shard(data, site=site, shard=shard)

    # the next state

    def publish(self, site: str, shards: Mapping[str, bytes | None]) -> int:
        """Sign a new edition of a site in which these shards are replaced (None: gone). Return the edition."""
        with self._lock, self._or_reload():
            role = site_role(site)
            roles = (
                {} if f"{role}.json" in self._snapshot.signed.meta else {SITES_ROLE: self._with_site(site)}
            )
            old = {} if roles else dict(self._role(role).signed.targets)
            for shard, data in shards.items():
                name = shard_target(site, shard)
                old.pop(name, None)
                if data is not None:
                    old[name] = TargetFile.from_data(name, data, ["sha256"])
            self._write_targets(
                site, {f"{shard}.json": data for shard, data in shards.items() if data is not None}
            )
            self._swap(roles | {role: Targets(targets=old)})
            return int(self._snapshot.signed.meta[f"{role}.json"].version)

    def publish_hosts(self, data: bytes) -> tuple[int, bool]:
        """Sign the list of hosts. Return its edition and whether it was already so."""
        with self._lock, self._or_reload():
            self.settle()
            file = TargetFile.from_data(HOSTS_TARGET, data, ["sha256"])
            now = self._role(NETWORK_ROLE)
            if now.signed.targets == {HOSTS_TARGET: file}:
                return now.signed.version, True
            folder, _, name = HOSTS_TARGET.rpartition("/")
            self._write_targets(folder, {name: data})
            self._swap({NETWORK_ROLE: Targets(targets={HOSTS_TARGET: file})})
            return int(self._role(NETWORK_ROLE).signed.version), False

    def settle(self) -> None:
        """After a failure: sign the timestamp anew before anybody is told that what lies there is signed."""
        with self._lock, self._or_reload():
            if self._doubted:
                self._swap({})
                self._doubted = False

    def renew(self) -> None:
        """Sign the timestamp again, and whatever is half-way to its end; clear what was superseded an hour ago."""
        with self._lock, self._or_reload():
            self._root = self._install_root()
            self._swap(self._ageing(), carried=self._newer_targets())
        self._prune()

    def leap(self, by: int = 1000) -> None:
        """Raise every version: after a restore from a backup, edges have seen newer numbers and refuse older ones."""
        with self._lock, self._or_reload():
            meta = [name.removesuffix(".json") for name in self._snapshot.signed.meta]
            self._swap({role: self._role(role).signed for role in meta if role != "targets"}, step=by)

    def _newer_targets(self) -> dict[str, Metadata[Targets]]:
        """Top-level targets that the off-line keys have signed and that are not in the snapshot yet."""
        top = Metadata[Targets].from_bytes((self._keys_dir / "targets.json").read_bytes())
        if top.signed.version <= self._snapshot.signed.meta["targets.json"].version:
            return {}
        self._root.verify_delegate("targets", top.signed_bytes, top.signatures)
        durable.write(self.metadata / f"{top.signed.version}.targets.json", top.to_bytes())
        return {"targets": top}

    def _ageing(self) -> dict[str, Targets]:
        limit = self._clock() + ROLE_LIFE / 2
        names = [name.removesuffix(".json") for name in self._snapshot.signed.meta]
        found = {name: self._role(name).signed for name in names if name != "targets"}
        return {name: signed for name, signed in found.items() if signed.expires < limit}

    def _with_site(self, site: str) -> Targets:
        """The `sites` role with one more delegation."""
        now = self._role(SITES_ROLE).signed
        key = self._signers["site"].public_key
        delegations = now.delegations or Delegations({}, {})
        known = dict(delegations.roles or {})
        name = site_role(site)
        known[name] = DelegatedRole(name, [key.keyid], 1, terminating=True, paths=[f"{site}/*"])
        return Targets(delegations=Delegations({key.keyid: key}, known))

    def _first_state(self) -> None:
        self._snapshot = Metadata(Snapshot(version=int(time.time())))
        self._timestamp = Metadata(Timestamp(version=int(time.time())))
        top = Metadata[Targets].from_bytes((self._keys_dir / "targets.json").read_bytes())
        durable.write(self.metadata / f"{top.signed.version}.targets.json", top.to_bytes())
        self._snapshot.signed.meta = {"targets.json": MetaFile(top.signed.version)}
        self._roles = {"targets": top}
        key = self._signers["site"].public_key
        sites = Targets(delegations=Delegations({key.keyid: key}, {}))
        self._swap({SITES_ROLE: sites, NETWORK_ROLE: Targets()})

    def _write_targets(self, folder: str, files: Mapping[str, bytes]) -> None:
        place = self.targets / folder
        durable.make_folder(place)
        durable.write_many(
            {place / f"{hashlib.sha256(data).hexdigest()}.{name}": data for name, data in files.items()}
        )

    def _swap(
        self,
        roles: Mapping[str, Targets],
        *,
        step: int = 1,
        carried: Mapping[str, Metadata[Targets]] | None = None,
    ) -> None:
        """Sign these roles, then snapshot when something changed, then the timestamp, and only then believe it.

        `carried`: roles signed elsewhere whose files are already here.
        """
        now = self._clock()
        meta: dict[str, MetaFile] = dict(self._snapshot.signed.meta)
        fresh: dict[str, Metadata[Targets]] = dict(carried or {})
        meta |= {f"{name}.json": MetaFile(one.signed.version) for name, one in fresh.items()}
        for name, signed in roles.items():
            signed.version = meta[f"{name}.json"].version + step if f"{name}.json" in meta else 1
            signed.expires = now + ROLE_LIFE
            fresh[name] = Metadata(signed)
            key = self._signers["site" if site_of_role(name) else name]
            self._sign(fresh[name], key, f"{signed.version}.{name}.json")
            meta[f"{name}.json"] = MetaFile(signed.version)
        snapshot = self._snapshot
        if fresh or snapshot.signed.expires < now + SNAPSHOT_LIFE / 2:
            version = snapshot.signed.version + step
            snapshot = Metadata(Snapshot(version=version, expires=now + SNAPSHOT_LIFE, meta=meta))
            self._sign(snapshot, self._signers["snapshot"], f"{version}.snapshot.json")
            durable.sync([self.metadata])
        self._stamp(snapshot, now, step)
        self._snapshot = snapshot
        self._roles.update(fresh)

    def _stamp(self, snapshot: Metadata[Snapshot], now: datetime, step: int) -> None:
        version = self._timestamp.signed.version + step
        pointer = MetaFile(snapshot.signed.version)
        stamp = Metadata(Timestamp(version=version, expires=now + TIMESTAMP_LIFE, snapshot_meta=pointer))
        self._sign(stamp, self._signers["timestamp"], "timestamp.json")
        durable.sync([self.metadata])
        self._timestamp = stamp

    def _sign(self, metadata: Metadata[Any], signer: Any, name: str) -> None:
        metadata.sign(signer)
        durable.write(self.metadata / name, metadata.to_bytes())

    def _or_reload(self) -> "_OrReload":
        return _OrReload(self._load_again)

    def _load_again(self) -> None:
        self._doubted = True
        self._load()

    def _prune(self) -> None:
        with self._lock:
            keep = {f"{file.version}.{name}" for name, file in self._snapshot.signed.meta.items()}
            keep |= {f"{self._snapshot.signed.version}.snapshot.json", "timestamp.json"}
            roles = [self._role(name.removesuffix(".json")) for name in self._snapshot.signed.meta]
            files = [file for role in roles for file in role.signed.targets.values()]
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


def _remove_older(limit: float, files: Iterable[Path]) -> None:
    for file in list(files):
        if file.stat().st_mtime < limit:
            file.unlink(missing_ok=True)


def _parent(role: str) -> str:
    return SITES_ROLE if site_of_role(role) else "targets"
