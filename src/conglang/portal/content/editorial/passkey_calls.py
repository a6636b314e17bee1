"""What the browser asks and answers about passkeys: JSON, from a script of the desk (static/desk/passkeys.js)."""

import json
import time
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from wagtail.admin import messages

from conglang.portal.identity.accounts import passkeys, second_steps, sessions
from conglang.portal.identity.accounts.models import User

from .second_step import let_in, safe_next

ASKED = "passkey"  # in the session: what the browser was asked, for one answer
SIGN_IN, SECOND, PROVE, ADD = "sign-in", "second-step", "prove", "add"
LONGEST = 65_536  # bytes of an answer


class _Refused(Exception):
    """The text is for the person."""


@never_cache
@require_POST
def ask(request: HttpRequest) -> HttpResponseBase:
    """Begin a ceremony; the answer is what ``navigator.credentials`` wants."""
    purpose = request.POST.get("purpose", "")
    try:
        user = _whose(request, purpose)
        begin = passkeys.begin_registration if purpose == ADD and user else passkeys.begin_assertion
        options, state = begin(user)  # type: ignore[arg-type]
    except (_Refused, passkeys.NotAccepted) as reason:
        return JsonResponse({"error": str(reason)}, status=403)
    if not request.user.is_authenticated and purpose == SIGN_IN:
        request.session.set_expiry(int(sessions.policy().pending.total_seconds()))
    request.session[ASKED] = {"state": state, "at": time.time(), "purpose": purpose, "user": _id(user)}
    return JsonResponse(options)


@never_cache
@require_POST
def answer(request: HttpRequest) -> HttpResponseBase:
    """End it, and say where to go on. What was asked is forgotten first: no answer counts twice."""
    asked = request.session.pop(ASKED, None)
    try:
        given = _given(request)
        user = _still(request, asked)
        return JsonResponse({"next": _done(request, asked, given, user)})
    except (_Refused, passkeys.NotAccepted) as reason:
        if isinstance(reason, passkeys.NotAccepted):
            passkeys.note_doubt(reason)
        return JsonResponse({"error": str(reason)}, status=400)


def _whose(request: HttpRequest, purpose: str) -> User | None:
    """Whom this purpose is about for this browser; None while nobody has said who they are. Raises _Refused."""
    signed_in = request.user if isinstance(request.user, User) else None
    owed = second_steps.pending(request.session)
    if purpose == SIGN_IN and signed_in is None:
        return None
    if purpose == SECOND and signed_in is None and owed and not owed[1].enrol:
        return owed[0]
    if purpose == PROVE and signed_in:
        return signed_in
    if purpose == ADD and signed_in and sessions.is_proved(request):
        return signed_in
    if purpose == ADD and signed_in is None and owed and owed[1].enrol:
        return owed[0]
    raise _Refused(_("This took too long. Sign in again."))


def _given(request: HttpRequest) -> dict[str, Any]:
    try:
        found = json.loads(request.body[:LONGEST])
    except ValueError as error:
        raise _Refused(_("The passkey did not prove that it is you. Try once more.")) from error
    if not isinstance(found, dict) or not isinstance(found.get("credential"), dict):
        raise _Refused(_("The passkey did not prove that it is you. Try once more."))
    return found


def _still(request: HttpRequest, asked: Any) -> User | None:
    if not asked or time.time() - asked["at"] > sessions.policy().pending.total_seconds():
        raise _Refused(_("This took too long. Try once more."))
    user = _whose(request, asked["purpose"])
    if _id(user) != asked["user"]:
        raise _Refused(_("This took too long. Sign in again."))
    return user


def _done(request: HttpRequest, asked: dict[str, Any], given: dict[str, Any], user: User | None) -> str:
    purpose, owed = asked["purpose"], second_steps.pending(request.session)
    wanted = str(given.get("next") or "") or (owed[1].next if owed else "")
    if purpose == ADD:
        assert user is not None
        row = passkeys.finish_registration(
            user, asked["state"], given["credential"], label=str(given.get("label") or "")
        )
        if owed:
            let_in(request, user, way="passkey")
        messages.success(request, _("The passkey «%s» was added. From now on it lets you in.") % row.label)
        return reverse("editorial_own_keys")
    key = passkeys.finish_assertion(asked["state"], given["credential"], of=user)
    if purpose == PROVE:
        sessions.prove(request)
    else:
        let_in(request, key.user, way="passkey")
    return safe_next(request, wanted)


def _id(user: User | None) -> str:
    return str(user.uuid) if user else ""
