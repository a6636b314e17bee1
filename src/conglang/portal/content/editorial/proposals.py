"""Screens of what one person proposed and another one confirms, and of what the city does in an emergency."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from wagtail.admin import messages

from conglang.portal.content.approval import actions as approval
from conglang.portal.content.approval import queries as approvals
from conglang.portal.content.approval.models import Proposal
from conglang.portal.content.approval.proposing import NotPossible
from conglang.portal.content.approval.rules import Act
from conglang.portal.content.pages.actions import CannotWithdraw
from conglang.portal.content.pages.models import Withdrawal

from . import acts, queries
from .requests import DeskRequest
from .sign_ins import freshly_proved, proof_first
from .withdrawing import NoticeForm, page_for


def one(request: DeskRequest, pk: int) -> HttpResponse:
    """What was proposed, by whom and why, and the two buttons."""
    row = _row(request, pk)
    takes_part = approvals.takes_part(Act(row.act), row.site, viewer=request.user)
    context = {
        "page_title": row.get_act_display(), "row": row, "page": row.page,
        "is_open": row.outcome == Proposal.Outcome.WAITING, "is_mine": row.by_id == request.user.pk,
        "may_decide": takes_part and row.by_id != request.user.pk, "is_of_city": row.act == Act.CITY_TAKE_DOWN,
        "notice": dict(Withdrawal.Reason.choices).get(row.facts.get("reason", ""), ""),
        "is_down": row.act == Act.TAKE_DOWN, "stays_down": row.facts.get("reason") in acts.STAYS_DOWN,
    }  # fmt: skip
    return render(request, "editorial/proposal.html", context)


@require_POST
def confirm(request: DeskRequest, pk: int) -> HttpResponse:
    """Confirm it, and it is done. For the city one proves first who one is."""
    row = _row(request, pk)
    if row.act == Act.CITY_TAKE_DOWN and (proof := proof_first(request, _address(row))):
        return proof
    told = _("Confirmed: %(act)s – «%(page)s».")
    return _decide(request, row, lambda: acts.confirm(row, by=request.user), told)


@require_POST
def refuse(request: DeskRequest, pk: int) -> HttpResponse:
    """Refuse it; what was taken down provisionally is public again."""
    row, remark = _row(request, pk), request.POST.get("remark", "").strip()
    if not remark:
        messages.error(request, _("Say in a sentence why not; whoever proposed it reads that."))
        return HttpResponseRedirect(_address(row))
    told = _("Refused: %(act)s – «%(page)s».")
    return _decide(request, row, lambda: acts.refuse(row, by=request.user, remark=remark), told)


@require_POST
def take_back(request: DeskRequest, pk: int) -> HttpResponse:
    """Take back what one proposed oneself."""
    row = _row(request, pk)
    told = _("Taken back: %(act)s – «%(page)s».")
    if not acts.take_back(row, by=request.user):
        messages.error(request, _("Somebody has decided about this already, or it is somebody else's."))
        return HttpResponseRedirect(_address(row))
    messages.success(request, told % _facts(row))
    return HttpResponseRedirect(reverse("wagtailadmin_home"))


def _decide(request: DeskRequest, row: Proposal, decide: Callable[[], Any], told: str) -> HttpResponse:
    try:
        decide()
    except (NotPossible, CannotWithdraw) as reason:
        messages.error(request, str(reason))
        return HttpResponseRedirect(_address(row))
    messages.success(request, told % _facts(row))
    return HttpResponseRedirect(reverse("wagtailadmin_home"))


def _facts(row: Proposal) -> dict[str, str]:
    return {"act": str(row.get_act_display()), "page": str(row.page.specific.get_admin_display_title())}


def _address(row: Proposal) -> str:
    return reverse("editorial_proposal", args=[row.pk])


def _row(request: DeskRequest, pk: int) -> Proposal:
    """A proposal about a page of the viewer's sites; 404 for every other, as if it did not exist."""
    found = Proposal.objects.select_related("page", "site__unit", "by", "decided_by")
    row: Proposal = get_object_or_404(found, pk=pk)
    if queries.foreign_pages([row.page_id], viewer=request.user):
        raise Http404
    return row


class EmergencyForm(NoticeForm):
    """What the city does over the unit's head, and why."""

    PUBLISH, TAKE_DOWN = "publish", "take-down"
    act = forms.ChoiceField(
        label=gettext_lazy("What to do at once"), widget=forms.RadioSelect,
        choices=[
            (TAKE_DOWN, gettext_lazy("Take the page down with a notice")),
            (PUBLISH, gettext_lazy("Publish the newest draft of the page")),
        ],
    )  # fmt: skip
    why = forms.CharField(
        label=gettext_lazy("Why the city acts without the unit"), max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The second person and the unit read it, and it stays on record."),
    )  # fmt: skip
    field_order = ("act", "why", "reason", "text")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = False
        self.fields["reason"].label = _("Reason for readers, when it is taken down")


@freshly_proved
def emergency(request: DeskRequest, page_id: int) -> HttpResponse:
    """Ask a second person of the city to publish or take down a page of any site at once."""
    page = page_for(request, page_id, Act.CITY_TAKE_DOWN)
    form = EmergencyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            if given["act"] == EmergencyForm.PUBLISH:
                approval.ask_for_city(page, by=request.user, reason=given["why"])
            else:
                acts.take_down_for_city(
                    page, by=request.user, why=given["why"], reason=given["reason"], text=given["text"]
                )
        except (NotPossible, approval.CannotAsk) as reason:
            form.add_error(None, str(reason))
        else:
            told = _("Now another person of the city has to agree about «%s». It waits in their work.")
            messages.success(request, told % page.get_admin_display_title())
            return HttpResponseRedirect(reverse("wagtailadmin_home"))
    context = {"page_title": _("In an emergency, for the city"), "page": page, "form": form}
    return render(request, "editorial/emergency.html", context)
