"""Every night: accounts that nobody uses are closed, sign-ins that are over are forgotten."""

import logging

from django.contrib.sessions.models import Session
from django.utils import timezone
from procrastinate.contrib.django import app

from .closing import close_unused

logger = logging.getLogger(__name__)


@app.periodic(cron="20 2 * * *")
@app.task(name="accounts.close_unused", queue="sweeping")
def close_unused_accounts(timestamp: int) -> None:
    """Close them, and say how many in the log; who they are stands in the record."""
    if closed := close_unused():
        logger.warning("%s accounts were closed: nobody used them for long", len(closed))


@app.periodic(cron="30 2 * * *")
@app.task(name="accounts.forget_sessions", queue="sweeping")
def forget_sessions(timestamp: int) -> None:
    """Remove what is over: whoever knocks at the door leaves a row, too."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
