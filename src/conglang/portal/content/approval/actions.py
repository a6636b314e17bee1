"""Asking for approval, agreeing, sending back. What the last of a chain agrees to is published with it."""

from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.actions.publish_page_revision import PublishPageRevisionAction
from wagtail.log_actions import log
from wagtail.models import Revision

from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pagebase.recording import thing_of
from conglang.portal.identity.accounts.models import User
from conglang.portal.identity.accounts.recording import note as record
from conglang.portal.identity.accounts.rules import Role
from conglang.portal.identity.audit.rules import Kind

from . import queries
from .models import AgreedFile, Decision, Request
from .rules import Objection
from .signals import request_moved


class CannotAsk(Exception):
    """Nothing was asked; the text says why and what to do."""


class CannotDecide(Exception):
    """Nothing was decided; the text says why and what to do next. ``objection`` for programs."""

    def __init__(self, objection: Objection) -> None:
        super().__init__(str(words_of(objection)))
        self.objection = objection


def words_of(objection: Objection) -> str:
    """Say to a person why they cannot decide."""
    return {
        Objection.CLOSED: _("This request is closed already: somebody has decided, or it was taken back."),
        Objection.NO_ROLE: _("You are not among those who approve texts of this site."),
        Objection.OWN_TEXT: _(
            "You wrote a part of this text, or approved it before. Another person has to approve it."
        ),
        Objection.CHANGED: _("The text was changed after approval was asked for. Its author has to ask again."),
    }[objection]  # fmt: skip


@transaction.atomic
def ask(page: BasePage, *, by: User, note: str = "", emergency: bool = False) -> Request:
    """Ask that the newest revision of a page go public. Asking again replaces what was asked. Raises CannotAsk."""
    stored = _locked(page.pk)
    if stored.site is None or stored.latest_revision_id is None:
        raise CannotAsk(_("Save the text first; then ask for approval."))
    if stored.live and not stored.has_unpublished_changes:
        raise CannotAsk(_("Readers see this text already. There is nothing to approve."))
    _close(Request.objects.filter(page=stored, state=Request.State.WAITING), Request.State.TAKEN_BACK)
    row = Request.objects.create(
        page=stored, site=stored.site, digest=queries.digest_of(stored), chain=list(queries.chain_for(stored)),
        asked_by=by, note=note.strip()[:1000],
    )  # fmt: skip
    _record(Kind.SUBMITTED, row, by=by)
    if not emergency:
        _moved(row)
    return row


@transaction.atomic
def ask_for_city(page: BasePage, *, by: User, reason: str) -> Request:
    """Ask, for the city and over the unit's head, that the newest revision go public. Raises CannotAsk.

    One more person of the city agrees as to any request; whatever the unit had asked about this page is replaced.
    """
    if not queries.is_of_city(by):
        raise CannotAsk(_("Only people of the city may do this."))
    if not reason.strip():
        raise CannotAsk(
            _("Say why the city acts over the unit's head. The unit reads it, and it stays on record.")
        )
    row = ask(page, by=by, note=reason, emergency=True)
    row.emergency, row.chain = True, [Role.CENTRE_APPROVER.value]
    row.save(update_fields=["emergency", "chain"])
    _moved(row)
    return row


def agree(request: Request, *, by: User, seen: str, remark: str = "") -> Request:
    """Agree to what ``seen`` is the digest of. At the end of the chain it is published, or waits for its moment.

    Raises CannotDecide; a request whose text has changed is void from then on.
    """
    try:
        return _agree(request, by, seen, remark)
    except _Changed:
        _void(request)
        raise


class _Changed(CannotDecide):
    def __init__(self) -> None:
        super().__init__(Objection.CHANGED)


@transaction.atomic
def _agree(request: Request, by: User, seen: str, remark: str) -> Request:
    row = _open_row(request, by)
    text = queries.newest(row.page)
    if queries.digest_of_newest(row.page, text) != row.digest or seen != row.digest:
        raise _Changed
    _note(row, Decision.Verdict.AGREED, by, remark)
    _record(Kind.APPROVED, row, by=by, step=row.step + 1, of=len(row.chain))
    row.step += 1
    if row.step == len(row.chain):
        _publish(row, text, by)
    else:
        row.save()
    _moved(row)
    return row


@transaction.atomic
def send_back(request: Request, *, by: User, remark: str) -> Request:
    """Send a text back to its author with a remark. Raises CannotDecide."""
    row = _open_row(request, by)
    _note(row, Decision.Verdict.SENT_BACK, by, remark)
    row.state, row.ended_at = Request.State.SENT_BACK, timezone.now()
    row.save()
    _record(Kind.SENT_BACK, row, by=by)
    _moved(row)
    return row


