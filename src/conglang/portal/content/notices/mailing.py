"""One message for all that somebody has not been told by e-mail yet."""

import hashlib
import logging
from datetime import datetime
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from conglang.portal.identity.accounts.models import User

from . import queries
from .models import Notice, Wish
from .rules import Mail, is_due

logger = logging.getLogger(__name__)
MOST = 30  # lines of a message


def send_due(*, now: datetime) -> int:
    """Send what is due; return how many messages went out. Nothing is sent while no mail server is set.

    A message that was sent and whose note was lost in a crash is sent once more, under the same Message-ID.
    """
    if not settings.EMAIL_HOST:
        return 0
    waiting = Notice.objects.filter(mailed_at=None, read_at=None).order_by().values_list("person", flat=True)
    people = User.objects.filter(pk__in=waiting.distinct(), is_active=True).exclude(email="")
    return sum(_send_to(person, now) for person in people)


@transaction.atomic
def _send_to(person: User, now: datetime) -> int:
    wish, _made = Wish.objects.get_or_create(person=person)
    Wish.objects.select_for_update().get(pk=wish.pk)
    rows = list(queries.notices_of(viewer=person).filter(mailed_at=None, read_at=None).order_by("at")[:MOST])
    local = timezone.localtime
    last = local(wish.last_mail_at) if wish.last_mail_at else None
    if not rows or not is_due(Mail(wish.mail), oldest=local(rows[0].at), last_mail=last, now=local(now)):
        return 0
    try:
        message(person, rows).send()
    except (OSError, SMTPException) as trouble:  # the next minute tries again
        logger.warning("An e-mail could not be sent: %s", type(trouble).__name__)
        return 0
    Notice.objects.filter(pk__in=[row.pk for row in rows]).update(mailed_at=now)
    Wish.objects.filter(pk=wish.pk).update(last_mail_at=now)
    return 1


def message(person: User, rows: list[Notice]) -> EmailMessage:
    """Return the message about these notices: titles and addresses at the desk, no text, nobody's name."""
    with override(settings.LANGUAGE_CODE):
        subject = ngettext(
            "%(count)s thing waits at the desk", "%(count)s things wait at the desk", len(rows)
        ) % {"count": len(rows)}
        lines = [f"• {row.get_event_display()}: «{row.title}» ({row.site.unit.full_name})\n  "
                 f"{settings.DESK_URL}{row.address}" for row in rows]  # fmt: skip
        end = _("You choose at the desk, under «Notices», how you are told. Nobody answers this address.")
    body = "\n\n".join([*lines, "-- ", f"{settings.WAGTAIL_SITE_NAME} · {end}"])
    return EmailMessage(
        f"[{settings.WAGTAIL_SITE_NAME}] {subject}", body, to=[person.email],
        headers={"Message-ID": _name_of(rows), "Auto-Submitted": "auto-generated", "Precedence": "bulk"},
    )  # fmt: skip


def _name_of(rows: list[Notice]) -> str:
    numbers = ",".join(str(row.pk) for row in rows)
    return f"<{hashlib.sha256(numbers.encode()).hexdigest()[:32]}@{settings.DESK_HOST}>"
