"""The worker process: jobs of publishing as they come, over LISTEN/NOTIFY, and the sweep beside them."""

import asyncio
from collections.abc import Collection

from django.db import connections
from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.contrib.django.db_cleanup import DjangoApp

from conglang.portal.publishing.rendering.locks import only_worker

from .stranded import free_all
from .tasks import BULK, NEWS, SWEEPING

THREADS = 3  # two publish, one is left for the sweep


def run_worker(*, queues: Collection[str] = (NEWS, BULK, SWEEPING), threads: int = THREADS) -> None:
    """Work until SIGINT or SIGTERM; finishes the jobs at hand (each is short), then returns.

    Where processes share the queues, one takes news and the sweep, others what concerns many sites or many pages.
    The jobs that a killed worker left behind are taken up at once when no other worker lives; else by the sweep.
    """
    connections.databases["default"]["CONN_MAX_AGE"] = 300  # a new connection would cost each job 10 ms
    if only_worker():  # on this thread's connection, which no job uses and nobody closes
        free_all()
    asyncio.run(_work(queues, threads))


async def _work(queues: Collection[str], threads: int) -> None:
    worker_app = _worker_app()
    async with worker_app.open_async():
        await worker_app.run_worker_async(
            queues=list(queues),
            concurrency=threads,
            delete_jobs="successful",
            fetch_job_polling_interval=2.0,
            update_heartbeat_interval=2.0,
            stalled_worker_timeout=10.0,
            shutdown_graceful_timeout=20.0,
        )


def _worker_app() -> App:
    """The worker's own connections, while jobs that jobs defer stay in Django's transaction.

    Procrastinate's command replaces the connector of the one app instead; a job deferred inside a transaction is then
    visible before the transaction's rows are.
    """
    worker_app = DjangoApp(connector=app.connector.get_worker_connector())  # type: ignore[attr-defined]
    worker_app.tasks = app.tasks
    worker_app.periodic_registry = app.periodic_registry
    return worker_app
