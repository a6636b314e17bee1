"""«Ủy quyền duyệt»: who approves while an approver is away."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from wagtail.admin import messages

from conglang.portal.content.approval import delegating
from conglang.portal.identity.accounts.models import RoleHolding, User
from conglang.portal.identity.accounts.queries import managed_offices

from .requests import DeskRequest
from .sign_ins import freshly_proved


class DelegationForm(forms.Form):
    """To whom, for which of one's roles, from when until when."""

    held = forms.ModelChoiceField(RoleHolding.objects.none(), label=gettext_lazy("Role"), empty_label=None)
    to = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("Colleague"))
    first_day = forms.DateField(label=gettext_lazy("First day"), widget=forms.DateInput({"type": "date"}))
    last_day = forms.DateField(label=gettext_lazy("Last day"), widget=forms.DateInput({"type": "date"}))

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held, to = self.fields["held"], self.fields["to"]
        assert isinstance(held, forms.ModelChoiceField) and isinstance(to, forms.ModelChoiceField)
        held.queryset = RoleHolding.objects.filter(
            pk__in=[one.pk for one in delegating.may_be_given(viewer=viewer)]
        )
        held.label_from_instance = lambda obj: f"{obj.get_role_display()} · {obj.office}"  # type: ignore[method-assign]
        to.queryset = delegating.colleagues(viewer=viewer)
        to.label_from_instance = lambda obj: obj.get_full_name() or obj.get_username()  # type: ignore[method-assign]
        self.fields["first_day"].initial = timezone.localdate()


@freshly_proved
def delegations(request: DeskRequest) -> HttpResponse:
    """What was delegated to and by this person, and by people of their offices; and delegating anew."""
    may_give = bool(delegating.may_be_given(viewer=request.user))
    form = DelegationForm(request.POST or None, viewer=request.user) if may_give else None
    if request.method == "POST" and form and form.is_valid() and _delegated(form, request.user):
        messages.success(
            request, _("Delegated. It ends by itself after the last day, and you can end it earlier.")
        )
        return HttpResponseRedirect(reverse("editorial_delegations"))
    looked_after = set(managed_offices(viewer=request.user).values_list("pk", flat=True))
    rows = list(delegating.concerning(viewer=request.user))
    context = {
        "page_title": _("Delegating approval"), "form": form, "rows": rows, "roles": dict(RoleHolding.Role.choices),
        "endable": {row.pk for row in rows if row.giver_id == request.user.pk or row.office_id in looked_after},
    }  # fmt: skip
    return render(request, "editorial/delegations.html", context)


def _delegated(form: DelegationForm, viewer: User) -> bool:
    values = form.cleaned_data
    try:
        delegating.delegate(
            by=viewer, to=values["to"], office=values["held"].office, role=values["held"].role,
            first_day=values["first_day"], last_day=values["last_day"],
        )  # fmt: skip
    except delegating.CannotDelegate as reason:
        form.add_error(None, str(reason))
        return False
    return True


@require_POST
@freshly_proved
def end(request: DeskRequest, pk: int) -> HttpResponse:
    """End one at once. What one may not end does not exist."""
    if not delegating.end(pk, by=request.user):
        raise Http404
    messages.success(request, _("The delegation has ended."))
    return HttpResponseRedirect(reverse("editorial_delegations"))
