"""The signer's keys, and the set of development keys made on first run.

    keys/offline/{root-1,root-2,root-3,targets}.pem   in production on paper or tokens, not on this machine
    keys/online/{sites,site,network,snapshot,timestamp}.pem
    keys/root.json                                    what every edge pins; public
    keys/root-chain/<n>.root.json, targets.json       signed by the offline keys; public

Whoever can read keys/online can sign pages; whoever can read two root keys can replace everybody else.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from conglang.wire import durable
from conglang.wire.repo import HOSTS_TARGET, NETWORK_ROLE, SITES_ROLE

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

ROOT_KEYS = ("root-1", "root-2", "root-3")
ROOT_THRESHOLD = 2
OFFLINE = (*ROOT_KEYS, "targets")
ONLINE = ("sites", "site", "network", "snapshot", "timestamp")
OFFLINE_DAYS = 365


class KeysIncomplete(Exception):
    """The keys of a network that already has a root are missing. They must be restored, not made anew."""


def create(keys_dir: Path, *, now: datetime | None = None) -> None:
    """Make what is missing: keys (0600 in folders 0700), the pinned root, the signed list of delegations.

    Safe to call on every start and after a kill. Raises KeysIncomplete when root.json is there but a key is not.
    """
    names = [Path("offline") / name for name in OFFLINE] + [Path("online") / name for name in ONLINE]
    for folder in (keys_dir, keys_dir / "offline", keys_dir / "online", keys_dir / "root-chain"):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    missing = [name for name in names if not _pem(keys_dir, name).exists()]
    if (keys_dir / "root.json").exists():
        if gone := [str(name) for name in missing if name.parts[0] == "online"]:
            raise KeysIncomplete(f"{keys_dir}: keys {', '.join(gone)} are gone; restore them from the backup")
        return
    for name in missing:
        durable.write(_pem(keys_dir, name), _new_key(), mode=0o600)
    _sign_top(keys_dir, now or datetime.now(UTC))


def load(keys_dir: Path, *path: str) -> "CryptoSigner":
    """The signer for one key, as `load(keys, "online", "site")`. FileNotFoundError when it is not there."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from securesystemslib.signer import CryptoSigner

    private = load_pem_private_key(_pem(keys_dir, Path(*path)).read_bytes(), password=None)
    return CryptoSigner(private)


def is_demo(keys_dir: Path) -> bool:
    """True when this network may publish demonstration content (`keys/demo-network` exists)."""
    return (keys_dir / "demo-network").exists()


def _pem(keys_dir: Path, name: Path) -> Path:
    return keys_dir / name.parent / f"{name.name}.pem"


def _new_key() -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _sign_top(keys_dir: Path, now: datetime) -> None:
    """Sign version 1 of root and targets; root.json comes last because its presence means "complete"."""
    expires = now.replace(microsecond=0) + timedelta(days=OFFLINE_DAYS)
    durable.write(keys_dir / "targets.json", _first_targets(keys_dir, expires))
    root = _first_root(keys_dir, expires)
    durable.write(keys_dir / "root-chain" / "1.root.json", root)
    durable.sync(keys_dir / name for name in ("offline", "online", "root-chain"))
    durable.write(keys_dir / "root.json", root)
    durable.sync([keys_dir])


def _first_root(keys_dir: Path, expires: datetime) -> bytes:
    from tuf.api.metadata import Metadata, Root

    root = Root(version=1, expires=expires, consistent_snapshot=True)
    signers = [load(keys_dir, "offline", name) for name in ROOT_KEYS]
    for signer in signers:
        root.add_key(signer.public_key, "root")
    root.roles["root"].threshold = ROOT_THRESHOLD
    root.add_key(load(keys_dir, "offline", "targets").public_key, "targets")
    for role in ("snapshot", "timestamp"):
        root.add_key(load(keys_dir, "online", role).public_key, role)
    metadata = Metadata(root)
    for signer in signers:
        metadata.sign(signer, append=True)
    return metadata.to_bytes()


def _first_targets(keys_dir: Path, expires: datetime) -> bytes:
    """Top-level targets: hosts.json belongs to `network`, everything one level deep to `sites`."""
    from tuf.api.metadata import DelegatedRole, Delegations, Metadata, Targets

    keys = {name: load(keys_dir, "online", name).public_key for name in (NETWORK_ROLE, SITES_ROLE)}
    roles = {
        name: DelegatedRole(name, [keys[name].keyid], 1, terminating=True, paths=[pattern])
        for name, pattern in ((NETWORK_ROLE, HOSTS_TARGET), (SITES_ROLE, "*/*"))
    }
    delegations = Delegations({key.keyid: key for key in keys.values()}, roles)
    metadata = Metadata(Targets(version=1, expires=expires, delegations=delegations))
    metadata.sign(load(keys_dir, "offline", "targets"))
    return metadata.to_bytes()


def lock(keys_dir: Path) -> int:
    """Hold the network's signing lock until the process ends. BlockingIOError when another signer runs."""
    import fcntl

    descriptor = os.open(keys_dir / "signer.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor
