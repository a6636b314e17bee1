"""The signed form of the shared state: metadata of the role `state`, with the state itself inside.

One small file (`store/repo/state/network.json`) that readers' browsers get as it was signed. It stands outside snapshot
and timestamp, so that it works while the portal, the database and even the signer are away: it has a version that only
grows, and an expiry of its own.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conglang.wire.repo import STATE_ROLE, STATE_TARGET
from conglang.wire.state import State, encode_state, state_from_json, state_to_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from securesystemslib.signer import Signer
    from tuf.api.metadata import Targets

MOST_BYTES = 64 * 1024
LATEST_VERSION = 2**33  # versions follow the clock (seconds since 1970) and double as a file's time
LIFE = timedelta(days=30)


class EnvelopeError(ValueError):
    """The bytes are not a state that the delegated keys signed; the text says why."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A state with its version and the end of its signature's life. `keyids`: who signed."""

    state: State
    version: int
    expires: datetime
    keyids: tuple[str, ...]


def next_version(last: int, now: datetime) -> int:
    """A version above `last`. It follows the clock, so that none is used twice, also not after a restore."""
    return max(last + 1, int(now.timestamp()))


def seal(
    state: State, *, version: int, expires: datetime, signer: "Signer", also: "Sequence[Signer]" = ()
) -> bytes:
    """The signed file; `also`: more keys that sign it. StateError when the state does not keep to the format."""
    from tuf.api.metadata import Metadata, TargetFile, Targets

    plain = state_to_json(state_from_json(state_to_json(state)))
    target = TargetFile.from_data(STATE_TARGET, encode_state(state), ["sha256"])
    target.unrecognized_fields["custom"] = plain
    signed = Targets(version=version, expires=expires.replace(microsecond=0), targets={STATE_TARGET: target})
    metadata = Metadata(signed)
    for one in (signer, *also):
        metadata.sign(one, append=True)
    return metadata.to_bytes()


def unseal(data: bytes, delegator: "Targets") -> Sealed:
    """The state, when the keys that `delegator` (top-level targets) gives the role signed it. EnvelopeError if not.

    The expiry is told, not judged: an old state is still what was said last.
    """
    from tuf.api.exceptions import RepositoryError
    from tuf.api.metadata import Metadata, Targets
    from tuf.api.serialization import DeserializationError

    if len(data) > MOST_BYTES:
        raise EnvelopeError(f"more than {MOST_BYTES} bytes")
    try:
        metadata: Metadata[Any] = Metadata.from_bytes(data)
        delegator.verify_delegate(STATE_ROLE, metadata.signed_bytes, metadata.signatures)
    except (DeserializationError, RepositoryError, ValueError, RecursionError) as error:
        raise EnvelopeError(f"not signed by a key of the role {STATE_ROLE}: {error}") from error
    if not isinstance(metadata.signed, Targets) or set(metadata.signed.targets) != {STATE_TARGET}:
        raise EnvelopeError("signed, but not a state")
    return _sealed(metadata.signed, tuple(metadata.signatures))


def _sealed(signed: "Targets", keyids: tuple[str, ...]) -> Sealed:
    target = signed.targets[STATE_TARGET]
    try:
        state = state_from_json(target.custom)
        target.verify_length_and_hashes(encode_state(state))
    except Exception as error:
        raise EnvelopeError(f"signed, but its state cannot be read: {error}") from error
    if not 0 < signed.version <= LATEST_VERSION:
        raise EnvelopeError(f"version {signed.version} is out of range")
    return Sealed(state, signed.version, signed.expires.astimezone(UTC), keyids)


def peek(data: bytes) -> tuple[State, int]:
    """State and version without a check of signatures, for showing. EnvelopeError when it cannot be read."""
    try:
        signed = json.loads(data)["signed"]
        return state_from_json(signed["targets"][STATE_TARGET]["custom"]), int(signed["version"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise EnvelopeError(f"not a state: {error}") from error


def newest(metadata: Path, role: str) -> "Targets":
    """The newest metadata of a role in a repository on this disk. FileNotFoundError when there is none."""
    from tuf.api.metadata import Metadata, Targets

    files = [file for file in metadata.glob(f"*.{role}.json") if file.name.partition(".")[0].isdigit()]
    if not files:
        raise FileNotFoundError(f"{metadata}: no {role} yet")
    last = max(files, key=lambda file: int(file.name.partition(".")[0]))
    return Metadata[Targets].from_bytes(last.read_bytes()).signed
