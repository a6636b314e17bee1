"""What ends by itself at the desk: every minute."""

from django.utils import timezone
from procrastinate.contrib.django import app

from . import acts


@app.periodic(cron="* * * * *")
@app.task(name="editorial.lapse", queue="sweeping")
def lapse(timestamp: int) -> None:
    """Put back what one person took down a day ago, and nobody else has confirmed."""
    acts.lapse_due(now=timezone.now())
