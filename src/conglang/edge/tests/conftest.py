"""A short-named folder, and a small signed network in it."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from conglang.edge.tests.network import Network, page


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder with a short name: UNIX socket paths are limited to 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="cl", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def network(short_folder: Path) -> Network:
    return Network(short_folder)


@pytest.fixture
def served(network: Network) -> Network:
    """One site, signed, pulled and shown under one host."""
    network.publish("badinh", {"/": page("Nhà")}, mtime=1000)
    network.name_hosts({"badinh.localhost": "badinh"})
    network.puller.pull()
    assert network.puller.health.trouble == ""
    return network
