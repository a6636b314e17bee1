"""What faults need: strace, short-named folders, the toy newspaper with a signer of its own."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from conglang.portal.publishing.conftest import db, newspaper
from conglang.portal.publishing.releases.tests.conftest import signer, signer_process

from . import strace

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
