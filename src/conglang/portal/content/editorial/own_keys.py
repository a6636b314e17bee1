"""How somebody signs in: their passkeys, their app that shows codes, their password."""

from collections.abc import Callable

import segno
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from wagtail.admin import messages
from wagtail.admin.auth import require_admin_access

from conglang.portal.identity.accounts import codes, second_steps
from conglang.portal.identity.accounts.models import CodeDevice, Passkey, User

from .requests import DeskRequest
from .second_step import CodeForm, let_in, safe_next
from .sign_ins import freshly_proved


@never_cache
@sensitive_post_parameters("code")
def own_keys(request: HttpRequest) -> HttpResponse:
    """Show them; for somebody who has to make the first one before they are let in as well."""
    owed = second_steps.pending(request.session)
    if not request.user.is_authenticated and owed and owed[1].enrol:
        return _screen(request, owed[0], owed[1])
    found: HttpResponse = _for_signed_in(request)
    return found


@require_admin_access
@freshly_proved
def _for_signed_in(request: DeskRequest) -> HttpResponse:
    return _screen(request, request.user, None)


def _screen(request: HttpRequest, user: User, owed: second_steps.Pending | None) -> HttpResponse:
    form = CodeForm(request.POST or None)
    secret = request.session.get(second_steps.NEW_SECRET) or codes.new_secret()
    request.session[second_steps.NEW_SECRET] = secret  # stays while somebody tries, is gone once it is kept
    if request.method == "POST" and form.is_valid():
        try:
            second_steps.add_codes(user, secret, form.cleaned_data["code"])
        except second_steps.NotAccepted as reason:
            form.add_error("code", str(reason))
        else:
            return _added(request, user, owed)
    context = {
        "page_title": _("How you sign in"), "form": form, "owed": owed, "passkeys": list(user.passkeys.all()),
        "code_device": CodeDevice.objects.filter(user=user).first(), "secret": _in_fours(secret),
        "picture": _picture(secret, user), "has_password": user.has_usable_password(), "who": user,
        "due": None if second_steps.has_any(user) else second_steps.due_at(user),
    }  # fmt: skip
    return render(request, "editorial/own_keys.html", context)


def _added(request: HttpRequest, user: User, owed: second_steps.Pending | None) -> HttpResponse:
    request.session.pop(second_steps.NEW_SECRET, None)
    if owed:
        let_in(request, user, way="codes")
        messages.success(request, _("Your app was added. From now on it is asked for after your password."))
        return HttpResponseRedirect(safe_next(request, owed.next))
    messages.success(request, _("Your app was added. From now on it is asked for after your password."))
    return HttpResponseRedirect(reverse("editorial_own_keys"))


def _picture(secret: str, user: User) -> str:
    """A QR code as SVG, drawn here: what is in it goes to no other server."""
    issuer = f"{settings.WAGTAIL_SITE_NAME} {settings.DESK_HOST}"
    drawn = segno.make(codes.address(secret, person=user.get_username(), issuer=issuer), error="m")
    return mark_safe(drawn.svg_inline(scale=5, border=3, omitsize=True, svgclass="desk-qr"))  # noqa: S308 (our own drawing)


def _in_fours(secret: str) -> str:
    return " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))


@require_POST
@freshly_proved
def remove_passkey(request: DeskRequest, pk: int) -> HttpResponse:
    """Remove one of one's own."""
    try:
        return _done(
            request, lambda: second_steps.remove_passkey(request.user, pk), _("The passkey was removed.")
        )
    except Passkey.DoesNotExist as missing:
        raise Http404 from missing


@require_POST
@freshly_proved
def remove_codes(request: DeskRequest) -> HttpResponse:
    """Remove one's app."""
    return _done(request, lambda: second_steps.remove_codes(request.user), _("The app was removed."))


@require_POST
@freshly_proved
def forget_password(request: DeskRequest) -> HttpResponse:
    """Go on with passkeys alone."""
    told = _("You have no password any more. Your passkeys let you in.")
    response = _done(request, lambda: second_steps.forget_password(request.user), told)
    update_session_auth_hash(request, request.user)  # a session is bound to the password it began with
    return response


def _done(request: DeskRequest, act: Callable[[], None], told: str) -> HttpResponse:
    try:
        act()
    except second_steps.LastWay as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, told)
    return HttpResponseRedirect(reverse("editorial_own_keys"))
