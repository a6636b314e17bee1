"""The signer's keys, and the set of development keys made on first run.

    keys/offline/{root-1,root-2,root-3,targets}.pem   in production on paper or tokens, not on this machine
    keys/online/{sites,site,network,state,snapshot,timestamp}.pem
    keys/root.json                                    what every edge pins; public
    keys/root-chain/<n>.root.json, targets.json       signed by the offline keys; public

Whoever can read keys/online can sign pages; whoever can read two root keys can replace everybody else.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from conglang.signer.pem import OFFLINE, ONLINE, load, new_key, pem_file
from conglang.wire import durable
from conglang.wire.repo import STATE_ROLE

STATE_KEY = Path("online") / STATE_ROLE
EXTENDED_BEFORE = timedelta(days=90)
__all__ = ["OFFLINE", "ONLINE", "KeysIncomplete", "create", "is_demo", "load", "lock"]


class KeysIncomplete(Exception):
    """The keys of a network that already has a root are missing. They must be restored, not made anew."""


def create(keys_dir: Path, *, now: datetime | None = None) -> None:
    """Make what is missing: keys (0600 in folders 0700), the pinned root, the signed list of delegations.

    Where the off-line keys are at hand, what they signed is signed anew when its end is near. Safe to call on every
    start and after a kill. Raises KeysIncomplete when root.json is there but a key is not.
    """
    for folder in (keys_dir, *(keys_dir / name for name in ("offline", "online", "root-chain"))):
        durable.clear_aside(folder)  # a killed ceremony may have left a private key beside its file
    names = [Path("offline") / name for name in OFFLINE] + [Path("online") / name for name in ONLINE]
    now = now or datetime.now(UTC)
    missing = [name for name in names if not pem_file(keys_dir, name).exists()]
    if (keys_dir / "root.json").exists():
        missing = [name for name in missing if name != STATE_KEY or not _make_state_key(keys_dir)]
        if gone := [str(name) for name in missing if name.parts[0] == "online"]:
            raise KeysIncomplete(f"{keys_dir}: keys {', '.join(gone)} are gone; restore them from the backup")
        if not missing and _ends_soon(
            keys_dir, now
        ):  # a development network: nobody brings the off-line keys
            from conglang.signer import ceremony

            ceremony.extend(keys_dir, now)
        if pem_file(keys_dir, Path("offline/targets")).exists() and not _delegates_state(keys_dir):
            from conglang.signer import ceremony

            ceremony.entrust_state(keys_dir, {}, now)
        return
    from conglang.signer import ceremony

    for folder in (keys_dir, keys_dir / "offline", keys_dir / "online", keys_dir / "root-chain"):
        durable.make_folder(folder)
        folder.chmod(0o700)
    for name in missing:
        durable.write(pem_file(keys_dir, name), new_key(), mode=0o600)
    ceremony.sign_first(keys_dir, now)


def _make_state_key(keys_dir: Path) -> bool:
    """Networks from before the role `state` get its key; where it is delegated, a lost key is lost."""
    if _delegates_state(keys_dir):
        return False
    durable.write(pem_file(keys_dir, STATE_KEY), new_key(), mode=0o600)
    return True


def _delegates_state(keys_dir: Path) -> bool:
    signed = json.loads((keys_dir / "targets.json").read_bytes())["signed"]
    return any(role["name"] == STATE_ROLE for role in signed["delegations"]["roles"])


def _ends_soon(keys_dir: Path, now: datetime) -> bool:
    """Read without the library for metadata: it takes longer to import than the signer may take to start."""
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
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor
