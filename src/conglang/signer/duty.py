"""Personal keys of duty people: each alone may sign the shared state, on any machine, without the signer.

    keys/duty/<name>.json   whose key it is and its public half
    <wherever>/<name>.pem   the key itself, under a passphrase; best on a stick of its own

The delegation is signed by the off-line key `targets`. Where that key is not at hand, what lies in `keys/duty` is the
wish, and `conglang keys request` carries it into the ceremony.
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
    """One person's key as the network knows it. `entitled`: the newest delegation names it. `wanted`: it shall."""

    name: str
    keyid: str
    made_at: str
    entitled: bool
    wanted: bool = True


def create(keys_dir: Path, name: str, file: Path, passphrase: str, *, now: datetime | None = None) -> DutyKey:
    """Make a key, write it to `file` (0600) and have it delegated, or have it wait for the next ceremony.

    DutyError before anything is changed; also when it would have to wait and lie here: it belongs to a person.
    """
    if not _NAME.fullmatch(name):
        raise DutyError("name")
    if file.exists() or name in {one.name for one in known(keys_dir)}:
        raise DutyError("taken")
    if len(passphrase) < LEAST_PASSPHRASE:
        raise DutyError("passphrase")
    if not _at_hand(keys_dir) and file.resolve().is_relative_to(keys_dir.resolve()):
        raise DutyError("offline")
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
    _note(keys_dir, facts)
    if _at_hand(keys_dir):
        _delegate(keys_dir, moment)
    return DutyKey(name, public.keyid, made_at, entitled=_at_hand(keys_dir))


def revoke(keys_dir: Path, name: str, *, now: datetime | None = None) -> bool:
    """Take a person's delegation back; False when the holder of `targets` has to sign for that first.

    DutyError when there is no such key.
    """
    found = next((one for one in known(keys_dir) if one.name == name), None)
    if found is None:
        raise DutyError("unknown")
    moment = (now or datetime.now(UTC)).replace(microsecond=0)
    if found.entitled and not _at_hand(keys_dir):
        facts = next(row for row in _facts(keys_dir) if row["name"] == name)
        _note(keys_dir, {**facts, "revoked_at": moment.isoformat()})
        return False
    (keys_dir / "duty" / f"{name}.json").unlink()
    if _at_hand(keys_dir):
        _delegate(keys_dir, moment)
    return True


def known(keys_dir: Path) -> list[DutyKey]:
    """The duty keys of this network, by name; those taken back as long as they still count."""
    entitled = _entitled(keys_dir)
    found = [
        DutyKey(
            str(row["name"]), str(row["keyid"]), str(row["made_at"]), row["keyid"] in entitled,
            "revoked_at" not in row,
        )
        for row in _facts(keys_dir)
    ]  # fmt: skip
    return [one for one in found if one.entitled or one.wanted]


def wanted(keys_dir: Path) -> dict[str, "Key"]:
    """The personal keys, by key id, that a ceremony shall name: those that count, and those that wait for it.

    Left out are those taken back. One that counts and is not noted here (it was made where the off-line key lay)
    stays: nothing ends that nobody ended.
    """
    from conglang.signer.ceremony.proposal import personal_keys

    ended = {row["keyid"] for row in _facts(keys_dir) if "revoked_at" in row}
    found = {**personal_keys(keys_dir, STATE_ROLE), **duty_keys(keys_dir)}
    return {keyid: key for keyid, key in found.items() if keyid not in ended}


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


def _note(keys_dir: Path, facts: Mapping[str, Any]) -> None:
    folder = keys_dir / "duty"
    folder.mkdir(exist_ok=True, mode=0o700)
    durable.write(folder / f"{facts['name']}.json", json.dumps(facts).encode(), mode=0o600)


def _at_hand(keys_dir: Path) -> bool:
    """Whether the off-line key that delegates lies here, as in a development network."""
    return pem_file(keys_dir, Path("offline/targets")).exists()


def _delegate(keys_dir: Path, now: datetime) -> None:
    from conglang.signer import ceremony

    ceremony.entrust_state(keys_dir, duty_keys(keys_dir), now)


def duty_keys(keys_dir: Path) -> dict[str, "Key"]:
    """The public keys of all duty people, by key id: what the delegation of `state` names beside the on-line key."""
    from securesystemslib.signer import Key

    rows = [row for row in _facts(keys_dir) if "revoked_at" not in row]
    return {row["keyid"]: Key.from_dict(row["keyid"], dict(row["public"])) for row in rows}


def _entitled(keys_dir: Path) -> frozenset[str]:
    try:
        roles = json.loads((keys_dir / "targets.json").read_bytes())["signed"]["delegations"]["roles"]
    except (OSError, ValueError, KeyError):
        return frozenset()
    return frozenset(keyid for role in roles if role["name"] == STATE_ROLE for keyid in role["keyids"])
