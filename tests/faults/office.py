"""The publisher's side as `up` runs it: database and worker under a supervisor; an edge and a web server beside it."""

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conglang.cli import programs
from conglang.cli.asking import worker_alive
from conglang.cli.data_folder import DataFolder
from conglang.cli.installation import Installation
from conglang.cli.postgres import Cluster
from conglang.cli.supervisor import Program, Supervisor
from conglang.edge.tests.servers import Server
from conglang.portal.identity.sites.rules import Origin

from .database import DATABASE, served_by

# The worker of `conglang.cli.worker`, but for the toy families.
WORKER = """
import django
django.setup()
from pathlib import Path
from django.conf import settings
settings.DATA = Path({data!r})
from conglang.portal.publishing.rendering import registry
from conglang.portal.publishing.rendering.tests import toy
registry._families.clear()
for family in toy.FAMILIES:
    registry.register(family)
from conglang.cli import worker
django.setup = lambda: None
worker.main()
"""


@contextmanager
def office(root: Path, migrated: Cluster, signed: Path) -> Iterator[Cluster]:
    """Database and worker over the data folder `root`, started again whenever they die; Django talks to the database.

    `signed`: the data folder of signer and store. What lies in `root/pg` already is kept.
    """
    data = DataFolder(root)
    subprocess.run(["cp", "-aT", str(migrated.folder), str(data.pg)], check=True)
    for folder in (data.run, data.logs):
        folder.mkdir(parents=True)
    installation = Installation(data, Path(), Origin.parse("http://hanoi.localhost:8720"))
    supervisor = Supervisor(data.run, data.logs, tell=lambda name, status: None)
    stop = threading.Event()
    tending = threading.Thread(target=_tend, args=(supervisor, stop))
    try:
        supervisor.start(programs.postgresql(installation))
        supervisor.wait_ready()
        supervisor.start(_worker(installation, signed))
        tending.start()
        with served_by(installation.cluster):
            yield installation.cluster
    finally:
        stop.set()
        if tending.ident:
            tending.join()
        supervisor.stop()


def _tend(supervisor: Supervisor, stop: threading.Event) -> None:
    while not stop.wait(0.25):
        supervisor.tend()


def _worker(installation: Installation, signed: Path) -> Program:
    url, begun = installation.cluster.url(DATABASE), time.time()
    return Program(
        "worker",
        (sys.executable, "-c", WORKER.format(data=str(signed))),
        ready=lambda: worker_alive(url, since=begun),
        environment={"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "conglang.portal.site.settings.test"},
    )


@contextmanager
def reader(server: Server, path: str) -> Iterator[Counter[tuple[int, bytes]]]:
    """Somebody who asks for a page fifty times a second until the block ends; what he was answered."""
    seen: Counter[tuple[int, bytes]] = Counter()
    stop = threading.Event()

    def read() -> None:
        while not stop.wait(0.02):
            answer = server.ask(path)
            seen[answer.status, answer.body] += 1

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()
