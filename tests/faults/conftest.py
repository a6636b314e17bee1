"""What faults need: strace, short-named folders, the toy newspaper with a signer of its own."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from conglang.cli.postgres import Cluster
from conglang.portal.publishing.conftest import db, newspaper
from conglang.portal.publishing.releases.tests.conftest import signer, signer_process
from conglang.portal.publishing.releases.tests.signer_process import Signer

from . import strace
from .database import served_by
from .scene import copy

__all__ = ["db", "newspaper", "signer", "signer_process"]


@pytest.fixture(scope="session")
def can_trace() -> None:
    if reason := strace.available():
        pytest.skip(reason)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short name: UNIX socket paths are limited to 107 bytes."""
    found = Path(tempfile.mkdtemp(prefix="cl", dir="/tmp"))
    yield found
    shutil.rmtree(found, ignore_errors=True)


@pytest.fixture
def in_memory() -> Iterator[Path]:
    """A folder where a sync costs nothing, if there is such a place: a server that was killed syncs all it has."""
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp"
    found = Path(tempfile.mkdtemp(prefix="cl", dir=place))
    yield found
    shutil.rmtree(found, ignore_errors=True)


@pytest.fixture
def own_server(signer: Signer, migrated_server: Cluster, in_memory: Path) -> Iterator[Cluster]:
    """A server with the settings of a city and the schema in it; the publisher's connection leads to it."""
    cluster = Cluster(in_memory / "pg")
    copy(migrated_server.folder, cluster.folder)
    cluster.start()
    try:
        with served_by(cluster):
            yield cluster
    finally:
        cluster.stop()
