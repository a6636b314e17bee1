"""Who holds which role where, and what a person may see."""

import hashlib
from collections.abc import Callable
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone

from ..sites.models import Site
from ..units.models import Office
from . import remembering, rules
from .models import Invitation, RoleHolding, User
from .rules import MAY_GIVE, NETWORK_ROLES, Role


def in_force(on: date | None = None) -> Q:
    """Return the condition under which a role is held on a day (today without one)."""
    day = on or timezone.localdate()
    begun = Q(valid_from__isnull=True) | Q(valid_from__lte=day)
    return begun & (Q(valid_to__isnull=True) | Q(valid_to__gt=day))


def holdings(*, viewer: User, on: date | None = None) -> QuerySet[RoleHolding]:
    """Return what ``viewer`` holds on a day (today without one), with offices. Nobody else's; none when inactive."""
    own = RoleHolding.objects.filter(in_force(on), user_id=viewer.pk, user__is_active=True)
    return own.select_related("office__unit").order_by("office__key", "role")


def roles_today(*, viewer: User) -> frozenset[str]:
    """Return the roles ``viewer`` holds today in any office. One query a request, however often it is asked."""
    held = holdings(viewer=viewer).order_by()
    return remembering.recall(viewer.pk, lambda: frozenset(held.values_list("role", flat=True)))


def holds(user: User, role: Role | str, *, office: Office | None = None, on: date | None = None) -> bool:
    """Say whether ``user`` holds ``role`` on a day (today without one), in ``office`` or, without one, anywhere."""
    held = holdings(viewer=user, on=on).filter(role=Role(role))
    return (held if office is None else held.filter(office=office)).exists()


def offices_of(*, viewer: User, on: date | None = None) -> QuerySet[Office]:
    """Return the offices in which ``viewer`` holds any role."""
    return Office.objects.filter(pk__in=holdings(viewer=viewer, on=on).values("office")).order_by("key")


def rights_to_give(*, viewer: User) -> Callable[[Role | str, Office], bool]:
    """Return a function that says whether ``viewer`` may give a role in an office, or end it there. Two queries."""
    held = list(holdings(viewer=viewer).values_list("role", "office__unit_id"))
    cities = set(Site.objects.filter(is_city=True).values_list("unit_id", flat=True))
    return lambda role, office: rules.may_give(
        held, Role(role), unit=office.unit_id, of_city=office.unit_id in cities
    )


def may_give(viewer: User, role: Role | str, office: Office) -> bool:
    """Say whether ``viewer`` may give ``role`` in an office, or end it there."""
    return rights_to_give(viewer=viewer)(role, office)


def managed_offices(*, viewer: User) -> QuerySet[Office]:
    """Return the offices whose people ``viewer`` looks after: all for an administrator of the city."""
    offices = Office.objects.filter(valid_to=None).select_related("unit").order_by("unit__name", "key")
    held = holdings(viewer=viewer)
    if held.filter(role=Role.CITY_ADMINISTRATOR).exists():
        return offices
    own = [one.office.unit_id for one in held if Role(one.role) in MAY_GIVE]
    return offices.filter(unit__in=own)


def people(*, viewer: User) -> QuerySet[RoleHolding]:
    """Return who holds what today in the offices ``viewer`` looks after."""
    offices = managed_offices(viewer=viewer).values("pk")
    held = RoleHolding.objects.filter(in_force(), office__in=offices, user__is_active=True)
    return held.select_related("user", "office__unit").order_by(
        "office__unit__name", "office__key", "user__username"
    )


def open_invitations(*, viewer: User) -> QuerySet[Invitation]:
    """Return invitations to the offices ``viewer`` looks after that can still be accepted."""
    offices = managed_offices(viewer=viewer).values("pk")
    found = Invitation.objects.filter(office__in=offices, used_at=None, withdrawn_at=None)
    return found.filter(expires_at__gt=timezone.now()).select_related("office__unit", "by")


def invitation(token: str) -> Invitation | None:
    """Return the invitation behind the secret of a link, while it can be accepted and its giver could give it."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    found = Invitation.objects.filter(
        digest=digest, used_at=None, withdrawn_at=None, expires_at__gt=timezone.now()
    )
    row = found.select_related("office__unit", "by").first()
    return row if row and may_give(row.by, row.role, row.office) else None


def sees_all(*, viewer: User, on: date | None = None) -> bool:
    """Say whether ``viewer`` sees every site: by a role that reaches over the network, or as superuser."""
    if not viewer.is_active:
        return False
    if viewer.is_superuser or on is None:
        return viewer.is_superuser or bool(NETWORK_ROLES & roles_today(viewer=viewer))
    return holdings(viewer=viewer, on=on).filter(role__in=NETWORK_ROLES).exists()


def audited_units(*, viewer: User, on: date | None = None) -> frozenset[str] | None:
    """Return the codes of the units whose audit record ``viewer`` may read; None for all, empty for nobody's.

    Managers read what concerns their own unit, the police observer and administrators of the city everything.
    """
    held = holdings(viewer=viewer, on=on).values_list("role", "office__unit__code")
    roles = {role for role, _unit in held}
    if viewer.is_active and (viewer.is_superuser or roles & {Role.POLICE_OBSERVER, Role.CITY_ADMINISTRATOR}):
        return None
    return frozenset(str(unit) for role, unit in held if role == Role.UNIT_MANAGER)


def sites_of(*, viewer: User, on: date | None = None) -> QuerySet[Site]:
    """Return the sites ``viewer`` works with: those of the units of the offices they hold roles in, or all of them."""
    sites = Site.objects.select_related("unit", "office").order_by("-is_city", "key")
    if sees_all(viewer=viewer, on=on):
        return sites
    return sites.filter(unit__in=offices_of(viewer=viewer, on=on).values("unit"))
