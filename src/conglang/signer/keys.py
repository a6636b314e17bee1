"""The signer's keys, and the set of development keys made on first run.

    keys/offline/{root-1,root-2,root-3,targets}.pem   in production on paper or tokens, not on this machine
    keys/online/{sites,site,network,…}.pem
    keys/root.json                                    what every edge pins; public
    keys/root-chain/<n>.root.json, targets.json       signed by the offline keys; public

Whoever can read keys/online can sign pages; whoever can read two root keys can replace everybody else.
"""

import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from conglang.signer.pem import OFFLINE, ONLINE, load, new_key, pem_file, write
from conglang.signer.roles import DELEGATED
from conglang.wire import durable

EXTENDED_BEFORE = timedelta(days=90)
__all__ = ["OFFLINE", "ONLINE", "KeysIncomplete", "create", "has_offline", "is_demo", "load", "lock"]


class KeysIncomplete(Exception):
    """The keys of a network that already has a root are missing. They must be restored, not made anew."""


def create(keys_dir: Path, *, now: datetime | None = None) -> None:
    """Make what is missing: keys (0600 in folders 0700), the pinned root, the signed list of delegations.

    Where the off-line keys are at hand, what they signed is signed anew when its end is near or a role was added. Safe
    to call on every start and after a kill. Raises KeysIncomplete when root.json is there but a key is not.
    """
    for folder in (keys_dir, *(keys_dir / name for name in ("offline", "online", "root-chain"))):
        durable.clear_aside(folder)  # a killed ceremony may have left a private key beside its file
    now = now or datetime.now(UTC)
    if (keys_dir / "root.json").exists():
        _complete(keys_dir, now)
        return
    from conglang.signer.ceremony.first import sign_first

    for folder in (keys_dir, keys_dir / "offline", keys_dir / "online", keys_dir / "root-chain"):
        durable.make_folder(folder)
        folder.chmod(0o700)
    _make(keys_dir, [*_missing(keys_dir, "offline", OFFLINE), *_missing(keys_dir, "online", ONLINE)])
    sign_first(keys_dir, now)


def _complete(keys_dir: Path, now: datetime) -> None:
    """A network that lives: a key of a role that is new is made, one that has signed before must be there."""
    missing = _missing(keys_dir, "online", ONLINE)
    known = _delegated(keys_dir) if missing else set()
    if gone := [str(name) for name in missing if name.name not in DELEGATED or name.name in known]:
        raise KeysIncomplete(f"{keys_dir}: keys {', '.join(gone)} are gone; restore them from the backup")
    _make(keys_dir, missing)
    if has_offline(keys_dir) and (missing or _ends_soon(keys_dir, now)):
        from conglang.signer.ceremony import at_hand

        at_hand.hold(keys_dir, now)


def _missing(keys_dir: Path, folder: str, names: Iterable[str]) -> list[Path]:
    return [Path(folder) / name for name in names if not pem_file(keys_dir, Path(folder) / name).exists()]


def _make(keys_dir: Path, names: Iterable[Path]) -> None:
    for name in names:
        write(pem_file(keys_dir, name), new_key(), mode=0o600)


def _delegated(keys_dir: Path) -> set[str]:
    signed = json.loads((keys_dir / "targets.json").read_bytes())["signed"]
    return {role["name"] for role in signed["delegations"]["roles"]}


def has_offline(keys_dir: Path) -> bool:
    """True when every off-line key lies on this machine, as in a development network."""
    return not _missing(keys_dir, "offline", OFFLINE)


def _ends_soon(keys_dir: Path, now: datetime) -> bool:
    """Read without the library for metadata: it takes longer to import than the signer may take to start."""
    if (keys_dir / "install.json").exists():  # signed anew already; the signer takes it up
        return False
    newest = max(
        (keys_dir / "root-chain").glob("*.root.json"), key=lambda file: int(file.name.partition(".")[0])
    )
    expires = datetime.fromisoformat(json.loads(newest.read_bytes())["signed"]["expires"])
    return expires - now < EXTENDED_BEFORE


def is_demo(keys_dir: Path) -> bool:
    """True when this network may publish demonstration content (`keys/demo-network` exists)."""
    return (keys_dir / "demo-network").exists()


def lock(keys_dir: Path) -> int:
    """Hold the network's signing lock until the process ends. BlockingIOError when another signer runs."""
    import fcntl

    descriptor = os.open(keys_dir / "signer.lock", os.O_RDWR | os.O_CREAT, 0o600)
    if os.geteuid() == 0:  # made by root, it would shut out the signer's own account later
        os.fchown(descriptor, keys_dir.stat().st_uid, keys_dir.stat().st_gid)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor
