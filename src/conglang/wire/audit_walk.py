"""Walking along an audit record: the first entry at which it is not what was written and signed.

Knows no database and no file: whoever walks hands over rows in the order of their numbers, and the checkpoints.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from conglang.wire.audit import Head, leaf_of, link_of
from conglang.wire.checkpoint import Break, Checkpoint


class Row(NamedTuple):
    """An entry as it was found. ``facts``: as wire.audit.FACTS; None where only its digest was handed over."""

    number: int
    previous: bytes
    hash: bytes
    leaf: bytes
    facts: tuple[Any, ...] | None


class Fault(StrEnum):
    """What is wrong."""

    MISSING = "missing"  # numbers before this one are not there
    CHANGED = "changed"  # the entry says something else than what was written
    UNLINKED = "unlinked"  # it does not stand behind the entry before it: put in, or put elsewhere
    REPLACED = "replaced"  # the chain holds, but another one was signed
    CUT_OFF = "cut-off"  # more was signed than there is
    TWO_HISTORIES = "two-histories"  # two checkpoints of one number with different hashes
    UNNUMBERED = "unnumbered"  # entries without number and place


@dataclass(frozen=True, slots=True)
class Found:
    """The first wrong entry: its number, the instant it names (if it is there), and the last that is sure."""

    fault: Fault
    number: int
    at: str = ""
    sure_until: int = 0


@dataclass
class Signed:
    """Which hash was signed for which number; ``breaks``: what an administrator has declared lost."""

    hashes: dict[int, bytes] = field(default_factory=dict)
    breaks: list[Break] = field(default_factory=list)
    contradiction: Found | None = None

    @property
    def last(self) -> int:
        return max(self.hashes, default=0)


def signed_of(checkpoints: Iterable[Checkpoint]) -> Signed:
    """What these checkpoints say together, the oldest first. Their signatures have been looked at before."""
    found = Signed()
    once = {one.line: one for one in checkpoints}
    ordered = sorted(
        once.values(), key=lambda one: one.at
    )  # stable: within a second as they were handed over
    for one in ordered:
        if one.broken is not None:
            after = one.broken.after.number
            found.breaks.append(one.broken)
            found.hashes = {number: known for number, known in found.hashes.items() if number <= after}
        number = one.head.number
        if found.hashes.setdefault(number, one.head.hash) != one.head.hash and not found.contradiction:
            found.contradiction = Found(Fault.TWO_HISTORIES, number)
    return found


class Walk:
    """One walk, begun at ``head``. `take` what comes next; `end` when nothing does."""

    def __init__(self, signed: Signed, head: Head | None = None) -> None:
        self.head = head or Head()
        self.sure_until = self.head.number if self._is_signed(signed, self.head) else 0
        self._signed = signed

    @staticmethod
    def _is_signed(signed: Signed, head: Head) -> bool:
        return signed.hashes.get(head.number) == head.hash

    def begin(self) -> Found | None:
        """Whether where the walk begins is what was signed."""
        signed = self._signed.hashes.get(self.head.number, self.head.hash)
        if signed != self.head.hash:
            return Found(Fault.REPLACED, self.head.number)
        return self._signed.contradiction

    def take(self, rows: Sequence[Row]) -> Found | None:
        """Go along these rows; the first that is wrong, else None."""
        number, before, signed = self.head.number, self.head.hash, self._signed.hashes
        for row in rows:
            number += 1
            fault = None
            if row.number != number:
                fault = Fault.MISSING if row.number > number else Fault.UNLINKED
            elif row.previous != before:
                fault = Fault.UNLINKED
            elif (row.facts is not None and leaf_of(row.facts) != row.leaf) or (
                link_of(number, before, row.leaf) != row.hash
            ):
                fault = Fault.CHANGED
            elif number in signed:
                if signed[number] != row.hash:
                    fault = Fault.REPLACED
                else:
                    self.sure_until = number
            if fault is not None:
                self.head = Head(number - 1, before)
                return self._found(fault, number, row)
            before = row.hash
        self.head = Head(number, before)
        return None

    def _found(self, fault: Fault, number: int, row: Row) -> Found:
        there = row.facts is not None and fault is not Fault.MISSING
        return Found(fault, number, str(row.facts[0]) if there and row.facts else "", self.sure_until)

    def end(self) -> Found | None:
        """Whether more was signed than there was to walk along."""
        if self._signed.last > self.head.number:
            return Found(Fault.CUT_OFF, self.head.number + 1, sure_until=self.sure_until)
        return None
