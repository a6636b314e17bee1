"""Every minute the messages that are due; every night what is old."""

from django.utils import timezone
from procrastinate.contrib.django import app

from . import actions
from .mailing import send_due


@app.periodic(cron="* * * * *")
@app.task(name="notices.mail", queue="sweeping")
def mail(timestamp: int) -> None:
    """Send what is due."""
    send_due(now=timezone.now())


@app.periodic(cron="40 2 * * *")
@app.task(name="notices.forget", queue="sweeping")
def forget(timestamp: int) -> None:
    """Remove what is older than three months."""
    actions.forget_old()
