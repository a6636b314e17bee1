"""One entry of the audit record, and how it is chained to the one before: the same bytes wherever it is verified.

    leaf = SHA-256("conglang-audit-entry-1\\0" + canonical JSON of the facts)
    hash = SHA-256("conglang-audit-link-1\\0" + number, 8 bytes big-endian + hash of the entry before + leaf)

The first entry stands behind 32 zero bytes. Canonical JSON: one array in the order of `FACTS`, no spaces, UTF-8 as it
is, keys of `details` sorted, no fractions.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

START = bytes(32)  # what the first entry stands behind
FACTS = (
    "at", "kind", "who", "name", "role", "office", "session", "thing", "thing_id", "unit", "details",
)  # fmt: skip
_ENTRY = b"conglang-audit-entry-1\0"
_LINK = b"conglang-audit-link-1\0"
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)


class AuditError(ValueError):
    """Not a part of an audit record; the text says why."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of a stretch of the record: its number and its hash. Number 0: before the first."""

    number: int = 0
    hash: bytes = START


def leaf_of(facts: Iterable[Any]) -> bytes:
    """The digest of one entry's facts, given in the order of FACTS."""
    return hashlib.sha256(_ENTRY + _encoder.encode(list(facts)).encode()).digest()


def link_of(number: int, previous: bytes, leaf: bytes) -> bytes:
    """The hash of entry `number`, which stands behind the entry with the hash `previous`."""
    return hashlib.sha256(_LINK + number.to_bytes(8, "big") + previous + leaf).digest()


def extend(head: Head, leaves: Iterable[bytes]) -> Head:
    """The head after entries with these leaves were put behind it. AuditError when one is no digest."""
    number, found = head.number, head.hash
    for leaf in leaves:
        if len(leaf) != 32:
            raise AuditError("a leaf has 32 bytes")
        number += 1
        found = link_of(number, found, leaf)
    return Head(number, found)


def check_details(details: Mapping[str, Any]) -> None:
    """AuditError unless every value is a word, a whole number, yes or no, nothing, or a list of such."""
    for name, value in details.items():
        values = value if isinstance(value, list | tuple) else [value]
        if not isinstance(name, str) or not all(one is None or isinstance(one, str | int) for one in values):
            raise AuditError(f"{name}: an entry holds words and whole numbers only")
