"""Carrying out what is due, each thing by itself: one that fails or hangs holds up no other."""

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from conglang.portal.publishing.rendering import actions as rendering

from .. import registry
from ..models import Moment
from ..rules import INSTANT, MOST_TRIES, State, deed_digest, retry_delay
from .calendar import settle_instants

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]


def fire(*, clock: Clock = timezone.now) -> int:
    """Carry out everything that is due by ``clock``; return how many things happened.

    May run in any number of processes at once, and may be killed anywhere: the change and the note that it was made are
    one transaction. First tries go before repeated ones. Must not run inside a transaction.
    """
    now = clock()
    rendering.mark_due(at=now)
    happened = settle_instants(now=clock())
    for pk in _due(now):
        happened += _carry_out(pk, clock)
    return happened


def _due(now: datetime) -> list[int]:
    ready = Q(not_before=None) | Q(not_before__lte=now)
    waiting = Moment.objects.filter(ready, state=State.WAITING, due__lte=now).exclude(planner=INSTANT)
    return list(waiting.order_by("tries", "due", "pk").values_list("pk", flat=True))


def _carry_out(pk: int, clock: Clock) -> bool:
    try:
        with transaction.atomic(durable=True):
            _set_limits()
            # Another process at work on it has it; whoever comes second finds it done.
            row = (
                Moment.objects.select_for_update(skip_locked=True).filter(pk=pk, state=State.WAITING).first()
            )
            return row is not None and _do(row, clock)
    except Exception as error:  # whatever a page, a receiver or the database can raise
        logger.exception("Moment %s failed", pk)
        _note_failure(pk, error, clock())
        return False


def _set_limits() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '3s'")
        cursor.execute("SET LOCAL statement_timeout = '30s'")


def _do(row: Moment, clock: Clock) -> bool:
    digest = carry_out(row, at=clock())
    row.state = State.DROPPED if digest is None else State.DONE
    row.error = row.warning = ""
    if digest is not None:
        rendering.note_deed(digest)
        row.done_at = clock()
    row.save(update_fields=["state", "error", "warning", "done_at"])
    return digest is not None


def carry_out(row: Moment, *, at: datetime) -> str | None:
    """Make the change in the caller's transaction; the digest that names it, or None when it is not wanted any more.

    Raises LookupError when nobody knows how any more, and whatever the planner raises.
    """
    planner = registry.planner(row.planner)
    if planner is None:
        raise LookupError(f"Nobody carries out «{row.planner}» any more.")
    what = planner.carry_out(row.ident, due=row.due, at=at)
    return None if what is None else deed_digest(row.planner, row.ident, row.due, what)


def _note_failure(pk: int, error: Exception, now: datetime) -> None:
    row = Moment.objects.filter(pk=pk, state=State.WAITING).first()
    if row is None:
        return
    row.tries += 1
    row.error = f"{type(error).__name__}: {error}"[:2000]
    row.not_before = now + retry_delay(row.tries)
    row.state = State.FAILED if row.tries >= MOST_TRIES else State.WAITING
    row.save(update_fields=["tries", "error", "not_before", "state"])
