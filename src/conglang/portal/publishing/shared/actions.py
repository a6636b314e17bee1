"""Asking the signer to announce something, and bringing into the database what was announced, by whatever way."""

import hashlib
import logging
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction

from conglang.portal.identity.accounts.models import User
from conglang.portal.identity.audit.actions import note
from conglang.portal.identity.audit.rules import Kind, Thing, ThingKind
from conglang.portal.publishing.rendering.actions import touch
from conglang.portal.publishing.rendering.rules import Cause
from conglang.wire.envelope import EnvelopeError, Sealed, newest, unseal
from conglang.wire.release import Authority, AuthorityKind, SignerClient, StateAnswer, StateRequest
from conglang.wire.state import State, StateError, encode_state, instant, state_to_json
from conglang.wire.state_record import Said, history, record

from . import queries
from .models import Announced

logger = logging.getLogger(__name__)


def announce(
    state: State, *, by: User, second: User | None, cause: str, after: int | None, at: datetime
) -> StateAnswer:
    """Have the signer sign what all sites say from now on.

    Raises PermissionDenied for whoever may not, StateError with the signer's sentence when he refuses, and
    SignerUnavailable; nothing is announced then. ``after``: the version that ``by`` has looked at. Without ``second``
    only a demonstration network says yes.
    """
    if not queries.may_announce(viewer=by) or (second and not queries.may_announce(viewer=second)):
        raise PermissionDenied
    people = tuple(one.get_full_name() or one.get_username() for one in (by, second) if one is not None)
    kind = AuthorityKind.CITY_EMERGENCY if second else AuthorityKind.DEMO
    client = SignerClient(Path(settings.DATA) / "spool" / "signer.sock", answer_timeout=10)
    answer = client.state(StateRequest(state, Authority(kind, people, at), cause, after))
    if isinstance(answer, StateError):
        raise answer
    follow(_own(answer, people, kind, cause))
    return answer


def _own(answer: StateAnswer, people: tuple[str, ...], kind: AuthorityKind, cause: str) -> Said | None:
    """The record of what we asked for ourselves: the signer's may be closed to us."""
    found = queries.signed()
    if answer.unchanged or found is None or found[1] != answer.version:
        return None
    state = state_to_json(found[0])
    return Said(answer.version, state["at"], kind.value, people, cause, "signer", state)


def follow(own: Said | None = None) -> bool:
    """Compare the signed file with what is known; when it says something else, note it and have the pages rendered
    that carry it. True when something was noted. A file that nobody entitled signed is logged and left alone.
    """
    sealed = _signed()
    if sealed is None:
        return False
    known = Announced.objects.first()
    digest = hashlib.sha256(encode_state(sealed.state)).hexdigest()
    first = own is None and record(Path(settings.DATA), sealed.version) is None
    if known is None and sealed.state.is_silent and first:
        return False  # nobody said it: a network begins so
    if known is not None and (known.version >= sealed.version or known.digest == digest):
        return False
    records = {said.version: said for said in history(Path(settings.DATA))}
    if own is not None:
        records[own.version] = own
    with transaction.atomic():
        for said in records.values():
            _note_past(said, before=sealed.version)
        noted = _note(sealed, digest, records)
        touch([queries.KEY], cause=Cause("announce", title=noted.cause, name=", ".join(noted.people)))
    return True


def _signed() -> Sealed | None:
    file = queries.state_file()
    try:
        return unseal(file.read_bytes(), newest(file.parents[1] / "metadata", "targets"))
    except FileNotFoundError:
        return None
    except (OSError, EnvelopeError) as error:
        logger.warning("The announcements in the store are not taken: %s", error)
        return None


def _note(sealed: Sealed, digest: str, records: dict[int, Said]) -> Announced:
    """The state shown now. After a renewal its record is that of the version in which it was said."""
    said = next((one for one in records.values() if one.at == instant(sealed.state.at)), None)
    noted, fresh = Announced.objects.get_or_create(
        version=sealed.version,
        defaults={
            "at": sealed.state.at,
            "state": state_to_json(sealed.state),
            "digest": digest,
            "kind": said.kind if said else AuthorityKind.CITY_EMERGENCY.value,
            "people": list(said.people) if said else ["duty"],  # signed, but its record was lost
            "cause": said.cause if said else "",
            "signed_by": said.signed_by if said else "",
        },
    )
    if fresh:
        _record(noted)
    return noted


def _record(row: Announced) -> None:
    """Also of what a duty person's own key said while the portal was away: put down when the portal hears of it."""
    note(
        Kind.ANNOUNCED, Thing(ThingKind.ANNOUNCEMENT, str(row.version)), authority=row.kind, people=list(row.people),
        signed_by=row.signed_by, digest=row.digest,
    )  # fmt: skip


def _note_past(said: Said, *, before: int) -> None:
    """Two changes within one look: readers of pages saw only the second, the record has both."""
    if said.version < before:
        noted, fresh = Announced.objects.get_or_create(
            version=said.version,
            defaults={
                "at": datetime.fromisoformat(said.at),
                "state": said.state,
                "digest": hashlib.sha256(str(said.state).encode()).hexdigest(),
                "kind": said.kind,
                "people": list(said.people),
                "cause": said.cause,
                "signed_by": said.signed_by,
            },
        )
        if fresh:
            _record(noted)
