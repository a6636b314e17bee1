"""Where somebody is signed in, ending that, and proving once more who one is."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from wagtail.admin import messages

from conglang.portal.identity.accounts import second_steps, sessions
from conglang.portal.identity.accounts.models import CodeDevice, SignedIn

from .requests import DeskRequest

View = Callable[..., HttpResponseBase]


def freshly_proved(view: View) -> View:
    """Ask for the password before a screen that concerns other people's rights, when the last time is long ago."""

    @wraps(view)
    def guarded(request: DeskRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if sessions.is_proved(request):
            return view(request, *args, **kwargs)
        back = request.get_full_path() if request.method == "GET" else reverse("wagtailadmin_home")
        return HttpResponseRedirect(reverse("editorial_prove") + "?" + urlencode({"next": back}))

    return guarded


def proof_first(request: DeskRequest, back: str) -> HttpResponse | None:
    """Lead to the question for the password when the last time is long ago, and from there to ``back``; else None."""
    if sessions.is_proved(request):
        return None
    messages.warning(request, _("Prove first that it is you; then press once more."))
    return HttpResponseRedirect(reverse("editorial_prove") + "?" + urlencode({"next": back}))


class ProofForm(forms.Form):
    """Asks for a password, or of whom has an app for a code of it: a password that was seen is not enough there."""

    password = forms.CharField(label=gettext_lazy("Password"), strip=False, widget=forms.PasswordInput)

    def __init__(self, *args: Any, codes: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["password"]
        field.widget.attrs["autocomplete"] = "one-time-code" if codes else "current-password"
        if codes:
            field.label = _("Code from your app")
            field.widget.attrs["inputmode"] = "numeric"


@sensitive_post_parameters("password")
def prove(request: DeskRequest) -> HttpResponse:
    """Ask once more who it is, by the strongest way this person has; then go on where they wanted to."""
    codes = CodeDevice.objects.filter(user=request.user).exists()
    passkeys = request.user.passkeys.exists()
    form = ProofForm(request.POST or None, codes=codes) if codes or not passkeys else None
    if request.method == "POST" and form and form.is_valid():
        wrong = _wrong(request, form.cleaned_data["password"], codes=codes)
        if not wrong:
            sessions.prove(request)
            back = request.GET.get("next", "")
            safe = url_has_allowed_host_and_scheme(back, {request.get_host()})
            return HttpResponseRedirect(back if safe else reverse("wagtailadmin_home"))
        form.add_error("password", wrong)
    context = {"page_title": _("Prove that it is you"), "form": form, "has_passkeys": passkeys}
    return render(request, "editorial/prove.html", context)


def _wrong(request: DeskRequest, answer: str, *, codes: bool) -> str:
    """Why an answer proves nothing; empty when it does. Wrong ones are counted as at the door."""
    if codes:
        try:
            second_steps.check_code(request.user, answer, request=request)
        except second_steps.NotAccepted as reason:
            return str(reason)
        return ""
    given = {"username": request.user.username, "password": answer}
    return (
        "" if authenticate(request, **given) == request.user else _("This is not your password. Try again.")
    )


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """What somebody reads after too many wrong passwords."""
    wait = int(sessions.policy().shut_for.total_seconds())
    answer = render(request, "editorial/locked_out.html", {"minutes": wait // 60}, status=429)
    answer["Retry-After"] = str(wait)
    return answer


def sign_ins(request: DeskRequest) -> HttpResponse:
    """Where this person is signed in."""
    context = {
        "page_title": _("Where you are signed in"),
        "rows": sessions.sign_ins(viewer=request.user),
        "here": request.session.session_key,
        "idle": int(sessions.policy().idle.total_seconds() // 60),
        "absolute": int(sessions.policy().absolute.total_seconds() // 3600),
    }
    return render(request, "editorial/sign_ins.html", context)


@require_POST
def end(request: DeskRequest, pk: int) -> HttpResponse:
    """End one of one's own sign-ins."""
    sessions.end_sign_in(get_object_or_404(SignedIn, pk=pk, user=request.user))
    messages.success(request, _("That sign-in was ended."))
    return HttpResponseRedirect(reverse("editorial_sign_ins"))
