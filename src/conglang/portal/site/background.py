"""What Wagtail calls tasks, done by our workers after the transaction that asked for them.

An editor's press on «publish» would otherwise wait for the desk's own search index and for the list of what uses what;
Wagtail's default does both before it answers, several times, and the first reads the titles of all pages.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.utils import timezone
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskResult, TaskResultStatus
from django_tasks.utils import get_random_id

PRIORITY = -10  # behind everything readers wait for


class Afterwards(BaseTaskBackend):
    """Defers a job in the caller's transaction; the same thing asked for twice in it is one job."""

    supports_priority = True

    def enqueue(
        self, task: Task[Any, Any], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> TaskResult[Any]:
        """Take the task up. Its result is nobody's: what it changes is seen at the desk."""
        job = {"task": task.module_path, "args": list(args), "kwargs": dict(kwargs)}
        if not _is_asked_for(job):
            _defer(job)
        return TaskResult(
            task=task, id=get_random_id(), status=TaskResultStatus.READY, enqueued_at=timezone.now(), started_at=None,
            finished_at=None, last_attempted_at=None, args=list(args), kwargs=dict(kwargs), backend=self.alias,
            errors=[], worker_ids=[],
        )  # fmt: skip


class _Mark:
    """Waits for the commit beside its job, and goes with it when the savepoint or the transaction is rolled back."""

    def __init__(self, job: Mapping[str, Any]) -> None:
        self.job = job

    def __call__(self) -> None:
        """Nothing to do: the job is committed."""


def _is_asked_for(job: Mapping[str, Any]) -> bool:
    waiting = [entry[1] for entry in connection.run_on_commit]
    return any(isinstance(mark, _Mark) and mark.job == job for mark in waiting)


def _defer(job: dict[str, Any]) -> None:
    from .tasks import afterwards  # not ready while models that have tasks are being loaded

    afterwards.configure(priority=PRIORITY).defer(**job)
    if connection.in_atomic_block:
        connection.on_commit(_Mark(job))
