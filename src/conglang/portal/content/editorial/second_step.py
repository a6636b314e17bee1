"""Signing in: name and password, then the second step; or a passkey alone. The only place that lets anybody in."""

from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from wagtail.admin import messages
from wagtail.admin.views.account import LoginView

from conglang.portal.identity.accounts import second_steps
from conglang.portal.identity.accounts.models import CodeDevice, User

from .sign_ins import locked_out

BACKEND = "django.contrib.auth.backends.ModelBackend"


class SignInView(LoginView):
    """A right password lets in only whom no second step is due from yet."""

    def form_valid(self, form: Any) -> HttpResponse:
        return let_in_or_ask(self.request, form.get_user(), next_url=self.get_redirect_url())


def let_in_or_ask(request: HttpRequest, user: User, *, next_url: str = "") -> HttpResponse:
    """Go on with somebody whose password was right: to the second step, to making one, or in for the time being."""
    if second_steps.has_any(user):
        second_steps.put_off(request.session, user, next_url=next_url, enrol=False)
        return HttpResponseRedirect(reverse("editorial_second_step"))
    due = second_steps.due_at(user)
    if due <= timezone.now():
        second_steps.put_off(request.session, user, next_url=next_url, enrol=True)
        return HttpResponseRedirect(reverse("editorial_own_keys"))
    let_in(request, user, way="password")
    words = _(
        "Until %(time)s your password alone lets you in. Add a second way to prove that it is you: «%(screen)s»."
    )
    told = {"time": f"{timezone.localtime(due):%H:%M, %d/%m/%Y}", "screen": _("How you sign in")}
    messages.warning(request, words % told)
    return HttpResponseRedirect(safe_next(request, next_url))


def let_in(request: HttpRequest, user: User, *, way: str) -> None:
    """Sign somebody in who has proved all that is due."""
    request.sign_in_way = way  # type: ignore[attr-defined]
    request.session.pop(second_steps.PENDING, None)
    login(request, user, backend=BACKEND)
    request.session.set_expiry(0)  # the cookie goes with the browser; the policy ends it earlier


def safe_next(request: HttpRequest, address: str) -> str:
    """Return an address of the desk to go on to: the one asked for, or the home screen."""
    safe = address and url_has_allowed_host_and_scheme(
        address, {request.get_host()}, require_https=request.is_secure()
    )
    return address if safe else reverse("wagtailadmin_home")


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code from your app"), max_length=20,
        help_text=gettext_lazy("Six digits, such as 123 456. A new code comes every 30 seconds."),
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "spellcheck": "false"}
        ),
    )  # fmt: skip


@never_cache
@sensitive_post_parameters("code")
def second_step(request: HttpRequest) -> HttpResponse:
    """Ask somebody whose password was right for the second step. For everybody else there is nothing here."""
    owed = second_steps.pending(request.session)
    if owed is None or owed[1].enrol:
        return HttpResponseRedirect(reverse("wagtailadmin_login"))
    user, asked = owed
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not AxesProxyHandler.is_allowed(request, {"username": user.get_username()}):
            return locked_out(request)
        try:
            second_steps.check_code(user, form.cleaned_data["code"], request=request)
        except second_steps.NotAccepted as reason:
            form.add_error("code", str(reason))
        else:
            let_in(request, user, way="codes")
            return HttpResponseRedirect(safe_next(request, asked.next))
    context = {
        "page_title": _("Second step"), "form": form, "has_codes": CodeDevice.objects.filter(user=user).exists(),
        "has_passkeys": user.passkeys.exists(),
    }  # fmt: skip
    return render(request, "editorial/second_step.html", context)
