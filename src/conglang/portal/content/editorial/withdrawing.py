"""Screens: take a page down with a notice, at once; ask that it be put back. A second person decides about both."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.admin.widgets import AdminPageChooser

from conglang.portal.content.approval import queries as approvals
from conglang.portal.content.approval.proposing import NotPossible
from conglang.portal.content.approval.rules import Act
from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pages.actions import CannotWithdraw
from conglang.portal.content.pages.models import Withdrawal

from . import acts, queries
from .requests import DeskRequest


class NoticeForm(forms.Form):
    """Why, in one of a few words, and a sentence for readers."""

    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=Withdrawal.Reason.choices)
    text = forms.CharField(
        label=gettext_lazy("What readers should know"), max_length=600, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One or two sentences. Do not repeat what is being taken down."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("reason") == Withdrawal.Reason.OTHER and not (values.get("text") or "").strip():
            self.add_error("text", _("Say in a sentence what the other reason is."))
        return values


class WithdrawalForm(NoticeForm):
    """Also: what to read instead."""

    replacement = forms.ModelChoiceField(
        BasePage.objects.filter(live=True), label=gettext_lazy("Page to read instead"), required=False,
        widget=AdminPageChooser,
    )  # fmt: skip


class WhyForm(forms.Form):
    why = forms.CharField(
        label=gettext_lazy("Why"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The second person reads it, and it stays on record."),
    )  # fmt: skip


def withdraw(request: DeskRequest, page_id: int) -> HttpResponse:
    """Ask for the reason; then readers get a notice instead of the page, and a second person is asked."""
    page = page_for(request, page_id, Act.TAKE_DOWN)
    form = WithdrawalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = _(
            "«%s» is being taken down. Another person has to confirm it within a day; else it comes back."
        )
        return done(request, page, lambda: acts.take_down(page, by=request.user, **form.cleaned_data), told)
    context = {"page_title": _("Take down with a notice"), "page": page, "form": form, "media": form.media}
    return render(request, "editorial/withdraw.html", context)


def put_back(request: DeskRequest, page_id: int) -> HttpResponse:
    """Ask why; once a second person agrees readers get the page as they last saw it."""
    page = page_for(request, page_id, Act.PUT_BACK)
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = _("Another person was asked to agree that «%s» be published again.")
        return done(request, page, lambda: acts.put_back(page, by=request.user, **form.cleaned_data), told)
    return render(
        request, "editorial/put_back.html", {"page_title": _("Publish again"), "page": page, "form": form}
    )


def page_for(request: DeskRequest, page_id: int, act: Act) -> BasePage:
    """A page of one of the viewer's sites, on which they may take part in an act; 404 for every other."""
    page: BasePage = get_object_or_404(BasePage, pk=page_id).specific
    if queries.foreign_pages([page.pk], viewer=request.user) or page.site is None:
        raise Http404
    if not approvals.takes_part(act, page.site, viewer=request.user):
        raise Http404
    return page


def done(request: DeskRequest, page: BasePage, act: Callable[[], Any], words: str) -> HttpResponse:
    """Do it, say what came of it, and go back to the page."""
    try:
        act()
    except (CannotWithdraw, NotPossible) as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, words % page.get_admin_display_title())
    return HttpResponseRedirect(reverse("wagtailadmin_pages:edit", args=[page.pk]))
