"""The signed repository as it is true now, read from disk, every signature checked."""

import hashlib
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tuf.api.exceptions import RepositoryError, UnsignedMetadataError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, Targets, Timestamp

from conglang.signer import keys as keyring
from conglang.signer.ceremony import pending
from conglang.signer.ceremony.document import Ceremony, CeremonyRefused
from conglang.signer.ceremony.proposal import in_force
from conglang.signer.ring import Ring
from conglang.wire import durable
from conglang.wire.manifest import Entry, decode_shard
from conglang.wire.repo import SITES_ROLE, shard_of_target, site_of_role, site_role

log = logging.getLogger("conglang.signer")


def utc_now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


class SignedState:
    """Reads what the timestamp points to. `Repository` adds the next state."""

    def __init__(self, folder: Path, keys_dir: Path, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.metadata = folder / "metadata"
        self.targets = folder / "targets"
        self.keys_dir = keys_dir
        self._clock = clock
        self._lock = threading.RLock()
        for place in (self.metadata, self.targets):
            durable.make_folder(place)
        for place in (self.metadata, *self.targets.iterdir()):
            durable.clear_aside(place)
        self._doubted = False  # a sync failed: what is on disk may not be what a power cut leaves
        self._load()

    def _load(self) -> None:
        """Read the state on disk; make the first one if there is none."""
        self.ring = Ring(self.keys_dir)
        self._roles: dict[str, Metadata[Targets]] = {}
        self._root: Root = self.publish_roots()
        self.judges = self._judges()
        if not (self.metadata / "timestamp.json").exists():
            self._first_state()
            return
        self._timestamp = self._read("timestamp.json", Timestamp)
        self._verify("timestamp", self._timestamp, self.judges)
        version = self._timestamp.signed.snapshot_meta.version
        self._snapshot = self._read(f"{version}.snapshot.json", Snapshot)
        self._verify("snapshot", self._snapshot, self.judges)

    def _first_state(self) -> None:
        raise NotImplementedError

    def waiting_ceremony(self) -> Ceremony | None:
        """What the off-line keys have signed and is not in force yet; None also for a file that does not hold."""
        try:
            return pending.waiting(self.keys_dir, self._clock())
        except (CeremonyRefused, OSError) as error:
            log.warning("keys/install.json is not taken up: %s", error)
            return None

    def _judges(self) -> list[Root]:
        """The root in force and, while a ceremony is being taken up (or was killed at it), the next one."""
        ceremony = self.waiting_ceremony()
        return [self._root, *([ceremony.root.signed] if ceremony and ceremony.root else [])]

    def publish_roots(self) -> Root:
        """Copy the chain of roots to where edges find it; the newest."""
        try:
            chain = in_force(self.keys_dir).chain
        except FileNotFoundError as error:
            raise keyring.KeysIncomplete(f"{error}; run `conglang keys create` first") from error
        for root in chain:
            file = self.metadata / f"{root.signed.version}.root.json"
            if not file.exists():
                durable.write(file, root.to_bytes())
        return chain[-1].signed

    def _read(self, name: str, kind: type) -> Metadata[Any]:
        metadata: Metadata[Any] = Metadata.from_bytes((self.metadata / name).read_bytes())
        if not isinstance(metadata.signed, kind):
            raise TypeError(f"{name} is not {kind.__name__}")
        return metadata

    @staticmethod
    def _verify(role: str, metadata: Metadata[Any], judges: Iterable[Root | Targets]) -> None:
        """UnsignedMetadataError unless one of those who may judge accepts the signatures."""
        for judge in judges:
            try:
                judge.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
            except RepositoryError:
                continue
            return
        raise UnsignedMetadataError(f"{role} was signed by no key that counts")

    def role(self, role: str) -> Metadata[Targets]:
        """A verified role below the snapshot. KeyError for one that is not in it."""
        if role not in self._roles:
            version = self._snapshot.signed.meta[f"{role}.json"].version
            found: Metadata[Targets] = self._read(f"{version}.{role}.json", Targets)
            self._verify(role, found, self.judges if role == "targets" else [self.role(_parent(role)).signed])
            self._roles[role] = found
        return self._roles[role]

    def role_names(self) -> list[str]:
        """Every role the snapshot names."""
        return [name.removesuffix(".json") for name in self._snapshot.signed.meta]

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
                targets = self.role(site_role(site)).signed.targets
            except KeyError:
                return {}
        return {shard_of_target(name): file.hashes["sha256"] for name, file in targets.items()}

    def entries(self, site: str, shard: str) -> dict[str, Entry]:
        """The signed entries of one shard, checked against the signed digest."""
        digest = self.shards(site).get(shard)
        return {} if digest is None else decode_shard(self.shard(site, shard, digest), site=site, shard=shard)

    def shard(self, site: str, shard: str, digest: str) -> bytes:
        """The bytes of one signed shard. OSError when those on the disk are others."""
        data = (self.targets / site / f"{digest}.{shard}.json").read_bytes()
        if hashlib.sha256(data).hexdigest() != digest:
            raise OSError(f"{site}/{shard}: the shard on disk is not the signed one; restore store/repo")
        return data


def _parent(role: str) -> str:
    return SITES_ROLE if site_of_role(role) else "targets"
