"""The job behind every task of Wagtail and its kin; see background."""

import logging
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.utils.module_loading import import_string
from procrastinate.contrib.django import app

from conglang.portal.publishing.releases.tasks import BULK

logger = logging.getLogger(__name__)


@app.task(name="site.afterwards", queue=BULK)
def afterwards(task: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Do what was asked for. What it was about may be gone by now; then there is nothing to do."""
    try:
        import_string(task).call(*args, **kwargs)
    except ObjectDoesNotExist:
        logger.info("%s%s: it is gone", task, tuple(args))
