"""Somebody lost every key: one person asks, another agrees, and a link lets them register a new one, once."""

import hashlib
import secrets

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from conglang.portal.identity.audit.rules import Kind

from . import queries, recording
from .inviting import NotAllowed
from .models import CodeDevice, Recovery, RoleHolding, SignedIn, User
from .passwords import random_password
from .rules import INVITATION_LIFE, Role


def may_look_after(viewer: User, person: User) -> bool:
    """Say whether ``viewer`` may ask, or agree, that ``person`` be recovered: who could give every role of theirs."""
    held = list(RoleHolding.objects.filter(queries.in_force(), user=person).select_related("office"))
    may_give = queries.rights_to_give(viewer=viewer)
    return viewer.pk != person.pk and bool(held) and all(may_give(Role(one.role), one.office) for one in held)


def waiting(*, viewer: User) -> list[Recovery]:
    """Return what somebody else asked and ``viewer`` may agree to."""
    open_rows = _open().filter(agreed_by=None).exclude(asked_by=viewer).select_related("user", "asked_by")
    return [row for row in open_rows if may_look_after(viewer, row.user)]


def _open() -> QuerySet[Recovery]:
    return Recovery.objects.filter(ended_at=None, expires_at__gt=timezone.now())


@transaction.atomic
def ask(person: User, *, by: User) -> Recovery:
    """Ask that somebody be recovered; replaces what was asked before. Raises NotAllowed."""
    if not may_look_after(by, person):
        raise NotAllowed(_("You do not look after this person's account."))
    Recovery.objects.filter(user=person, ended_at=None).update(ended_at=timezone.now())
    row = Recovery.objects.create(user=person, asked_by=by, expires_at=timezone.now() + INVITATION_LIFE)
    recording.note(Kind.RECOVERY_ASKED, recording.person(person), by=by)
    return row


@transaction.atomic
def agree(pk: int, *, by: User) -> tuple[Recovery, str]:
    """Agree to what another one asked; return the secret of the link, which is kept nowhere. Raises NotAllowed."""
    row = _open().select_for_update(of=("self",)).select_related("user").filter(pk=pk, agreed_by=None).first()
    if row is None or row.asked_by_id == by.pk or not may_look_after(by, row.user):
        raise NotAllowed(_("This cannot be agreed to by you, or not any more."))
    token = secrets.token_urlsafe(32)
    row.agreed_by, row.digest = by, hashlib.sha256(token.encode()).hexdigest()
    row.expires_at = timezone.now() + INVITATION_LIFE
    row.save(update_fields=["agreed_by", "digest", "expires_at"])
    recording.note(Kind.RECOVERY_AGREED, recording.person(row.user), by=by)
    return row, token


@transaction.atomic
def refuse(pk: int, *, by: User) -> None:
    """End what another one asked. Raises NotAllowed."""
    row = _open().select_for_update(of=("self",)).select_related("user").filter(pk=pk, agreed_by=None).first()
    if row is None or not may_look_after(by, row.user):
        raise NotAllowed(_("This cannot be refused by you, or not any more."))
    row.ended_at = timezone.now()
    row.save(update_fields=["ended_at"])
    recording.note(Kind.RECOVERY_REFUSED, recording.person(row.user), by=by)


def of_link(token: str) -> Recovery | None:
    """Return the recovery behind the secret of a link, while it can be used."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    found = (
        _open().filter(digest=digest, agreed_by__isnull=False).select_related("user", "asked_by", "agreed_by")
    )
    row = found.first()
    if row is None or not row.user.is_active:
        return None
    return row if all(may_look_after(one, row.user) for one in (row.asked_by, row.agreed_by) if one) else None


@transaction.atomic
def recover(token: str, *, password: str) -> User:
    """Use a link: a new password, every former key gone, every sign-in ended. The person owes a second step at once.

    Raises NotAllowed; the caller has validated the password.
    """
    row = of_link(token)
    if row is None or not Recovery.objects.select_for_update().filter(pk=row.pk, ended_at=None).exists():
        raise NotAllowed(_("This link cannot be used any more. Ask for a new one."))
    user = row.user
    _begin_anew(user, password)
    row.ended_at = timezone.now()
    row.save(update_fields=["ended_at"])
    recording.note(Kind.RECOVERED, recording.person(user), by=user)
    return user


@transaction.atomic
def recover_administrator(user: User) -> str:
    """Let an administrator of the city in again where no other could agree; return a new password, told once.

    For whoever holds the server's own shell. Grace for a second step begins anew. Raises NotAllowed for everybody else:
    for them two people are there.
    """
    if not queries.holds(user, Role.CITY_ADMINISTRATOR):
        raise NotAllowed(
            _("This way is for administrators of the city alone. Others are recovered by two people.")
        )
    password = random_password()
    user.first_signed_in_at, user.is_active = None, True
    user.save(update_fields=["first_signed_in_at", "is_active"])
    _begin_anew(user, password)
    recording.note(Kind.RECOVERED, recording.person(user), way="shell")
    return password


def _begin_anew(user: User, password: str) -> None:
    """A new password; no key and no sign-in of before counts any more."""
    user.passkeys.all().delete()
    CodeDevice.objects.filter(user=user).delete()
    keys = list(SignedIn.objects.filter(user=user).values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    SignedIn.objects.filter(user=user).delete()
    user.set_password(password)
    user.save(update_fields=["password"])
