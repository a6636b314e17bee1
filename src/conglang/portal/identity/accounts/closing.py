"""Accounts that nobody uses are closed: a forgotten one is a door that nobody watches."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from conglang.portal.identity.audit.rules import Kind

from . import queries, recording
from .inviting import NotAllowed
from .models import RoleHolding, User
from .recovering import may_look_after
from .rules import Role
from .sessions import policy


def closed(*, viewer: User) -> QuerySet[User]:
    """Return the closed accounts of people whom ``viewer`` looks after, with what they held."""
    offices = queries.managed_offices(viewer=viewer).values("pk")
    held = RoleHolding.objects.filter(queries.in_force(), office__in=offices)
    return User.objects.filter(is_active=False, holdings__in=held).distinct().order_by("username")


@transaction.atomic
def close_unused() -> list[User]:
    """Close what nobody used for as long as the policy says; return them. The last administrator stays."""
    since = timezone.now() - policy().idle_account
    unused = User.objects.select_for_update().filter(is_active=True)
    idle = list(unused.filter(Q(last_login__lt=since) | Q(last_login=None, date_joined__lt=since)))
    done = []
    for user in idle:
        if _is_last_administrator(user):
            continue
        user.is_active = False
        user.save(update_fields=["is_active"])
        recording.note(Kind.ACCOUNT_CLOSED, recording.person(user))
        done.append(user)
    return done


def _is_last_administrator(user: User) -> bool:
    held = RoleHolding.objects.filter(
        queries.in_force(), role=Role.CITY_ADMINISTRATOR.value, user__is_active=True
    )
    return held.filter(user=user).exists() and not held.exclude(user=user).exists()


@transaction.atomic
def open_again(user: User, *, by: User) -> None:
    """Open a closed account; from now on its idle time begins anew. Raises NotAllowed."""
    if not may_look_after(by, user):
        raise NotAllowed(_("You do not look after this person's account."))
    if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True, last_login=timezone.now()):
        recording.note(Kind.ACCOUNT_OPENED, recording.person(user), by=by)
