"""A draft shown to somebody without an account: one revision, for some days, until the link is ended."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from wagtail.admin import messages
from wagtail.log_actions import log

from conglang.portal.content.pagebase.models import SITE_ROOT_DEPTH, BasePage
from conglang.portal.content.pages.preview import CannotPreview, render_draft
from conglang.portal.identity.accounts.models import User

from . import queries
from .models import SharedDraft
from .requests import DeskRequest
from .rules import LONGEST_SHARE

DAYS = [(1, gettext_lazy("One day")), (3, gettext_lazy("Three days")), (7, gettext_lazy("Seven days"))]


class ShareForm(forms.Form):
    for_whom = forms.CharField(
        label=gettext_lazy("For whom"), max_length=120,
        help_text=gettext_lazy("So that you know later which link to end. The reader does not see it."),
    )  # fmt: skip
    days = forms.TypedChoiceField(label=gettext_lazy("Open for"), choices=DAYS, coerce=int, initial=3)


def link_of(row: SharedDraft) -> str:
    """Return the address that opens a shared draft. It is the key: whoever has it reads the draft."""
    token = signing.dumps(str(row.pk), salt=queries.SHARED_SALT)
    return f"{settings.PREVIEW_URL}/cho-xem/{token}/"


@transaction.atomic
def share(page: BasePage, *, by: User, days: int, for_whom: str) -> SharedDraft:
    """Show the newest revision of a page, as it is now, to whoever gets the link. CannotPreview: there is no home page.

    Later changes are not shown: what somebody was asked about stays what they see.
    """
    revision = page.get_latest_revision()
    draft = revision.as_object() if revision else page.specific
    now = timezone.now()
    SharedDraft.objects.filter(expires_at__lt=now - LONGEST_SHARE).delete()
    row = SharedDraft.objects.create(
        page_id=page.pk, revision=revision, by=by, for_whom=for_whom, html=render_draft(draft, by),
        expires_at=now + min(timedelta(days=days), LONGEST_SHARE),
    )  # fmt: skip
    log(page, "pages.share", user=by, revision=revision)
    return row


@transaction.atomic
def end_share(row: SharedDraft, *, by: User) -> None:
    """Close a link at once, and drop what it showed."""
    row.ended_at, row.html = timezone.now(), ""
    row.save(update_fields=["ended_at", "html"])
    log(row.page, "pages.unshare", user=by)


def shared(request: DeskRequest, page_id: int) -> HttpResponse:
    """The open links of one page, and the form for a new one."""
    page = _page(request, page_id)
    form = ShareForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            share(page, by=request.user, **form.cleaned_data)
        except CannotPreview:
            messages.error(
                request, _("The site has no home page yet, so the text cannot be shown as a page.")
            )
        else:
            messages.success(request, _("The link is ready. Copy it below and send it."))
        return HttpResponseRedirect(reverse("editorial_shared", args=[page.pk]))
    context = {
        "page_title": _("Show the draft to somebody"), "page": page, "form": form,
        "links": [(row, link_of(row)) for row in queries.shared_drafts(page)],
    }  # fmt: skip
    return render(request, "editorial/shared.html", context)


@require_POST
def end(request: DeskRequest, page_id: int, link: Any) -> HttpResponse:
    """End one link of one page."""
    page = _page(request, page_id)
    end_share(get_object_or_404(SharedDraft, pk=link, page=page, ended_at=None), by=request.user)
    messages.success(request, _("The link was ended. Whoever opens it reads that it is over."))
    return HttpResponseRedirect(reverse("editorial_shared", args=[page.pk]))


def _page(request: DeskRequest, page_id: int) -> BasePage:
    page: BasePage = get_object_or_404(BasePage, pk=page_id).specific
    foreign = queries.foreign_pages([page.pk], viewer=request.user)
    if foreign or page.depth <= SITE_ROOT_DEPTH or not page.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    return page
