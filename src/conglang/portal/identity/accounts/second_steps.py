"""The second step of signing in: what somebody has for it, since when it is due, and codes of an app.

Whoever gave the right password and still owes the second step is nobody yet: the session names them (``Pending``) for
a few minutes, and that opens the screen of the second step and nothing else.
"""

import time
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.signals import user_login_failed
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from conglang.portal.identity.audit.rules import Kind

from . import codes, queries, recording, sealing
from .models import CodeDevice, Passkey, User
from .rules import Role
from .sessions import policy

PENDING, NEW_SECRET = "second-step", "new-code-secret"  # in the session
PURPOSE = "one-time codes"
PATIENCE = 5  # wrong codes in a row, from wherever; each one more doubles the wait
LONGEST = timedelta(hours=24)


class NotAccepted(Exception):
    """The code opens nothing; the text says what to do."""


class LastWay(Exception):
    """It cannot be removed: without it the person could not sign in; the text says so."""


@dataclass(frozen=True)
class Pending:
    """Somebody whose password was right. ``enrol``: they have no second step yet, and have to make one first."""

    user: str  # UUID
    at: float
    next: str = ""
    enrol: bool = False


def put_off(session: Any, user: User, *, next_url: str, enrol: bool) -> None:
    """Note in a fresh session that this person's password was right. It signs nobody in."""
    session.flush()
    session[PENDING] = asdict(Pending(str(user.uuid), time.time(), next_url, enrol))
    session.set_expiry(int(_life(enrol=enrol)))


def pending(session: Any) -> tuple[User, Pending] | None:
    """Return whose second step this session owes, while it may still be given."""
    kept = session.get(PENDING)
    if not kept:
        return None
    found = Pending(**kept)
    user = User.objects.filter(uuid=found.user, is_active=True).first()
    if user is None or not 0 <= time.time() - found.at <= _life(enrol=found.enrol):
        session.flush()
        return None
    return user, found


def _life(*, enrol: bool) -> float:
    """Seconds; three times as long for who has to find an app or a key first."""
    return policy().pending.total_seconds() * (3 if enrol else 1)


def has_any(user: User) -> bool:
    """Say whether somebody has a second step."""
    return user.passkeys.exists() or CodeDevice.objects.filter(user=user).exists()


def due_at(user: User) -> datetime:
    """Return the instant from which somebody without a second step is let in no more."""
    begun = user.first_signed_in_at or timezone.now()
    strict = user.is_superuser or queries.holds(user, Role.CITY_ADMINISTRATOR)
    return begun + (policy().administrators_grace if strict else policy().grace)


def check_code(user: User, code: str, *, request: Any) -> None:
    """Accept a code of somebody's app, once. Raises NotAccepted, and counts it where wrong passwords are counted."""
    reason = _refusal(user, code)
    if reason:
        user_login_failed.send(
            sender=__name__, credentials={"username": user.get_username()}, request=request
        )
        raise NotAccepted(reason)


@transaction.atomic
def _refusal(user: User, code: str) -> str:
    device = CodeDevice.objects.select_for_update().filter(user=user).first()
    now = timezone.now()
    if device is None:
        return _("You have no app that shows codes. Use your passkey.")
    if device.shut_until and device.shut_until > now:
        at = timezone.localtime(device.shut_until)
        return _("Too many wrong codes. Try again after %(time)s, or use a passkey.") % {
            "time": f"{at:%H:%M, %d/%m/%Y}"
        }
    secret = sealing.unseal(device.secret, purpose=PURPOSE)
    step = codes.matching_step(secret, code, now=now.timestamp(), after=device.last_step)
    if step is None:
        device.wrong += 1
        if device.wrong >= PATIENCE:
            wait = policy().shut_for * 2 ** min(device.wrong - PATIENCE, 10)
            device.shut_until = now + min(wait, LONGEST)
        device.save(update_fields=["wrong", "shut_until"])
        return _("This code is wrong or was used already. Wait for the next one in your app.")
    device.last_step, device.wrong, device.shut_until, device.used_at = step, 0, None, now
    device.save(update_fields=["last_step", "wrong", "shut_until", "used_at"])
    return ""


@transaction.atomic
def add_codes(user: User, secret: str, code: str) -> CodeDevice:
    """Keep an app of somebody, whose first code they typed; it replaces a former one. Raises NotAccepted."""
    step = codes.matching_step(secret, code, now=time.time(), after=0)
    if step is None:
        raise NotAccepted(
            _("This code does not fit. Read the picture once more and type the code your app shows now.")
        )
    CodeDevice.objects.filter(user=user).delete()
    row = CodeDevice.objects.create(user=user, secret=sealing.seal(secret, purpose=PURPOSE), last_step=step)
    recording.note(Kind.KEY_ADDED, recording.person(user), by=user, way="codes")
    return row


@transaction.atomic
def remove_passkey(user: User, pk: int) -> None:
    """Remove one of somebody's passkeys. Raises LastWay; Passkey.DoesNotExist for another person's."""
    row = Passkey.objects.select_for_update().get(pk=pk, user=user)
    others = user.passkeys.exclude(pk=pk).exists()
    if not others and (not user.has_usable_password() or not CodeDevice.objects.filter(user=user).exists()):
        raise LastWay(_("This is your last way to sign in. Add another one first."))
    row.delete()
    recording.note(Kind.KEY_REMOVED, recording.person(user), by=user, way="passkey", name=row.label)


@transaction.atomic
def remove_codes(user: User) -> None:
    """Remove somebody's app. Raises LastWay."""
    if not user.passkeys.exists():
        raise LastWay(_("This is your last way to sign in. Add another one first."))
    if CodeDevice.objects.filter(user=user).delete()[0]:
        recording.note(Kind.KEY_REMOVED, recording.person(user), by=user, way="codes")


@transaction.atomic
def forget_password(user: User) -> None:
    """Let somebody sign in by passkey alone: what does not exist cannot be guessed or stolen. Raises LastWay."""
    if user.passkeys.count() < 2:
        raise LastWay(_("Add a second passkey first, kept in another place: one can be lost."))
    user.set_unusable_password()
    user.save(update_fields=["password"])
