"""Adding to the record. There is no other action: an entry is not changed, and not taken away."""

from datetime import UTC
from typing import Any

from django.db import connection
from django.utils import timezone

from conglang.wire.audit import check_details, leaf_of

from .acting import current
from .models import Entry
from .queries import facts_of
from .rules import Actor, Kind, Thing

NOTHING = Thing()


def note(kind: Kind, thing: Thing = NOTHING, *, by: Actor | None = None, **details: Any) -> Entry:
    """Record an act, in the transaction of the act itself: either both are there afterwards, or neither.

    Without ``by`` it is put down to whoever acts now (`acting`). ``details``: words and whole numbers, nothing of a
    text's contents, no personal data that the entry can do without. Raises wire.audit.AuditError for other values.
    """
    check_details(details)
    actor = by or current()
    entry = Entry(
        at=timezone.now().astimezone(UTC), kind=kind.value, who=actor.id, name=actor.name[:150],
        role=actor.role[:200], office=actor.office, session=actor.session, thing=thing.kind.value,
        thing_id=thing.id[:120], unit=thing.unit or actor.unit,
        details={name: list(value) if isinstance(value, tuple) else value for name, value in details.items()},
    )  # fmt: skip
    entry.leaf = leaf_of(facts_of(entry))
    entry.save(force_insert=True)
    return entry


def seal_now() -> None:
    """Chain what this transaction recorded already now. Everybody else who records waits until it ends."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS audit_turn, audit_seal IMMEDIATE")
        cursor.execute("SET CONSTRAINTS audit_turn, audit_seal DEFERRED")
