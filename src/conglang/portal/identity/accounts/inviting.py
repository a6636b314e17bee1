"""Letting people in, and ending what they hold: by whoever looks after an office, and never beyond their own right."""

import hashlib
import secrets

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from conglang.portal.identity.audit.rules import Kind

from ..units.models import Office
from . import queries, recording
from .actions import end_role, give_role
from .models import Invitation, RoleHolding, User
from .rules import INVITATION_LIFE, Role


class NotAllowed(Exception):
    """Nothing was changed; the text says why."""


@transaction.atomic
def invite(*, by: User, office: Office, role: Role, name: str) -> str:
    """Make an invitation and return the secret of its link, which is kept nowhere. Raises NotAllowed."""
    if not queries.may_give(by, role, office):
        raise NotAllowed(_("You cannot give this role in this office."))
    token = secrets.token_urlsafe(32)
    row = Invitation.objects.create(
        digest=hashlib.sha256(token.encode()).hexdigest(), office=office, role=role.value, name=name.strip(), by=by,
        expires_at=timezone.now() + INVITATION_LIFE,
    )  # fmt: skip
    recording.note(Kind.INVITED, recording.invitation(row), by=by, role=role.value, office=office.key)
    return token


@transaction.atomic
def accept(token: str, *, username: str, password: str) -> User:
    """Make the account an invitation is for; the link is used up. Raises NotAllowed, or ValidationError by field."""
    row = queries.invitation(token)
    if row is None or not Invitation.objects.select_for_update().filter(pk=row.pk, used_at=None).exists():
        raise NotAllowed(_("This invitation cannot be used any more. Ask for a new one."))
    user = User(username=username.strip().lower(), first_name=row.name)
    user.clean_fields(exclude=["password"])
    if User.objects.filter(username__iexact=user.username).exists():
        raise ValidationError({"username": _("This name is taken. Choose another one.")})
    _check_password(password, user, row)
    user.set_password(password)
    user.save()
    give_role(user, Role(row.role), office=row.office, since=timezone.localdate(), by=row.by)
    row.used_at, row.user = timezone.now(), user
    row.save(update_fields=["used_at", "user"])
    recording.note(Kind.INVITATION_ACCEPTED, recording.invitation(row), by=user)
    return user


def _check_password(password: str, user: User, row: Invitation) -> None:
    try:
        validate_password(password, user)
    except ValidationError as reasons:
        raise ValidationError({"password": reasons.messages}) from reasons


@transaction.atomic
def withdraw(row: Invitation, *, by: User) -> None:
    """End an invitation that nobody has used. Raises NotAllowed."""
    if not queries.may_give(by, row.role, row.office):
        raise NotAllowed(_("You cannot give this role in this office."))
    if Invitation.objects.filter(pk=row.pk, used_at=None, withdrawn_at=None).update(
        withdrawn_at=timezone.now()
    ):
        recording.note(Kind.INVITATION_WITHDRAWN, recording.invitation(row), by=by)


@transaction.atomic
def end_holding(holding: RoleHolding, *, by: User) -> None:
    """End what somebody holds, from today on; the next request of theirs opens nothing of it. Raises NotAllowed."""
    role = Role(holding.role)
    if not queries.may_give(by, role, holding.office):
        raise NotAllowed(_("You cannot end this role in this office."))
    others = RoleHolding.objects.select_for_update().filter(role=role, valid_to=None, user__is_active=True)
    if role is Role.CITY_ADMINISTRATOR and not others.exclude(pk=holding.pk).exists():
        raise NotAllowed(_("This is the last administrator of the city. Invite another one first."))
    end_role(holding.user, role, office=holding.office, on=timezone.localdate(), by=by)


@transaction.atomic
def move(user: User, *, office: Office, role: Role, by: User) -> None:
    """Let somebody hold a role in another office and nothing elsewhere any more, both from today. Raises NotAllowed."""
    if not queries.may_give(by, role, office):
        raise NotAllowed(_("You cannot give this role in this office."))
    for holding in RoleHolding.objects.filter(user=user, valid_to=None).exclude(
        office=office, role=role.value
    ):
        end_holding(holding, by=by)
    give_role(user, role, office=office, since=timezone.localdate(), by=by)
