"""The screens of approval: what waits for me, one text with what readers will see, and what I decide."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from wagtail.admin import messages

from conglang.portal.content.approval import actions as approval
from conglang.portal.content.approval import queries as approvals
from conglang.portal.content.approval.models import Request
from conglang.portal.content.pages.preview import CannotPreview, render_draft

from . import actions, queries
from .differences import Change, Stretch, compared, folded, lines_of, unmarked
from .requests import DeskRequest
from .sign_ins import proof_first

ASK = "action-ask-approval"  # the name of the button in the form of a page


def waiting(request: DeskRequest) -> HttpResponse:
    """What waits for this person's approval, oldest first."""
    context = {
        "page_title": _("Waiting for your approval"),
        "requests": approvals.waiting_for(viewer=request.user),
    }
    return render(request, "editorial/approvals.html", context)


def one(request: DeskRequest, pk: int) -> HttpResponse:
    """One text: who wrote it, what readers will see differently, and the two buttons."""
    row = _row(request, pk)
    objection = approvals.objection(row, viewer=request.user)
    context = {
        "page_title": row.page.get_admin_display_title(), "row": row,
        "decisions": row.decisions.select_related("by", "on_behalf_of"),
        "may_decide": objection is None, "is_open": row.state == Request.State.WAITING,
        "why_not": approval.words_of(objection) if objection else "", "is_mine": row.asked_by_id == request.user.pk,
        **_shown(row, request),
    }  # fmt: skip
    return render(request, "editorial/approval.html", context)


def _shown(row: Request, request: DeskRequest) -> dict[str, Any]:
    """The draft as the reader will get it, against what they have. Only of a request that is open."""
    if row.state != Request.State.WAITING:
        return {"stretches": [], "is_new": not row.page.live}
    draft = row.page.get_latest_revision_as_object()
    try:
        after = lines_of(render_draft(draft, request.user))
        before = lines_of(render_draft(row.page, request.user)) if row.page.live else []
    except CannotPreview:
        return {"stretches": [], "is_new": not row.page.live, "cannot_show": True}
    lines = compared(before, after) if row.page.live else unmarked(after)
    changed = any(piece.change is not Change.SAME for line in lines for piece in line)
    return {
        "stretches": folded(lines) if row.page.live else [Stretch(tuple(lines))],
        "is_new": not row.page.live, "same_words": row.page.live and not changed, "draft": draft,
        "publishes_at": draft.go_live_at,
    }  # fmt: skip


def look(request: DeskRequest, pk: int) -> HttpResponse:
    """The draft as a page, on the preview host."""
    row = _row(request, pk)
    return HttpResponseRedirect(
        actions.open_preview(row.page.get_latest_revision_as_object(), viewer=request.user)
    )


@require_POST
def agree(request: DeskRequest, pk: int) -> HttpResponse:
    """Approve exactly what was shown; the next one waiting follows at once."""
    row, seen = _row(request, pk), request.POST.get("seen", "")
    if row.emergency and (proof := proof_first(request, reverse("editorial_approval", args=[pk]))):
        return proof
    remark = request.POST.get("remark", "")
    return _decide(request, row, lambda: approval.agree(row, by=request.user, seen=seen, remark=remark))


@require_POST
def send_back(request: DeskRequest, pk: int) -> HttpResponse:
    """Send a text back; the author reads the remark at the top of «My work»."""
    row, remark = _row(request, pk), request.POST.get("remark", "").strip()
    if not remark:
        messages.error(request, _("Say in a sentence what should be changed; the author reads it."))
        return HttpResponseRedirect(reverse("editorial_approval", args=[pk]))
    return _decide(request, row, lambda: approval.send_back(row, by=request.user, remark=remark))


def _decide(request: DeskRequest, row: Request, decide: Callable[[], Request]) -> HttpResponse:
    try:
        done = decide()
    except approval.CannotDecide as reason:
        messages.error(request, str(reason))
        return HttpResponseRedirect(reverse("editorial_approval", args=[row.pk]))
    messages.success(request, _told(done) % row.page.get_admin_display_title())
    left = approvals.waiting_for(viewer=request.user)
    return HttpResponseRedirect(
        reverse("editorial_approval", args=[left[0].pk]) if left else reverse("wagtailadmin_home")
    )


def _told(row: Request) -> str:
    if row.state == Request.State.SENT_BACK:
        return _("«%s» was sent back to its author.")
    if row.state == Request.State.WAITING:
        return _("«%s» is approved by you and waits for the next person.")
    if row.revision and row.revision.approved_go_live_at:
        return _("«%s» is approved and goes public at its time.")
    return _("«%s» is approved. Readers see it within seconds.")


@require_POST
def take_back(request: DeskRequest, pk: int) -> HttpResponse:
    """Withdraw one's own request, to write on."""
    row = _row(request, pk)
    if approval.take_back(row, by=request.user):
        messages.success(request, _("The request was taken back. You can go on writing."))
    else:
        messages.error(request, _("This request is closed already, or somebody else's."))
    return HttpResponseRedirect(reverse("wagtailadmin_pages:edit", args=[row.page_id]))


def _row(request: DeskRequest, pk: int) -> Request:
    """A request about a page of the viewer's own sites; 404 for every other, as if it did not exist."""
    row = Request.objects.select_related("page", "site__unit", "asked_by", "revision").filter(pk=pk).first()
    if row is None or queries.foreign_pages([row.page_id], viewer=request.user):
        raise Http404
    row.page = row.page.specific
    return row


def ask_after_saving(request: DeskRequest, page: Any) -> HttpResponse | None:
    """The button «send for approval» was pressed in the form that has just been saved."""
    if ASK not in request.POST:
        return None
    try:
        approval.ask(page, by=request.user)
    except approval.CannotAsk as reason:
        messages.error(request, str(reason))
        return HttpResponseRedirect(reverse("wagtailadmin_pages:edit", args=[page.pk]))
    told = _("«%s» was sent for approval. You read here what becomes of it.")
    messages.success(request, told % page.get_admin_display_title())
    return HttpResponseRedirect(reverse("wagtailadmin_home"))
