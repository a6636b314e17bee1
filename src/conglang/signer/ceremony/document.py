"""The file that travels between the signer's machine and the holders of the off-line keys.

JSON, readable by people, nothing secret in it: every root so far (which proves whose network this is), the list of
delegations in force, and the proposed next ones with the signatures they have by now.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Key, Metadata, Root, Targets

from conglang.signer.pem import ROOT_KEYS, write
from conglang.wire import durable

KIND = "conglang-key-ceremony"
VERSION = 1
LARGEST = 1_000_000  # bytes; a hundred years of roots are less


class Wrong(StrEnum):
    """Why a ceremony file is not accepted. The command line has a sentence for each."""

    UNREADABLE = "unreadable"
    OTHER_NETWORK = "other-network"
    OLDER = "older"
    CHAIN = "chain"
    VERSION = "version"
    ROOT_SIGNATURES = "root-signatures"
    TARGETS_SIGNATURES = "targets-signatures"
    SHAPE = "shape"
    EXPIRY = "expiry"
    KEY_NOT_HERE = "key-not-here"
    KEY_MISSING = "key-missing"
    NO_ROOT_BESIDE = "no-root-beside"
    NO_KEY_OF_OURS = "no-key-of-ours"
    NOTHING_TO_SIGN = "nothing-to-sign"


class CeremonyRefused(ValueError):
    """A ceremony file that must not be signed or installed. `why` for programs, the text for logs."""

    def __init__(self, why: Wrong, detail: str = "") -> None:
        super().__init__(f"{why.value}: {detail}" if detail else why.value)
        self.why = why
        self.detail = detail


@dataclass
class Ceremony:
    """`chain`: every root so far, oldest first. `targets`: the delegations in force. `root`, `delegations`: what is
    proposed, None where nothing changes. `missing`: off-line keys whose new public half is not in it yet.
    """

    chain: Sequence[Metadata[Root]]
    targets: Metadata[Targets]
    root: Metadata[Root] | None = None
    delegations: Metadata[Targets] | None = None
    missing: list[str] = field(default_factory=list)

    @property
    def current(self) -> Metadata[Root]:
        return self.chain[-1]

    @property
    def newest(self) -> Metadata[Root]:
        """The root that will count: the proposed one, else the one in force."""
        return self.root or self.current

    def to_bytes(self) -> bytes:
        data = {
            "kind": KIND,
            "v": VERSION,
            "chain": [root.to_dict() for root in self.chain],
            "targets": self.targets.to_dict(),
            "proposed-root": self.root and self.root.to_dict(),
            "proposed-targets": self.delegations and self.delegations.to_dict(),
            "missing": self.missing,
        }
        return json.dumps(data, indent=1, sort_keys=True).encode() + b"\n"


def from_bytes(data: bytes) -> Ceremony:
    """What `to_bytes` wrote, unverified. CeremonyRefused for anything else."""
    try:
        if len(data) > LARGEST:
            raise ValueError(f"longer than {LARGEST} bytes")
        found = json.loads(data)
        if (found["kind"], found["v"]) != (KIND, VERSION) or not found["chain"]:
            raise ValueError("not a ceremony file of this version")
        missing = [str(name) for name in found["missing"]]
        if not set(missing) <= {*ROOT_KEYS, "targets"}:
            raise ValueError("unknown off-line key")
        return Ceremony(
            [_metadata(root, Root) for root in found["chain"]],
            _metadata(found["targets"], Targets),
            found["proposed-root"] and _metadata(found["proposed-root"], Root),
            found["proposed-targets"] and _metadata(found["proposed-targets"], Targets),
            missing,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, RepositoryError) as error:
        raise CeremonyRefused(Wrong.UNREADABLE, str(error)) from error


def load(path: Path) -> Ceremony:
    """The ceremony in a file, unverified. OSError when it cannot be read, CeremonyRefused when it is none."""
    with path.open("rb") as file:
        return from_bytes(file.read(LARGEST + 1))


def save(ceremony: Ceremony, path: Path) -> None:
    """Replace a file durably: it may be on a stick that is pulled out in the next moment."""
    write(path, ceremony.to_bytes())
    durable.sync([path.parent])


def _metadata(data: Any, kind: type) -> Metadata[Any]:
    metadata: Metadata[Any] = Metadata.from_dict(data)
    if not isinstance(metadata.signed, kind):
        raise ValueError(f"not {kind.__name__}")
    return metadata


def fingerprint(root: Metadata[Root]) -> str:
    """SHA-256 of what a root says, signatures apart; of the first root it is the identity of a network."""
    return hashlib.sha256(root.signed_bytes).hexdigest()


def root_key_ids(root: Root) -> dict[str, str]:
    """root-1, root-2, root-3 → key id. A key's place in the list is its name, through all replacements."""
    return dict(zip(ROOT_KEYS, root.roles["root"].keyids, strict=False))


def replace_key(root: Root, name: str, key: Key) -> None:
    """Put another public key in the place of an off-line or on-line key that root names."""
    role, place = ("root", ROOT_KEYS.index(name)) if name in ROOT_KEYS else (name, 0)
    old = root.roles[role].keyids[place]
    root.roles[role].keyids[place] = key.keyid
    root.keys[key.keyid] = key
    if not any(old in other.keyids for other in root.roles.values()):
        del root.keys[old]
