"""Signed checkpoints of the audit record: so far it went at this instant, and this was its hash.

One JSON line each: {"signed":{…},"signatures":[{"keyid":…,"sig":…}]}. They lie in `store/repo/audit/`, a file a month,
`latest.json` beside them; with them each list of delegations that their keys stand in, as
`<version>.targets.json`. Whoever has the root file can verify all of it, with copies kept anywhere.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from conglang.wire.audit import AuditError, Head
from conglang.wire.repo import AUDIT_ROLE

if TYPE_CHECKING:
    from securesystemslib.signer import Key, Signer
    from tuf.api.metadata import Root

MOST_LEAVES = 20_000  # handed to the signer at a time
_TYPE = "conglang-audit-checkpoint"


@dataclass(frozen=True, slots=True)
class Break:
    """The record goes on behind `after`: what was signed since is lost (a restore), and an administrator said so."""

    after: Head
    lost: Head
    reason: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What was signed. ``line``: exactly that, to be kept and handed on."""

    head: Head
    at: datetime
    line: bytes
    broken: Break | None = None


def sign(head: Head, at: datetime, signer: "Signer", *, broken: Break | None = None) -> Checkpoint:
    """A checkpoint signed by one key."""
    signed: dict[str, Any] = {"_type": _TYPE, "v": 1, "at": _instant(at), **head_to_json(head)}
    if broken is not None:
        ends = {"after": head_to_json(broken.after), "lost": head_to_json(broken.lost)}
        signed["break"] = {**ends, "reason": broken.reason}
    signature = signer.sign(_canonical(signed))
    line = _canonical(
        {"signed": signed, "signatures": [{"keyid": signature.keyid, "sig": signature.signature}]}
    )
    return Checkpoint(head, at.replace(microsecond=0), line, broken)


def read(line: bytes) -> Checkpoint:
    """What a line says, its signature not looked at. AuditError when it is no checkpoint."""
    try:
        signed = json.loads(line)["signed"]
        if signed["_type"] != _TYPE or signed["v"] != 1:
            raise AuditError(f"a checkpoint of another kind: {signed['_type']} {signed['v']}")
        found = signed.get("break")
        broken = found and Break(
            head_from_json(found["after"]), head_from_json(found["lost"]), str(found["reason"])
        )
        at = datetime.fromisoformat(signed["at"])
        if at.tzinfo is None:
            raise AuditError("a checkpoint without a time zone")
        return Checkpoint(head_from_json(signed), at, line.strip(), broken)
    except AuditError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise AuditError(f"not a checkpoint: {error!r}") from error


def is_signed(checkpoint: Checkpoint, keys: Mapping[str, "Key"]) -> bool:
    """Whether one of these keys signed the line, and it says what the checkpoint says."""
    from securesystemslib.exceptions import UnverifiedSignatureError, VerificationError
    from securesystemslib.signer import Signature

    found = json.loads(checkpoint.line)
    for one in found.get("signatures", ()):
        key = keys.get(one.get("keyid"))
        if key is not None:
            try:
                key.verify_signature(Signature(one["keyid"], one["sig"]), _canonical(found["signed"]))
                return read(checkpoint.line) == checkpoint
            except (UnverifiedSignatureError, VerificationError, KeyError, ValueError):
                continue
    return False


def keys_of(pinned_root: bytes, roots: Iterable[bytes], delegations: Sequence[bytes]) -> dict[str, "Key"]:
    """The keys that ever counted for checkpoints: by lists of delegations that the pinned root, or one that follows
    it, stands for. What does not follow is left out. AuditError when the pinned root is no root.
    """
    from tuf.api.exceptions import RepositoryError
    from tuf.api.metadata import Metadata, Targets
    from tuf.api.serialization import DeserializationError

    known = _chain(pinned_root, roots)
    keys: dict[str, Key] = {}
    for data in delegations:
        try:
            found: Metadata[Targets] = Metadata[Targets].from_bytes(data)
        except (DeserializationError, ValueError):
            continue
        for root in known:
            try:
                root.verify_delegate("targets", found.signed_bytes, found.signatures)
            except (RepositoryError, ValueError):
                continue
            given = found.signed.delegations
            if given is not None and AUDIT_ROLE in (given.roles or {}):
                keys |= {keyid: given.keys[keyid] for keyid in (given.roles or {})[AUDIT_ROLE].keyids}
    return keys


def _chain(pinned: bytes, roots: Iterable[bytes]) -> "list[Root]":
    from tuf.api.exceptions import RepositoryError
    from tuf.api.metadata import Metadata, Root
    from tuf.api.serialization import DeserializationError

    try:
        known = [Metadata[Root].from_bytes(pinned).signed]
        waiting = [Metadata[Root].from_bytes(data) for data in roots]
    except (DeserializationError, ValueError) as error:
        raise AuditError(f"not a root file: {error}") from error
    for after in sorted(waiting, key=lambda one: int(one.signed.version)):
        if after.signed.version == known[-1].version + 1:
            try:
                for judge in (known[-1], after.signed):
                    judge.verify_delegate("root", after.signed_bytes, after.signatures)
            except (RepositoryError, ValueError):
                break
            known.append(after.signed)
    return known


def head_to_json(head: Head) -> dict[str, Any]:
    return {"number": head.number, "hash": head.hash.hex()}


def head_from_json(data: Mapping[str, Any]) -> Head:
    """AuditError when it is none."""
    try:
        head = Head(int(data["number"]), bytes.fromhex(data["hash"]))
    except (ValueError, KeyError, TypeError) as error:
        raise AuditError(f"not the head of a record: {error!r}") from error
    if head.number < 0 or len(head.hash) != 32:
        raise AuditError("not the head of a record")
    return head


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
