"""The first root and the first delegations of a network, signed where all keys have just been made."""

from datetime import datetime
from pathlib import Path

from tuf.api.metadata import Metadata, Root

from conglang.signer.ceremony.proposal import LIFE, delegations
from conglang.signer.pem import ROOT_KEYS, load, write
from conglang.signer.roles import DELEGATED, NAMED_BY_ROOT
from conglang.wire import durable

ROOT_THRESHOLD = 2


def sign_first(keys_dir: Path, now: datetime) -> None:
    """Sign version 1 of root and targets; root.json comes last because its presence means "complete"."""
    write(keys_dir / "targets.json", _targets(keys_dir, now))
    root = _root(keys_dir, now)
    write(keys_dir / "root-chain" / "1.root.json", root)
    durable.sync([keys_dir, *(keys_dir / name for name in ("offline", "online", "root-chain"))])
    write(keys_dir / "root.json", root)
    durable.sync([keys_dir])


def _root(keys_dir: Path, now: datetime) -> bytes:
    root = Root(version=1, expires=now.replace(microsecond=0) + LIFE, consistent_snapshot=True)
    for name in ROOT_KEYS:
        root.add_key(load(keys_dir, "offline", name).public_key, "root")
    root.roles["root"].threshold = ROOT_THRESHOLD
    root.add_key(load(keys_dir, "offline", "targets").public_key, "targets")
    for role in NAMED_BY_ROOT:
        root.add_key(load(keys_dir, "online", role).public_key, role)
    metadata = Metadata(root)
    for name in ROOT_KEYS:
        metadata.sign(load(keys_dir, "offline", name), append=True)
    return metadata.to_bytes()


def _targets(keys_dir: Path, now: datetime) -> bytes:
    online = {name: load(keys_dir, "online", name).public_key for name in DELEGATED}
    metadata = Metadata(delegations({name: {key.keyid: key} for name, key in online.items()}, now))
    metadata.sign(load(keys_dir, "offline", "targets"))
    return metadata.to_bytes()
