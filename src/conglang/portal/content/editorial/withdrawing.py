"""Two screens: take a page down with a notice, and put it back. For those who publish."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.admin.widgets import AdminPageChooser

from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pages.actions import CannotWithdraw
from conglang.portal.content.pages.actions import undo_withdrawal as undo
from conglang.portal.content.pages.actions import withdraw as take_down
from conglang.portal.content.pages.models import Withdrawal

from . import queries
from .requests import DeskRequest


class WithdrawalForm(forms.Form):
    """Why, in one of a few words; a sentence for readers; what to read instead."""

    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=Withdrawal.Reason.choices)
    text = forms.CharField(
        label=gettext_lazy("What readers should know"), max_length=600, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One or two sentences. Do not repeat what is being taken down."),
    )  # fmt: skip
    replacement = forms.ModelChoiceField(
        BasePage.objects.filter(live=True), label=gettext_lazy("Page to read instead"), required=False,
        widget=AdminPageChooser,
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("reason") == Withdrawal.Reason.OTHER and not (values.get("text") or "").strip():
            self.add_error("text", _("Say in a sentence what the other reason is."))
        return values


def withdraw(request: DeskRequest, page_id: int) -> HttpResponse:
    """Ask for the reason; then readers get the notice instead of the page."""
    page = _page(request, page_id)
    form = WithdrawalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _done(request, page, lambda: take_down(page, by=request.user, **form.cleaned_data),
                     _("«%s» is being taken down. Readers see the notice within seconds."))  # fmt: skip
    context = {"page_title": _("Take down with a notice"), "page": page, "form": form, "media": form.media}
    return render(request, "editorial/withdraw.html", context)


def put_back(request: DeskRequest, page_id: int) -> HttpResponse:
    """Ask once more; then readers get the page as they last saw it."""
    page = _page(request, page_id)
    if request.method == "POST":
        return _done(request, page, lambda: undo(page, by=request.user),
                     _("«%s» is being published again."))  # fmt: skip
    return render(request, "editorial/put_back.html", {"page_title": _("Publish again"), "page": page})


def _page(request: DeskRequest, page_id: int) -> BasePage:
    if not queries.looks_after_sites(request.user):
        raise PermissionDenied
    page: BasePage = get_object_or_404(BasePage, pk=page_id).specific
    if queries.foreign_pages([page.pk], viewer=request.user):
        raise PermissionDenied
    return page


def _done(request: DeskRequest, page: BasePage, act: Any, words: str) -> HttpResponse:
    try:
        act()
    except CannotWithdraw as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, words % page.get_admin_display_title())
    return HttpResponseRedirect(reverse("wagtailadmin_pages:edit", args=[page.pk]))
