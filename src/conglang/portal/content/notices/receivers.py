"""Whoever has to act next is told, and whoever asked is told what became of it."""

from typing import Any

from django.dispatch import receiver
from django.urls import reverse

from conglang.portal.content.approval import queries as approvals
from conglang.portal.content.approval.models import Proposal, Request
from conglang.portal.content.approval.rules import Outcome, State
from conglang.portal.content.approval.signals import proposal_moved, request_moved

from . import actions
from .rules import Event

OUTCOMES = {Outcome.CONFIRMED: Event.CONFIRMED, Outcome.REFUSED: Event.REFUSED, Outcome.LAPSED: Event.LAPSED}
ENDS = {State.SENT_BACK: Event.SENT_BACK, State.APPROVED: Event.APPROVED, State.VOID: Event.VOID}


@receiver(request_moved)
def tell_of_request(sender: Any, row: Request, **_: Any) -> None:
    address = reverse("editorial_approval", args=[row.pk])
    actions.settle(address, events=[Event.TO_APPROVE])
    told = {"site": row.site, "title": row.page.draft_title or row.page.title, "address": address}
    state = State(row.state)
    if state is State.WAITING:
        actions.tell(approvals.deciders_of(row), Event.TO_APPROVE, **told)
    elif state in ENDS:
        actions.tell([row.asked_by], ENDS[state], **told)


@receiver(proposal_moved)
def tell_of_proposal(sender: Any, row: Proposal, **_: Any) -> None:
    address = reverse("editorial_proposal", args=[row.pk])
    actions.settle(address, events=[Event.TO_CONFIRM])
    told = {"site": row.site, "title": row.page.draft_title or row.page.title, "address": address}
    outcome = Outcome(row.outcome)
    if outcome is Outcome.WAITING:
        actions.tell(approvals.confirmers_of(row), Event.TO_CONFIRM, **told)
    elif outcome in OUTCOMES:
        actions.tell([row.by], OUTCOMES[outcome], **told)
