"""A PostgreSQL server of the publisher's own, with the settings a city has: to be starved, killed, started again."""

import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from django.db import Error, connection, connections

from conglang.cli.postgres import Cluster
from conglang.portal.publishing.rendering.tests import toy

from .publisher_scene import PublisherScene
from .scene import Tried, what_is_wrong

DATABASE = "conglang_template"


@contextmanager
def served_by(cluster: Cluster) -> Iterator[None]:
    """Let Django talk to this server for as long as the block lasts, about the toy newspaper."""
    facts = connections["default"].settings_dict
    before = dict(facts)
    connections.close_all()
    facts.update(HOST=str(cluster.folder), PORT="", NAME=DATABASE, USER="postgres", PASSWORD="")
    try:
        toy.run(toy.SCHEMA)
        yield
    finally:
        connections.close_all()
        facts.update(before)


@contextmanager
def small_disk(place: Path, options: str) -> Iterator[Path]:
    """A file system of its own in memory; `options` as `mount` takes them. PermissionError where one may not mount."""
    place.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"mode=755,{options}", "tmpfs", str(place)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise PermissionError(f"file systems may not be mounted here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def kill(cluster: Cluster) -> None:
    """kill -9 for the server and all its processes, as a power cut without the loss of the disk's cache."""
    pid = cluster.running_pid()
    assert pid is not None, "there is no server to be killed"
    server = psutil.Process(pid)
    everybody = [server, *server.children(recursive=True)]
    for process in everybody:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(everybody, timeout=10)


def kill_one(cluster: Cluster) -> None:
    """kill -9 for the process that serves our connection, as the kernel does when memory runs out.

    Returns when the server has noticed and ended all others: it begins anew, without having gone.
    """
    others = psutil.Process(cluster.running_pid()).children()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        psutil.Process(cursor.fetchone()[0]).kill()
    psutil.wait_procs(others, timeout=10)


HARMS: dict[str, Callable[[Cluster], None]] = {"server killed": kill, "its process killed": kill_one}


class AtStatement:
    """Counts the statements of this thread and does something before the one with this number (from 1; 0: never)."""

    def __init__(self, number: int, act: Callable[[], None] = lambda: None) -> None:
        self.number, self.count, self._act = number, 0, act

    def __call__(self, execute: Any, *arguments: Any) -> Any:
        self.count += 1
        if self.count == self.number:
            self._act()
        return execute(*arguments)


def statements(scene: PublisherScene) -> int:
    """How many statements one publish takes."""
    scene.reset()
    counter = AtStatement(0)
    with connection.execute_wrapper(counter):
        assert not scene.publish().failed
    scene.stopped(True)
    scene.recovered(True)
    return counter.count


def deaths(scene: PublisherScene, cluster: Cluster, chosen: Iterable[tuple[str, int]]) -> Iterator[Tried]:
    """Publish, and let the database die of `kind` before the statement of this number; start it; look again."""
    for kind, number in chosen:
        scene.reset()
        harm = AtStatement(number, partial(HARMS[kind], cluster))
        done = False
        with suppress(Error), connection.execute_wrapper(harm):
            done = not scene.publish().failed
        connections.close_all()
        cluster.start()
        wrong = what_is_wrong(scene, done, f"{kind} before statement {number}")
        yield Tried("database", kind, f"statement#{number}", harm.count >= number, wrong)


def key(kind: str, number: int) -> str:
    """`Tried.key` of this death."""
    return f"database/{kind}/statement#{number}"
