"""Recovering an account: one person asks, another agrees and gets a link, its owner chooses a new password by it."""

from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from wagtail.admin import messages

from conglang.portal.identity.accounts import closing, recovering, second_steps
from conglang.portal.identity.accounts import queries as accounts
from conglang.portal.identity.accounts.inviting import NotAllowed
from conglang.portal.identity.accounts.models import User

from .people import NewPasswordForm, private
from .requests import DeskRequest
from .sign_ins import freshly_proved


@require_POST
@freshly_proved
def ask(request: DeskRequest, pk: int) -> HttpResponse:
    """Ask that the holder of a role be recovered. Foreign holdings do not exist here."""
    person = get_object_or_404(accounts.people(viewer=request.user), pk=pk).user
    try:
        recovering.ask(person, by=request.user)
    except NotAllowed as reason:
        messages.error(request, str(reason))
    else:
        messages.success(
            request, _("Asked. Another person who looks after this account has to agree within a day.")
        )
    return HttpResponseRedirect(reverse("editorial_people"))


@require_POST
@freshly_proved
def agree(request: DeskRequest, pk: int) -> HttpResponse:
    """Agree to what another one asked, and show the link, this once."""
    _one_of_those_waiting(request, pk)
    try:
        row, token = recovering.agree(pk, by=request.user)
    except NotAllowed as reason:
        messages.error(request, str(reason))
        return HttpResponseRedirect(reverse("editorial_people"))
    link = settings.DESK_URL + reverse("editorial_recover", args=[token])
    context = {"page_title": _("Recovery agreed to"), "name": str(row.user), "link": link, "recovery": True}
    response = render(request, "editorial/invited.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _one_of_those_waiting(request: DeskRequest, pk: int) -> None:
    """What does not wait for this person does not exist for them."""
    if pk not in {row.pk for row in recovering.waiting(viewer=request.user)}:
        raise Http404


@require_POST
@freshly_proved
def refuse(request: DeskRequest, pk: int) -> HttpResponse:
    """Refuse it."""
    _one_of_those_waiting(request, pk)
    try:
        recovering.refuse(pk, by=request.user)
    except NotAllowed as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, _("Refused. Nothing was changed."))
    return HttpResponseRedirect(reverse("editorial_people"))


@require_POST
@freshly_proved
def open_again(request: DeskRequest, pk: int) -> HttpResponse:
    """Open an account that was closed because nobody used it."""
    person = get_object_or_404(closing.closed(viewer=request.user), pk=pk)
    try:
        closing.open_again(person, by=request.user)
    except NotAllowed as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, _("The account is open again."))
    return HttpResponseRedirect(reverse("editorial_people"))


@never_cache
@sensitive_post_parameters("password", "again")
def recover(request: HttpRequest, token: str) -> HttpResponse:
    """What the owner sees: whose account it is, and a form for a new password. A second step is made at once."""
    row = recovering.of_link(token)
    if row is None:
        return private(render(request, "editorial/recover.html", {"row": None}, status=410))
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (user := _recovered(form, token, row.user)):
        second_steps.put_off(request.session, user, next_url="", enrol=True)
        return private(HttpResponseRedirect(reverse("editorial_own_keys")))
    return private(render(request, "editorial/recover.html", {"row": row, "form": form}))


def _recovered(form: Any, token: str, user: User) -> User | None:
    try:
        validate_password(form.cleaned_data["password"], user)
        return recovering.recover(token, password=form.cleaned_data["password"])
    except ValidationError as reasons:
        form.add_error("password", reasons.messages)
    except NotAllowed as reason:
        form.add_error(None, str(reason))
    return None
