"""What the record says, and to whom."""

from collections.abc import Collection
from datetime import UTC
from typing import Any

from django.db.models import QuerySet

from conglang.wire.audit import Head

from .models import Entry, Stump


def facts_of(entry: Entry) -> tuple[Any, ...]:
    """Return an entry's facts in the order in which they are hashed (wire.audit.FACTS)."""
    return (
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"), entry.kind, entry.who, entry.name, entry.role,
        entry.office, entry.session, entry.thing, entry.thing_id, entry.unit, entry.details,
    )  # fmt: skip


def entries(*, units: Collection[str] | None) -> QuerySet[Entry]:
    """Return the entries about these units, newest first; about everything for None."""
    found = Entry.objects.filter(seq__isnull=False).order_by("-seq")
    return found if units is None else found.filter(unit__in=units)


def head() -> Head:
    """Return the last entry's number and hash."""
    last = Entry.objects.filter(seq__isnull=False).order_by("-seq").first() or Stump.objects.first()
    return Head(last.seq or 0, bytes(last.hash or b"")) if last else Head()


def leaves_after(number: int, *, at_most: int) -> list[bytes]:
    """Return the digests of the entries behind ``number``, in their order."""
    found = Entry.objects.filter(seq__gt=number).order_by("seq").values_list("leaf", flat=True)
    return [bytes(leaf) for leaf in found[:at_most]]


def hash_of(number: int) -> bytes | None:
    """Return the hash of an entry as it stands here, also of the last pruned one; None when there is none."""
    if number == 0:
        return Head().hash
    row = Entry.objects.filter(seq=number).first() or Stump.objects.filter(seq=number).first()
    return bytes(row.hash or b"") if row else None


def first_head() -> Head:
    """Return what the oldest entry here stands behind: the beginning, or the last pruned entry."""
    stump = Stump.objects.first()
    return Head(stump.seq, bytes(stump.hash)) if stump else Head()


def leaves_between(begin: int, end: int) -> list[tuple[int, bytes]]:
    """Return number and digest of the entries behind ``begin`` up to ``end``."""
    found = Entry.objects.filter(seq__gt=begin, seq__lte=end).order_by("seq").values_list("seq", "leaf")
    return [(seq or 0, bytes(leaf)) for seq, leaf in found]
