"""Rebuilds give way to news: not only in their queue, but on the machine.

Two processes that render, have signed and sync a hundred pages at a time make everything else wait for the processor,
the database, the signer and the disk. So a part of a rebuild begins when no news is under way.
"""

import time

from procrastinate.contrib.django.models import ProcrastinateJob

NEWS_JOBS = ("rendering.dispatch", "releases.publish_site")
LONGEST = 3.0  # seconds: where editors publish without a pause, a rebuild still comes to its end
LOOK = 0.03


def give_way(queue: str, *, longest: float = LONGEST) -> float:
    """Wait until no job of this queue brings news to the public; return how many seconds that took."""
    begun = time.monotonic()
    news = ProcrastinateJob.objects.filter(
        queue_name=queue, task_name__in=NEWS_JOBS, status__in=["todo", "doing"]
    )
    while time.monotonic() - begun < longest and news.exists():
        time.sleep(LOOK)
    return time.monotonic() - begun
