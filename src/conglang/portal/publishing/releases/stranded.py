"""Jobs whose worker died in the middle. Until freed, their lock keeps every later job of their site waiting."""

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker

logger = logging.getLogger(__name__)
SILENCE = timedelta(seconds=10)  # five heartbeats


def free_all() -> int:
    """Free every job in work. Only for a worker that knows it is the only one. Return how many."""
    return _free(ProcrastinateJob.objects.filter(status="doing"))


def retry_stranded() -> int:
    """Free the jobs of workers that have not been heard of for ten seconds. Return how many."""
    silent = ProcrastinateWorker.objects.filter(last_heartbeat__lt=timezone.now() - SILENCE)
    dead = Q(worker=None) | Q(worker__in=silent)
    return _free(ProcrastinateJob.objects.filter(dead, status="doing"))


def _free(jobs: Iterable[ProcrastinateJob]) -> int:
    count = 0
    for job in jobs:
        logger.warning("Job %s (%s) lost its worker; it is done again", job.pk, job.task_name)
        app.job_manager.retry_job_by_id(job_id=job.pk, retry_at=timezone.now())
        count += 1
    return count
