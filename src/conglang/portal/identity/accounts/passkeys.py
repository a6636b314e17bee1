"""Passkeys: making one, and proving with one who somebody is (W3C Web Authentication, Level 2; library fido2).

The relying party is the desk's host, and no origin but the desk's is accepted. A key always asks its owner (user
verification), so it is two factors by itself. What ``begin_…`` returns as state belongs into the session, once.
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from fido2.server import Fido2Server
from fido2.utils import websafe_decode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from conglang.portal.identity.audit.rules import Kind

from . import recording
from .models import Passkey, User

State = dict[str, Any]
MOST = 10  # of one person
REQUIRED = UserVerificationRequirement.REQUIRED


class NotAccepted(Exception):
    """The key's answer proves nothing; the text says what to do."""


def _server() -> Fido2Server:
    entity = PublicKeyCredentialRpEntity(id=settings.DESK_HOST, name=settings.WAGTAIL_SITE_NAME)
    return Fido2Server(entity, verify_origin=lambda origin: origin == settings.DESK_URL)


def begin_registration(user: User) -> tuple[dict[str, Any], State]:
    """Return what the browser is asked to make a key with, and the state to keep. Raises NotAccepted."""
    own = list(user.passkeys.all())
    if len(own) >= MOST:
        raise NotAccepted(_("You have many passkeys already. Remove one that you no longer use."))
    entity = PublicKeyCredentialUserEntity(
        id=user.uuid.bytes, name=user.get_username(), display_name=user.get_full_name() or user.get_username()
    )
    options, state = _server().register_begin(
        entity,
        _described(own),
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=REQUIRED,
    )
    return dict(options), _plain(state)


@transaction.atomic
def finish_registration(user: User, state: State, answer: Mapping[str, Any], *, label: str) -> Passkey:
    """Keep a new key of a person. Raises NotAccepted."""
    try:
        made = _server().register_complete(state, answer).credential_data
    except Exception as error:  # the library raises whatever a malformed answer leads to
        raise NotAccepted(_("The passkey could not be made. Try once more.")) from error
    if made is None or Passkey.objects.filter(credential_id=made.credential_id).exists():
        raise NotAccepted(_("This passkey is known already."))
    row = Passkey.objects.create(
        user=user,
        credential_id=made.credential_id,
        credential=bytes(made),
        label=label.strip()[:60] or _("Passkey"),
    )
    recording.note(Kind.KEY_ADDED, recording.person(user), by=user, way="passkey", name=row.label)
    return row


def begin_assertion(
    user: User | None = None, *, challenge: bytes | None = None
) -> tuple[dict[str, Any], State]:
    """Return what the browser is asked to prove, and the state to keep. Without a user any key of the desk will do."""
    known = _described(user.passkeys.all()) if user else None
    options, state = _server().authenticate_begin(known, user_verification=REQUIRED, challenge=challenge)
    return dict(options), _plain(state)


@transaction.atomic
def finish_assertion(state: State, answer: Mapping[str, Any], *, of: User | None = None) -> Passkey:
    """Return the key that answered, now used; its owner is proved, and is ``of`` if that was asked. Raises NotAccepted.

    A counter that does not go forward means that the key was copied: it is refused, and recorded.
    """
    row = _named_in(answer)
    if row is None or not row.user.is_active or (of is not None and row.user_id != of.pk):
        raise NotAccepted(_("The desk does not know this passkey. Use another one, or your password."))
    try:
        given = AuthenticationResponse.from_dict(answer)
        _server().authenticate_complete(state, [AttestedCredentialData(bytes(row.credential))], given)
        handle = given.response.user_handle
    except Exception as error:  # the library raises whatever a malformed answer leads to
        raise NotAccepted(_("The passkey did not prove that it is you. Try once more.")) from error
    if handle and handle != row.user.uuid.bytes:
        raise NotAccepted(_("The passkey did not prove that it is you. Try once more."))
    counter = given.response.authenticator_data.counter
    if (counter or row.counter) and counter <= row.counter:
        raise _Doubted(row)
    row.counter, row.used_at = counter, timezone.now()
    row.save(update_fields=["counter", "used_at"])
    return row


class _Doubted(NotAccepted):
    def __init__(self, row: Passkey) -> None:
        super().__init__(
            _(
                "There may be a copy of this passkey, so it was refused. Tell the administrator, and use another way."
            )
        )
        self.row = row


def note_doubt(error: NotAccepted) -> None:
    """Record that a key may have been copied. Called outside the transaction that its refusal ended."""
    if isinstance(error, _Doubted):
        recording.note(Kind.KEY_DOUBTED, recording.person(error.row.user), name=error.row.label)


def _named_in(answer: Mapping[str, Any]) -> Passkey | None:
    try:
        named = websafe_decode(str(answer["rawId"]))
    except (KeyError, ValueError, TypeError):
        return None
    return (
        Passkey.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(credential_id=named)
        .first()
    )


def _described(keys: Any) -> list[PublicKeyCredentialDescriptor]:
    kind = PublicKeyCredentialType.PUBLIC_KEY
    return [PublicKeyCredentialDescriptor(type=kind, id=bytes(key.credential_id)) for key in keys]


def _plain(state: Mapping[str, Any]) -> State:
    return {"challenge": state["challenge"], "user_verification": REQUIRED.value}
