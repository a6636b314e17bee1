"""Delegation: who approves while an approver is away."""

from datetime import date

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from conglang.portal.identity.accounts.models import RoleHolding, User
from conglang.portal.identity.accounts.queries import holdings, in_force, managed_offices
from conglang.portal.identity.accounts.recording import note as record
from conglang.portal.identity.accounts.recording import person
from conglang.portal.identity.audit.rules import Kind
from conglang.portal.identity.units.models import Office

from .models import Delegation
from .rules import APPROVERS, LONGEST_DELEGATION


class CannotDelegate(Exception):
    """Nothing was delegated; the text says why and what to do."""


def may_be_given(*, viewer: User) -> list[RoleHolding]:
    """Return the roles of ``viewer`` that can be delegated."""
    return list(holdings(viewer=viewer).filter(role__in=[role.value for role in APPROVERS]))


def colleagues(*, viewer: User) -> QuerySet[User]:
    """Return to whom ``viewer`` may delegate: who works today for a unit whose texts they approve."""
    units = [held.office.unit_id for held in may_be_given(viewer=viewer)]
    held = RoleHolding.objects.filter(in_force(), office__unit__in=units)
    return (
        User.objects.filter(is_active=True, holdings__in=held)
        .exclude(pk=viewer.pk)
        .distinct()
        .order_by("first_name")
    )


def concerning(*, viewer: User) -> QuerySet[Delegation]:
    """Return what has not ended and ``viewer`` gave or received, or what people of their offices did."""
    offices = managed_offices(viewer=viewer).values("pk")
    own = Q(giver=viewer) | Q(receiver=viewer) | Q(office__in=offices)
    found = Delegation.objects.filter(own, ended_at=None, last_day__gte=timezone.localdate())
    return found.select_related("giver", "receiver", "office__unit")


def in_stead(*, viewer: User) -> list[Delegation]:
    """Return the delegations by which ``viewer`` may approve today: the giver still could, and both are still there."""
    today = timezone.localdate()
    found = Delegation.objects.filter(
        receiver=viewer, ended_at=None, first_day__lte=today, last_day__gte=today, giver__is_active=True
    )
    rows = list(found.select_related("giver", "office"))
    if not rows or not viewer.is_active:
        return []
    here = set(holdings(viewer=viewer).values_list("office__unit_id", flat=True))
    givers = RoleHolding.objects.filter(in_force(), user__in=[row.giver_id for row in rows])
    held = set(givers.values_list("user_id", "role", "office_id"))
    return [
        row for row in rows
        if (row.giver_id, row.role, row.office_id) in held and row.office.unit_id in here
    ]  # fmt: skip


@transaction.atomic
def delegate(*, by: User, to: User, office: Office, role: str, first_day: date, last_day: date) -> Delegation:
    """Let a colleague approve in one's stead from day to day. Raises CannotDelegate."""
    if not any(held.office_id == office.pk and held.role == role for held in may_be_given(viewer=by)):
        raise CannotDelegate(_("You do not approve texts there, so you cannot delegate it."))
    if not colleagues(viewer=by).filter(pk=to.pk, holdings__office__unit=office.unit_id).exists():
        raise CannotDelegate(_("Choose a colleague of your own unit."))
    if first_day < timezone.localdate() or last_day < first_day:
        raise CannotDelegate(_("Choose days from today on, the last one not before the first."))
    if last_day - first_day >= LONGEST_DELEGATION:
        raise CannotDelegate(
            _("At most %(days)s days. For a longer absence ask the manager to give somebody the role.")
            % {"days": LONGEST_DELEGATION.days}
        )
    row = Delegation.objects.create(
        giver=by, receiver=to, office=office, role=role, first_day=first_day, last_day=last_day
    )
    record(
        Kind.DELEGATED, person(to, office=office), by=by, role=role, first=first_day.isoformat(),
        last=last_day.isoformat(),
    )  # fmt: skip
    return row


@transaction.atomic
def end(pk: int, *, by: User) -> bool:
    """End a delegation at once: one's own, or of an office one looks after. Return whether one ended."""
    row = concerning(viewer=by).select_for_update(of=("self",)).filter(pk=pk).exclude(
        Q(receiver=by) & ~Q(office__in=managed_offices(viewer=by).values("pk"))
    ).first()  # fmt: skip
    if row is None:
        return False
    row.ended_at = timezone.now()
    row.save(update_fields=["ended_at"])
    record(Kind.DELEGATION_ENDED, person(row.receiver, office=row.office), by=by, role=row.role)
    return True
