"""Personal keys of duty people: each alone may sign the shared state, on any machine, without the signer.

    keys/duty/<name>.json   whose key it is and its public half
    <wherever>/<name>.pem   the key itself, under a passphrase; best on a stick of its own

The delegation is signed by the off-line key `targets`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conglang.signer.pem import pem_file
from conglang.wire import durable
from conglang.wire.repo import STATE_ROLE

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner, Key

LEAST_PASSPHRASE = 12  # characters
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


class DutyError(ValueError):
    """What was asked cannot be done; nothing was changed. `reason`: name, taken, passphrase, offline, unknown, key."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class DutyKey:
    """One person's key as the network knows it. `entitled`: the newest delegation names it."""

    name: str
    keyid: str
    made_at: str
    entitled: bool


def create(keys_dir: Path, name: str, file: Path, passphrase: str, *, now: datetime | None = None) -> DutyKey:
    """Make a key, write it to `file` (0600) and have it delegated. DutyError before anything is changed."""
    if not _NAME.fullmatch(name):
        raise DutyError("name")
    if file.exists() or name in {one.name for one in known(keys_dir)}:
        raise DutyError("taken")
    if len(passphrase) < LEAST_PASSPHRASE:
        raise DutyError("passphrase")
    _need_offline_key(keys_dir)
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
    from securesystemslib.signer import CryptoSigner

    private = Ed25519PrivateKey.generate()
    public = CryptoSigner(private).public_key
    sealed = BestAvailableEncryption(passphrase.encode())
    durable.write(file, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed), mode=0o600)
    moment = (now or datetime.now(UTC)).replace(microsecond=0)
    made_at = moment.isoformat()
    facts = {"name": name, "keyid": public.keyid, "made_at": made_at, "public": public.to_dict()}
    folder = keys_dir / "duty"
    folder.mkdir(exist_ok=True, mode=0o700)
    durable.write(folder / f"{name}.json", json.dumps(facts).encode(), mode=0o600)
    _delegate(keys_dir, moment)
    return DutyKey(name, public.keyid, made_at, entitled=True)


def revoke(keys_dir: Path, name: str, *, now: datetime | None = None) -> None:
    """Take a person's delegation back. DutyError when there is no such key or the off-line key is not here."""
    if name not in {one.name for one in known(keys_dir)}:
        raise DutyError("unknown")
    _need_offline_key(keys_dir)
    (keys_dir / "duty" / f"{name}.json").unlink()
    _delegate(keys_dir, (now or datetime.now(UTC)).replace(microsecond=0))


def known(keys_dir: Path) -> list[DutyKey]:
    """The duty keys of this network, by name."""
    entitled = _entitled(keys_dir)
    return [
        DutyKey(str(row["name"]), str(row["keyid"]), str(row["made_at"]), row["keyid"] in entitled)
        for row in _facts(keys_dir)
    ]


def load(file: Path, passphrase: str) -> "CryptoSigner":
    """The signer of a key file. DutyError("key") when the file is no key or the passphrase is not its own."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from securesystemslib.signer import CryptoSigner

    try:
        return CryptoSigner(load_pem_private_key(file.read_bytes(), passphrase.encode()))
    except (OSError, ValueError, TypeError) as error:
        raise DutyError("key") from error


def _facts(keys_dir: Path) -> list[Mapping[str, Any]]:
    return [json.loads(file.read_bytes()) for file in sorted((keys_dir / "duty").glob("*.json"))]


def _need_offline_key(keys_dir: Path) -> None:
    if not pem_file(keys_dir, Path("offline/targets")).exists():
        raise DutyError("offline")


def _delegate(keys_dir: Path, now: datetime) -> None:
    from conglang.signer import ceremony

    ceremony.entrust_state(keys_dir, duty_keys(keys_dir), now)


def duty_keys(keys_dir: Path) -> dict[str, "Key"]:
    """The public keys of all duty people, by key id: what the delegation of `state` names beside the on-line key."""
    from securesystemslib.signer import Key

    return {row["keyid"]: Key.from_dict(row["keyid"], dict(row["public"])) for row in _facts(keys_dir)}


def _entitled(keys_dir: Path) -> frozenset[str]:
    try:
        roles = json.loads((keys_dir / "targets.json").read_bytes())["signed"]["delegations"]["roles"]
    except (OSError, ValueError, KeyError):
        return frozenset()
    return frozenset(keyid for role in roles if role["name"] == STATE_ROLE for keyid in role["keyids"])
