"""Taking a page down with a notice that says why, and putting it back."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.log_actions import log

from conglang.portal.content.pagebase.models import SITE_ROOT_DEPTH, BasePage
from conglang.portal.identity.accounts.models import User
from conglang.portal.publishing.rendering.actions import touch
from conglang.portal.publishing.rendering.rules import Subject

from .. import keys
from ..models import Withdrawal


class CannotWithdraw(Exception):
    """The page cannot be taken down with a notice, or put back; the text says what to do instead."""


@transaction.atomic
def withdraw(
    page: BasePage,
    *,
    reason: str,
    text: str = "",
    replacement: BasePage | None = None,
    by: User | None = None,
    second: User | None = None,
    provisional: bool = False,
    emergency: bool = False,
) -> Withdrawal:
    """Take a live page down: its addresses answer 410 with a notice, lists and feeds drop it.

    ``reason``: a value of Withdrawal.Reason. ``provisional``: readers get none of these words before
    `confirm_withdrawal`. ``second``: who agreed; ``emergency``: both are of the city. Raises CannotWithdraw for a page
    that is not live, a site's home page and one with live pages below it.
    """
    found = BasePage.objects.select_for_update().get(pk=page.pk)
    if not found.live:
        raise CannotWithdraw(_("This page is not published, so there is nothing to take down."))
    if found.depth <= SITE_ROOT_DEPTH:
        raise CannotWithdraw(_("The home page of a site cannot be taken down."))
    if found.get_descendants().live().exists():
        raise CannotWithdraw(
            _("There are published pages below this one. Take those down first, or move them.")
        )
    notice = Withdrawal.objects.create(
        page=found, reason=Withdrawal.Reason(reason), text=text.strip(), replacement=replacement, by=by,
        at=timezone.now(), revision=found.live_revision or found.specific.save_revision(clean=False),
        second=second, provisional=provisional, emergency=emergency,
    )  # fmt: skip
    UnpublishPageAction(found.specific, user=by, log_action=False).execute(skip_permission_checks=True)
    log(found, "pages.withdraw", user=by, data={"reason": notice.reason, "text": notice.text})
    _show(found)
    return notice


def _show(page: BasePage) -> None:
    key = page.site.key if page.site else ""
    touch([keys.notice(page.uuid)], first=[Subject("withdrawn", key, str(page.uuid))])


@transaction.atomic
def confirm_withdrawal(page: BasePage, *, second: User) -> Withdrawal:
    """Let readers have the words of a provisional notice: a second person has agreed to them. Raises CannotWithdraw."""
    notice = Withdrawal.objects.select_for_update().filter(page_id=page.pk, ended_at=None).first()
    if notice is None or not notice.provisional or notice.by_id == second.pk:
        raise CannotWithdraw(_("This page was not taken down provisionally by somebody else."))
    notice.provisional, notice.second = False, second
    notice.save(update_fields=["provisional", "second"])
    _show(page)
    return notice


@transaction.atomic
def undo_withdrawal(page: BasePage, *, by: User | None = None) -> None:
    """Publish again what readers saw before the page was taken down. Raises CannotWithdraw when no notice stands."""
    notice = Withdrawal.objects.select_for_update().filter(page_id=page.pk, ended_at=None).first()
    if notice is None:
        raise CannotWithdraw(_("This page was not taken down with a notice."))
    if notice.revision is None:
        raise CannotWithdraw(_("What readers saw is not kept any more. Send the page for approval instead."))
    notice.revision.publish(user=by, skip_permission_checks=True)


def end_withdrawal(page_id: int) -> bool:
    """Note that a page is public again, however that came about; return whether a notice stood."""
    return bool(Withdrawal.objects.filter(page_id=page_id, ended_at=None).update(ended_at=timezone.now()))
