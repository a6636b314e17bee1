"""Every night: accounts that nobody uses are closed."""

import logging

from procrastinate.contrib.django import app

from .closing import close_unused

logger = logging.getLogger(__name__)


@app.periodic(cron="20 2 * * *")
@app.task(name="accounts.close_unused", queue="sweeping")
def close_unused_accounts(timestamp: int) -> None:
    """Close them, and say how many in the log; who they are stands in the record."""
    if closed := close_unused():
        logger.warning("%s accounts were closed: nobody used them for long", len(closed))
