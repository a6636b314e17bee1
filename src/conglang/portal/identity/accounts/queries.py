"""Who holds which role where, and what a person may see."""

from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone

from ..sites.models import Site
from ..units.models import Office
from .models import RoleHolding, User
from .rules import NETWORK_ROLES, Role


def _in_force(on: date | None) -> Q:
    day = on or timezone.localdate()
    begun = Q(valid_from__isnull=True) | Q(valid_from__lte=day)
    return begun & (Q(valid_to__isnull=True) | Q(valid_to__gt=day))


def holdings(*, viewer: User, on: date | None = None) -> QuerySet[RoleHolding]:
    """Return what ``viewer`` holds on a day (today without one), with offices. Nobody else's; none when inactive."""
    own = RoleHolding.objects.filter(_in_force(on), user_id=viewer.pk, user__is_active=True)
    return own.select_related("office__unit").order_by("office__key", "role")


def holds(user: User, role: Role | str, *, office: Office | None = None, on: date | None = None) -> bool:
    """Say whether ``user`` holds ``role`` on a day (today without one), in ``office`` or, without one, anywhere."""
    held = holdings(viewer=user, on=on).filter(role=Role(role))
    return (held if office is None else held.filter(office=office)).exists()


def offices_of(*, viewer: User, on: date | None = None) -> QuerySet[Office]:
    """Return the offices in which ``viewer`` holds any role."""
    return Office.objects.filter(pk__in=holdings(viewer=viewer, on=on).values("office")).order_by("key")


def sees_all(*, viewer: User, on: date | None = None) -> bool:
    """Say whether ``viewer`` sees every site: by a role that reaches over the network, or as superuser."""
    if not viewer.is_active:
        return False
    return viewer.is_superuser or holdings(viewer=viewer, on=on).filter(role__in=NETWORK_ROLES).exists()


def sites_of(*, viewer: User, on: date | None = None) -> QuerySet[Site]:
    """Return the sites ``viewer`` works with: those of the units of the offices they hold roles in, or all of them."""
    sites = Site.objects.select_related("unit", "office").order_by("-is_city", "key")
    if sees_all(viewer=viewer, on=on):
        return sites
    return sites.filter(unit__in=offices_of(viewer=viewer, on=on).values("unit"))
