"""What two people do to a page besides publishing a text: take it down, put it back, act for the city in an emergency.

Here stands what each act does when it is proposed, confirmed, refused, taken back or left without an answer.
"""

import logging
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from wagtail.log_actions import log

from conglang.portal.content.approval import proposing
from conglang.portal.content.approval.models import Proposal
from conglang.portal.content.approval.rules import PROVISIONAL_LIFE, Act
from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pages import actions as pages
from conglang.portal.content.pages.models import Withdrawal
from conglang.portal.identity.accounts.models import User

logger = logging.getLogger(__name__)
# What was taken down for these stays down when nobody answers: to show it again could do harm that cannot be undone.
STAYS_DOWN = frozenset({Withdrawal.Reason.PERSONAL, Withdrawal.Reason.DEMANDED})


@transaction.atomic
def take_down(page: BasePage, *, by: User, reason: str, text: str, replacement: BasePage | None) -> Proposal:
    """Take a page down at once; another person confirms within a day. Raises CannotWithdraw, NotPossible."""
    facts = _facts(reason, text, replacement)
    why = f"{Withdrawal.Reason(reason).label}. {text}".strip()
    row = proposing.propose(
        Act.TAKE_DOWN, page, by=by, reason=why, facts=facts, due_at=timezone.now() + PROVISIONAL_LIFE
    )
    pages.withdraw(page, by=by, reason=reason, text=text, replacement=replacement, provisional=True)
    return row


def put_back(page: BasePage, *, by: User, why: str) -> Proposal:
    """Propose that readers get again what was taken down. Raises NotPossible."""
    return proposing.propose(Act.PUT_BACK, page, by=by, reason=why, facts={})


def take_down_for_city(page: BasePage, *, by: User, why: str, reason: str, text: str) -> Proposal:
    """Propose, for the city, that a page of any site is taken down without its unit. Raises NotPossible."""
    return proposing.propose(Act.CITY_TAKE_DOWN, page, by=by, reason=why, facts=_facts(reason, text, None))


def _facts(reason: str, text: str, replacement: BasePage | None) -> dict[str, Any]:
    return {"reason": reason, "text": text, "replacement": replacement.pk if replacement else None}


def confirm(row: Proposal, *, by: User) -> Proposal:
    """Do what was proposed. Raises NotPossible, and CannotWithdraw when the page is no more what it was about."""
    return proposing.confirm(row, by=by, work=_confirmed)


def refuse(row: Proposal, *, by: User, remark: str) -> Proposal:
    """Leave things as they were before the proposal. Raises NotPossible."""
    return proposing.refuse(row, by=by, remark=remark, work=_undone)


def take_back(row: Proposal, *, by: User) -> bool:
    """Take back one's own proposal; what was taken down provisionally is public again. Return whether it was open."""
    return proposing.take_back(row, by=by, work=_undone)


def lapse_due(*, now: datetime) -> int:
    """End every proposal whose day has passed without an answer; return how many."""
    due = Proposal.objects.filter(outcome=Proposal.Outcome.WAITING, due_at__lte=now)
    due = due.exclude(facts__reason__in=sorted(STAYS_DOWN))
    return sum(proposing.lapse(row, at=now, work=_undone) for row in due)


def _confirmed(row: Proposal) -> None:
    assert row.decided_by is not None
    page: BasePage = row.page.specific
    if row.act == Act.TAKE_DOWN:
        pages.confirm_withdrawal(page, second=row.decided_by)
    elif row.act == Act.PUT_BACK:
        pages.undo_withdrawal(page, by=row.decided_by)
    else:
        words = {"reason": row.facts["reason"], "text": row.facts["text"]}
        pages.withdraw(page, by=row.by, second=row.decided_by, emergency=True, **words)
        data = {"reason": row.reason, "asked_by": row.by.get_full_name() or row.by.username}
        log(page, "approval.city_take_down", user=row.decided_by, data=data)


def _undone(row: Proposal) -> None:
    """Only a provisional taking down has done something already. The page may have gone public otherwise meanwhile."""
    if row.act != Act.TAKE_DOWN:
        return
    try:
        pages.undo_withdrawal(row.page, by=row.decided_by)
    except pages.CannotWithdraw as reason:
        logger.info("Proposal %s is over, and page %s stays as it is: %s", row.pk, row.page_id, reason)