@transaction.atomic
def take_back(request: Request, *, by: User) -> bool:
    """Take back what one asked for oneself. Return whether it was still open."""
    mine = Request.objects.filter(pk=request.pk, asked_by=by, state=Request.State.WAITING)
    closed = bool(_close(mine, Request.State.TAKEN_BACK))
    if closed:
        _record(Kind.TAKEN_BACK, request, by=by)
        _moved(Request.objects.get(pk=request.pk))
    return closed


@transaction.atomic
def void_if_changed(pk: int, revision: Revision) -> bool:
    """A request is void once a revision says something else than what was asked about. Return whether one was.

    The page is locked before the request, as everywhere here: whoever approves at this moment must not wait for us in
    the other order.
    """
    page = _locked(pk)
    row = queries.open_request(page)
    if row is None or queries.digest_of(page, revision) == row.digest:
        return False
    return _void(row)


def _open_row(request: Request, by: User) -> Request:
    """The request, with its page held until the end of the transaction: nobody saves a draft meanwhile."""
    page = _locked(request.page_id)
    row = Request.objects.select_for_update(of=("self",)).select_related("site__unit").get(pk=request.pk)
    if page.site_id == row.site_id:
        page.site = row.site
    row.page = page
    if (objection := queries.objection(row, viewer=by)) is not None:
        raise CannotDecide(objection)
    return row


def _locked(pk: int) -> BasePage:
    page: BasePage = BasePage.objects.select_for_update(of=("self",)).get(pk=pk).specific
    return page


@transaction.atomic
def _void(row: Request) -> bool:
    waiting = Request.objects.filter(pk=row.pk, state=Request.State.WAITING)
    closed = bool(_close(waiting, Request.State.VOID))
    if closed:
        _record(Kind.VOIDED, row)
        row.state = Request.State.VOID
        _moved(row)
    return closed


def _moved(row: Request) -> None:
    request_moved.send(sender=Request, row=row)


def _close(rows: Any, state: Request.State) -> int:
    return int(rows.update(state=state, ended_at=timezone.now()))


def _record(kind: Kind, row: Request, *, by: User | None = None, **details: int) -> None:
    """Put a step of a request down in the audit record, with the digest of the very content it is about."""
    record(kind, thing_of(row.page), by=by, request=row.pk, digest=row.digest, **details)


def _absent(row: Request, by: User) -> User | None:
    """In whose stead ``by`` decides; None for who holds the role."""
    if any(queries.holds_for(by, role, row.site) for role in queries.roles_of(row)):
        return None
    return queries.absent_approver(row, queries.authors_of(row.page) | {row.asked_by_id}, viewer=by)


def _note(row: Request, verdict: Decision.Verdict, by: User, remark: str) -> None:
    role, absent = row.chain[row.step], _absent(row, by)
    Decision.objects.create(
        request=row,
        on_behalf_of=absent,
        step=row.step,
        role=role,
        verdict=verdict,
        digest=row.digest,
        by=by,
        remark=remark.strip(),
    )


def _publish(row: Request, text: queries.Newest, by: User) -> None:
    """Make public the very text whose digest was compared: nothing is read a second time."""
    revision = text.revision
    Request.objects.filter(revision=revision).update(revision=None)  # approved before, and taken down since
    row.state, row.ended_at = Request.State.APPROVED, timezone.now()
    row.revision, row.approved_by = revision, by
    row.save()
    agreed = [AgreedFile(model=model, uuid=uuid) for model, uuid in queries.files_of(text)]
    AgreedFile.objects.bulk_create(agreed, ignore_conflicts=True)
    _Publishing(text, by).execute(skip_permission_checks=True)
    if row.emergency:
        data = {"reason": row.note, "asked_by": row.asked_by.get_full_name() or row.asked_by.username}
        log(row.page, "approval.city_publish", user=by, data=data)


class _Publishing(PublishPageRevisionAction):
    """Wagtail's own publishing of a revision, with the text that was made of it already.

    What the text refers to was looked up when it was made; validation does not look for it one by one again.
    """

    def __init__(self, text: queries.Newest, by: User) -> None:
        text.revision.as_object = lambda: text.draft  # asked for by the constructor alone
        super().__init__(text.revision, user=by)
        del text.revision.as_object
        draft = text.draft
        relations = [field for field in draft._meta.concrete_fields if field.is_relation]
        looked_up = {field.name for field in relations if getattr(draft, field.attname) is not None}
        draft.full_clean = partial(draft.full_clean, exclude=looked_up)
