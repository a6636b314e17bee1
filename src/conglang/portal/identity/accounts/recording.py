"""Recording what people do: who they are is known from the request that is being answered."""

import hashlib
from ipaddress import ip_address, ip_network
from typing import Any

from conglang.portal.identity.audit import actions as audit
from conglang.portal.identity.audit.acting import current
from conglang.portal.identity.audit.models import Entry
from conglang.portal.identity.audit.rules import Actor, Kind, Thing, ThingKind

from ..units.models import Office
from . import queries
from .models import Invitation, User


def actor_of(user: User, *, session_key: str = "") -> Actor:
    """Return who somebody is at this moment: name, roles, the first of their offices, a digest of their session."""
    held = list(queries.holdings(viewer=user))
    first = held[0].office if held else None
    return Actor(
        id=str(user.uuid), name=user.get_full_name() or user.get_username(),
        role=", ".join(dict.fromkeys(one.role for one in held)), office=first.key if first else "",
        unit=str(first.unit.code) if first else "", session=session_mark(session_key),
    )  # fmt: skip


def session_mark(session_key: str) -> str:
    """Return what stands for a session in the record: the same for all its entries, and nobody gets in by it."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:16] if session_key else ""


def note(kind: Kind, thing: Thing = audit.NOTHING, *, by: User | None = None, **details: Any) -> Entry:
    """Record an act of ``by``; of whoever acts now without one. Raises wire.audit.AuditError, see audit.actions."""
    now = current()
    actor = now if by is None or now.id == str(by.uuid) else actor_of(by)
    return audit.note(kind, thing, by=actor, **details)


def person(user: User, *, office: Office | None = None) -> Thing:
    """A person as what an act is about; the unit is that of the office, else of the first one they work in."""
    unit = str(office.unit.code) if office else actor_of(user).unit
    return Thing(ThingKind.PERSON, str(user.uuid), unit)


def invitation(row: Invitation) -> Thing:
    """An invitation as what an act is about."""
    return Thing(ThingKind.INVITATION, str(row.pk), str(row.office.unit.code))


def network_of(address: str) -> str:
    """Return which network an address lies in: enough to see that somebody came from elsewhere, not who it was."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    return str(ip_network(f"{found}/{24 if found.version == 4 else 48}", strict=False))
