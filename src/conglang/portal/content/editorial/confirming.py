"""«Xác nhận thông tin còn chính xác»: the list of what nobody has looked at for long, and the one press."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from wagtail.admin import messages
from wagtail.log_actions import log

from conglang.portal.content.pagebase.models import SITE_ROOT_DEPTH, BasePage
from conglang.portal.identity.accounts.models import User

from . import freshness, queries
from .models import Confirmation
from .requests import DeskRequest


@transaction.atomic
def confirm(page: BasePage, *, by: User) -> Confirmation:
    """Note that ``by`` looked at a live page and found it correct. Readers see the day; no word of it changes.

    ValueError for a page that readers do not have.
    """
    found = BasePage.objects.select_for_update().get(pk=page.pk)
    if not found.live:
        raise ValueError(f"page {found.pk} is not public, so nobody can confirm what readers see")
    row = Confirmation.objects.create(page=found, by=by)
    found.confirmed_on = timezone.localdate()
    found.save(update_fields=["confirmed_on"])
    log(found, "pages.confirm", user=by)
    return row


def may_confirm(page: Any, user: User) -> bool:
    """Whether ``user`` writes for the page's site; the home page and its lists are made, not written."""
    return bool(page.live and page.depth > SITE_ROOT_DEPTH and page.permissions_for_user(user).can_edit())


def to_confirm(request: DeskRequest) -> HttpResponse:
    """What nobody has changed or confirmed for long, oldest first."""
    found = freshness.to_confirm(viewer=request.user)
    context = {"page_title": _("To be confirmed as still correct"), "old": found[:200], "count": len(found)}
    return render(request, "editorial/to_confirm.html", context)


def one(request: DeskRequest, page_id: int) -> HttpResponse:
    """Ask once, with what is being confirmed; then note who and when."""
    page: BasePage = get_object_or_404(BasePage, pk=page_id).specific
    if queries.foreign_pages([page.pk], viewer=request.user) or not may_confirm(page, request.user):
        raise PermissionDenied
    if request.method == "POST":
        confirm(page, by=request.user)
        messages.success(
            request, _("«%s» is confirmed. Readers see today's date on it within seconds.") % page.title
        )
        back = request.POST.get("next", "")
        safe = url_has_allowed_host_and_scheme(back, {request.get_host()})
        return HttpResponseRedirect(back if safe else reverse("wagtailadmin_pages:edit", args=[page.pk]))
    context = {
        "page_title": _("Confirm that it is still correct"), "page": page, "next": request.GET.get("next", ""),
        "last": freshness.confirmations([page.pk]).get(page.pk),
    }  # fmt: skip
    return render(request, "editorial/confirm.html", context)
