"""The look at the signed announcements, whoever signed them: every five seconds."""

from procrastinate import JobContext
from procrastinate.contrib.django import app

from . import actions


@app.periodic(cron="* * * * * */5")
@app.task(name="shared.follow", queue="sweeping", pass_context=True)
def follow(context: JobContext, timestamp: int) -> None:
    """Bring home pages and /khan-cap/ up to what is announced."""
    actions.follow()
