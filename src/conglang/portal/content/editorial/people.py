"""The people of an office: who holds what, inviting, ending. And the page an invited person sees first."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from wagtail.admin import messages

from conglang.portal.identity.accounts import closing, inviting, recovering
from conglang.portal.identity.accounts import queries as accounts
from conglang.portal.identity.accounts.models import RoleHolding, User
from conglang.portal.identity.accounts.rules import MAY_GIVE, Role
from conglang.portal.identity.units.models import Office

from .requests import DeskRequest
from .second_step import let_in_or_ask
from .sign_ins import freshly_proved


class PlaceForm(forms.Form):
    """An office and a role in it. Only what this person may give can be chosen."""

    office = forms.ModelChoiceField(Office.objects.none(), label=gettext_lazy("Office"))
    role = forms.ChoiceField(label=gettext_lazy("Role"))

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offices, role, office = (
            accounts.managed_offices(viewer=viewer),
            self.fields["role"],
            self.fields["office"],
        )
        assert isinstance(role, forms.ChoiceField) and isinstance(office, forms.ModelChoiceField)
        office.queryset = offices
        if len(only := offices[:2]) == 1:
            office.initial = only[0].pk
        held = set(accounts.holdings(viewer=viewer).values_list("role", flat=True))
        givable = {role for name in held for role in MAY_GIVE.get(Role(name), ())}
        role.choices = [choice for choice in RoleHolding.Role.choices if Role(choice[0]) in givable]

    @property
    def place(self) -> dict[str, Any]:
        return {"office": self.cleaned_data["office"], "role": Role(self.cleaned_data["role"])}


class InvitationForm(PlaceForm):
    """Whom, to which office, with which role."""

    name = forms.CharField(label=gettext_lazy("Full name"), max_length=100)
    field_order = ("name", "office", "role")


@freshly_proved
def people(request: DeskRequest) -> HttpResponse:
    """Who holds which role in the offices this person looks after; and inviting another one."""
    if not accounts.managed_offices(viewer=request.user).exists():
        raise Http404
    form = InvitationForm(request.POST or None, viewer=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            token = inviting.invite(by=request.user, name=form.cleaned_data["name"], **form.place)
        except inviting.NotAllowed as reason:
            form.add_error(None, str(reason))
        else:
            return _invited(request, form.cleaned_data["name"], token)
    held, may_give = accounts.people(viewer=request.user), accounts.rights_to_give(viewer=request.user)
    context = {
        "page_title": _("People and roles"), "form": form, "held": held, "me": request.user,
        "invitations": accounts.open_invitations(viewer=request.user),
        "endable": {one.pk for one in held if may_give(one.role, one.office)},
        "moves_people": accounts.holds(request.user, Role.CITY_ADMINISTRATOR),
        "closed": closing.closed(viewer=request.user),
        "recoveries": recovering.waiting(viewer=request.user),
    }  # fmt: skip
    return render(request, "editorial/people.html", context)


def _invited(request: DeskRequest, name: str, token: str) -> HttpResponse:
    """The link, this once: it is kept nowhere."""
    link = settings.DESK_URL + reverse("editorial_accept", args=[token])
    response = render(
        request, "editorial/invited.html", {"page_title": _("Invited"), "name": name, "link": link}
    )
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@freshly_proved
def end(request: DeskRequest, pk: int) -> HttpResponse:
    """End what somebody holds. Foreign holdings do not exist here."""
    holding = get_object_or_404(accounts.people(viewer=request.user), pk=pk)
    told = _("%(name)s no longer has the role «%(role)s».")
    facts = {"name": str(holding.user), "role": holding.get_role_display()}
    return _done(request, lambda: inviting.end_holding(holding, by=request.user), told % facts)


@require_POST
@freshly_proved
def withdraw(request: DeskRequest, pk: int) -> HttpResponse:
    """Make an invitation's link worthless."""
    row = get_object_or_404(accounts.open_invitations(viewer=request.user), pk=pk)
    told = _("The invitation was withdrawn. Its link opens nothing any more.")
    return _done(request, lambda: inviting.withdraw(row, by=request.user), told)


@freshly_proved
def move(request: DeskRequest, pk: int) -> HttpResponse:
    """Let somebody work for another office, and for no other any more."""
    person = get_object_or_404(accounts.people(viewer=request.user), pk=pk).user
    form = PlaceForm(request.POST or None, viewer=request.user)
    if request.method == "POST" and form.is_valid():
        told = _("%(name)s works elsewhere now: %(office)s.")
        facts = {"name": str(person), "office": str(form.place["office"])}
        return _done(request, lambda: inviting.move(person, by=request.user, **form.place), told % facts)
    context = {"page_title": _("Move to another office"), "person": person, "form": form}
    return render(request, "editorial/move.html", context)


def _done(request: DeskRequest, act: Callable[[], None], told: str) -> HttpResponse:
    try:
        act()
    except inviting.NotAllowed as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, told)
    return HttpResponseRedirect(reverse("editorial_people"))


class NewPasswordForm(forms.Form):
    """A password, twice."""

    password = forms.CharField(
        label=gettext_lazy("Password"), strip=False,
        help_text=gettext_lazy(
            "At least 12 characters. Several unrelated words are easy to remember and hard to guess."
        ),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    again = forms.CharField(
        label=gettext_lazy("Password once more"), strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("password") and values.get("again") and values["password"] != values["again"]:
            self.add_error("again", _("The two passwords differ."))
        return values


class AcceptForm(NewPasswordForm):
    """The name to sign in with, and a password twice."""

    username = forms.SlugField(
        label=gettext_lazy("Name to sign in with"), max_length=60,
        help_text=gettext_lazy("Small letters without marks, digits and hyphens, such as «nguyenvana»."),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip
    field_order = ("username", "password", "again")


@never_cache
@sensitive_post_parameters("password", "again")
def accept(request: Any, token: str) -> HttpResponse:
    """What an invited person sees first: whose invitation it is, and a form for an account. Needs no sign-in."""
    row = accounts.invitation(token)
    if row is None:
        return private(render(request, "editorial/accept.html", {"row": None}, status=410))
    form = AcceptForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (user := _accepted(form, token)):
        return private(let_in_or_ask(request, user))
    return private(render(request, "editorial/accept.html", {"row": row, "form": form}))


def _accepted(form: AcceptForm, token: str) -> User | None:
    values = form.cleaned_data
    try:
        return inviting.accept(token, username=values["username"], password=values["password"])
    except ValidationError as reasons:
        for name, found in reasons.message_dict.items():
            form.add_error(name if name in form.fields else None, found)
    except inviting.NotAllowed as reason:
        form.add_error(None, str(reason))
    return None


def private(response: HttpResponse) -> HttpResponse:
    """The address is a secret: it must not travel to another host, nor stay in a cache. (Without any referrer a browser
    calls the form's origin null, and the form is refused as a stranger's.)"""
    response["Referrer-Policy"] = "same-origin"
    response["Cache-Control"] = "no-store"
    return response
