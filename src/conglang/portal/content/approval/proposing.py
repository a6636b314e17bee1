"""One person proposes an act, another one confirms or refuses it. What is done then the caller says."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pagebase.recording import thing_of
from conglang.portal.identity.accounts.models import User
from conglang.portal.identity.accounts.recording import note as record
from conglang.portal.identity.audit.rules import Kind

from . import queries
from .models import Proposal
from .rules import Act
from .signals import proposal_moved

Work = Callable[[Proposal], Any]


class NotPossible(Exception):
    """Nothing was done; the text says why and what to do next."""


@transaction.atomic
def propose(
    act: Act,
    page: BasePage,
    *,
    by: User,
    reason: str,
    facts: Mapping[str, Any],
    due_at: datetime | None = None,
) -> Proposal:
    """Propose an act on a page; until somebody decides nothing else can be proposed about it. Raises NotPossible."""
    held = BasePage.objects.select_for_update(of=("self",)).select_related("site").get(pk=page.pk)
    if held.site is None or not queries.takes_part(act, held.site, viewer=by):
        raise NotPossible(_("You are not among those who may do this on this site."))
    if not reason.strip():
        raise NotPossible(_("Say why in a sentence: the second person reads it, and it stays on record."))
    if queries.open_proposal(held) is not None:
        raise NotPossible(
            _("Something about this page waits for a second person already. Have that decided first.")
        )
    row = Proposal.objects.create(
        act=act.value,
        page=held,
        site=held.site,
        by=by,
        reason=reason.strip()[:1000],
        facts=dict(facts),
        due_at=due_at,
    )
    _record(Kind.PROPOSED, row, by)
    return row


@transaction.atomic
def confirm(proposal: Proposal, *, by: User, work: Work) -> Proposal:
    """Confirm what somebody else proposed, and do it. Raises NotPossible."""
    row = _open(proposal, by)
    _close(row, Proposal.Outcome.CONFIRMED, by)
    work(row)
    _record(Kind.AGREED_TO, row, by)
    return row


@transaction.atomic
def refuse(proposal: Proposal, *, by: User, remark: str, work: Work) -> Proposal:
    """Refuse what somebody else proposed; ``work`` undoes what was done provisionally. Raises NotPossible."""
    row = _open(proposal, by)
    row.remark = remark.strip()[:1000]
    _close(row, Proposal.Outcome.REFUSED, by)
    work(row)
    _record(Kind.REFUSED, row, by)
    return row


@transaction.atomic
def take_back(proposal: Proposal, *, by: User, work: Work) -> bool:
    """Take back what one proposed oneself. Return whether it was still open."""
    row = _locked(proposal)
    if row.by_id != by.pk or row.outcome != Proposal.Outcome.WAITING:
        return False
    _close(row, Proposal.Outcome.TAKEN_BACK, by)
    work(row)
    _record(Kind.TAKEN_BACK, row, by)
    return True


@transaction.atomic
def lapse(proposal: Proposal, *, at: datetime, work: Work) -> bool:
    """End a proposal that nobody answered by ``due_at``. Return whether it was still open, and due."""
    row = _locked(proposal)
    if row.outcome != Proposal.Outcome.WAITING or row.due_at is None or row.due_at > at:
        return False
    _close(row, Proposal.Outcome.LAPSED, None)
    work(row)
    _record(Kind.LAPSED, row, None)
    return True


def _open(proposal: Proposal, by: User) -> Proposal:
    row = _locked(proposal)
    if row.outcome != Proposal.Outcome.WAITING:
        raise NotPossible(_("Somebody has decided about this already."))
    if not queries.takes_part(Act(row.act), row.site, viewer=by):
        raise NotPossible(_("You are not among those who may do this on this site."))
    if row.by_id == by.pk:
        raise NotPossible(_("You proposed this yourself. Another person has to confirm it."))
    return row


def _locked(proposal: Proposal) -> Proposal:
    """The proposal behind its page, as everywhere here."""
    BasePage.objects.select_for_update(of=("self",)).get(pk=proposal.page_id)
    return (
        Proposal.objects.select_for_update(of=("self",))
        .select_related("page__unit", "site__unit")
        .get(pk=proposal.pk)
    )


def _close(row: Proposal, outcome: Proposal.Outcome, by: User | None) -> None:
    row.outcome, row.decided_by, row.decided_at = outcome, by, timezone.now()
    row.save(update_fields=["outcome", "decided_by", "decided_at", "remark"])


def _record(kind: Kind, row: Proposal, by: User | None) -> None:
    record(kind, thing_of(row.page), by=by, proposal=row.pk, act=row.act)
    proposal_moved.send(sender=Proposal, row=row)
