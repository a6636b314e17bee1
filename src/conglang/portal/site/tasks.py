"""The job behind every task of Wagtail and its kin; see background."""

import logging
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.utils.module_loading import import_string
from procrastinate.contrib.django import app

from conglang.portal.publishing.releases.giving_way import give_way
from conglang.portal.publishing.releases.tasks import BULK, NEWS

logger = logging.getLogger(__name__)
LONGEST = 2.0  # seconds a desk's search may know of a text later, so that its readers have it sooner


@app.task(name="site.afterwards", queue=BULK)
def afterwards(task: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Do what was asked for, once the news it came with is out. What it was about may be gone by now."""
    give_way(NEWS, longest=LONGEST)
    try:
        import_string(task).call(*args, **kwargs)
    except ObjectDoesNotExist:
        logger.info("%s%s: it is gone", task, tuple(args))
