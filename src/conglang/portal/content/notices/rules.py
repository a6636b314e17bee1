"""What people are told about, how, and when. Plain Python."""

from datetime import datetime, time, timedelta
from enum import StrEnum


class Event(StrEnum):
    """What happened. The value is what the database keeps."""

    TO_APPROVE = "to-approve"  # a text waits for this person
    SENT_BACK = "sent-back"  # theirs came back with a remark
    APPROVED = "approved"  # theirs goes public
    VOID = "void"  # theirs was changed while it waited
    TO_CONFIRM = "to-confirm"  # an act waits for a second person
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    LAPSED = "lapsed"


class Mail(StrEnum):
    """How somebody wants e-mail."""

    SOON = "soon"
    DAILY = "daily"
    NEVER = "never"


GATHERING = timedelta(minutes=2)  # what comes in so short a time is one message
MORNING = time(7, 30)  # of the office's clock: the message of a day
QUIET_FROM, QUIET_UNTIL = time(21), time(6)
KEPT = timedelta(days=90)


def is_due(wish: Mail, *, oldest: datetime, last_mail: datetime | None, now: datetime) -> bool:
    """Say whether somebody gets a message now. ``oldest``: their oldest notice not sent. All in the office's time."""
    if wish is Mail.NEVER:
        return False
    if wish is Mail.DAILY:
        this_morning = now.replace(hour=MORNING.hour, minute=MORNING.minute, second=0, microsecond=0)
        return now >= this_morning > oldest and (last_mail is None or last_mail < this_morning)
    if now.time() >= QUIET_FROM or now.time() < QUIET_UNTIL:
        return False
    return now - oldest >= GATHERING
