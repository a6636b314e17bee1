"""Giving and ending roles, and the first accounts of a new network."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from conglang.portal.identity.audit.rules import Kind

from ..sites.models import Site
from ..units.models import Office
from . import recording, remembering
from .models import RoleHolding, User
from .passwords import random_password
from .rules import Role


@dataclass(frozen=True)
class FirstAccount:
    """An account that was just made; its password is known only here."""

    username: str
    password: str
    role: str


class NoNetwork(LookupError):
    """There are no offices to hold a role in."""


@transaction.atomic
def give_role(
    user: User, role: Role, *, office: Office, since: date | None = None, by: User | None = None
) -> RoleHolding:
    """Let ``user`` hold ``role`` in ``office`` from a day on; what is held already stays as it is."""
    holding, fresh = RoleHolding.objects.get_or_create(
        user=user, role=role.value, office=office, valid_to=None, defaults={"valid_from": since}
    )
    if fresh:
        remembering.forget()
        whom = recording.person(user, office=office)
        recording.note(Kind.ROLE_GIVEN, whom, by=by, role=role.value, office=office.key)
    return holding


@transaction.atomic
def end_role(user: User, role: Role, *, office: Office, on: date, by: User | None = None) -> int:
    """End what is held, the day ``on`` being the first without it; return how many holdings ended (0 or 1).

    A role that would have begun on that day or later is taken back altogether.
    """
    whom = recording.person(user, office=office)
    held = RoleHolding.objects.filter(user=user, role=role.value, office=office, valid_to=None)
    taken_back, _ = held.filter(valid_from__gte=on).delete()
    ended = taken_back + held.update(valid_to=on)
    if ended:
        remembering.forget()
        recording.note(Kind.ROLE_ENDED, whom, by=by, role=role.value, office=office.key, day=on.isoformat())
    return ended


@transaction.atomic
def first_accounts() -> tuple[FirstAccount, ...]:
    """Make the first five accounts with random passwords; return them, once.

    ``quantri`` administers the city, ``bientap`` edits for the Centre, ``bientap-duyet`` approves what is written for
    the city's own site, ``badinh`` (the first unit, were there none of that key) writes for a commune and
    ``badinh-duyet`` approves what is written there. When there is any account already nothing is made and nothing
    returned. Raises NoNetwork before ``create_network``.
    """
    if User.objects.exists():
        return ()
    city, commune = _first_sites()
    centre = Office.objects.filter(kind=Office.Kind.CENTRE, unit=city.unit).first() or city.office
    return (
        _account("quantri", Role.CITY_ADMINISTRATOR, city.office, superuser=True),
        _account("bientap", Role.CENTRE_EDITOR, centre),
        _account("bientap-duyet", Role.CENTRE_APPROVER, centre),
        _account(commune.key, Role.UNIT_AUTHOR, commune.office),
        _account(f"{commune.key}-duyet", Role.UNIT_APPROVER, commune.office),
    )


def _first_sites() -> tuple[Site, Site]:
    sites = Site.objects.select_related("unit", "office")
    city = sites.filter(is_city=True).first()
    communes = sites.filter(is_city=False).order_by("key")
    commune = communes.filter(key="badinh").first() or communes.first()
    if city is None or commune is None:
        raise NoNetwork("There are no sites yet; create the network first, then the accounts.")
    return city, commune


def _account(username: str, role: Role, office: Office, *, superuser: bool = False) -> FirstAccount:
    password = random_password()
    user = User(username=username, is_staff=True, is_superuser=superuser)
    user.set_password(password)
    user.save()
    give_role(user, role, office=office)
    return FirstAccount(username, password, role.value)


@transaction.atomic
def renew_unused_passwords() -> tuple[FirstAccount, ...]:
    """Give accounts that never signed in a new password and return it.

    For a first start that was killed after the accounts were made and before anyone could read the passwords.
    """
    renewed = []
    for user in User.objects.select_for_update().filter(last_login=None, is_active=True).order_by("pk"):
        password = random_password()
        user.set_password(password)
        user.save(update_fields=["password"])
        role = RoleHolding.objects.filter(user=user).values_list("role", flat=True).first() or ""
        renewed.append(FirstAccount(user.username, password, role))
    return tuple(renewed)
