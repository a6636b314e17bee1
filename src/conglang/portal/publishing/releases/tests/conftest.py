"""One signer for the session, with nothing signed at the start of each test."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conglang.portal.publishing.rendering.tests import toy

from .signer_process import Signer


@pytest.fixture(scope="session")
def signer_process() -> Iterator[Signer]:
    data = Path(tempfile.mkdtemp(prefix="cl-"))
    signer = Signer(data)
    yield signer
    signer.kill()
    shutil.rmtree(data)


@pytest.fixture
def signer(newspaper: None, settings: Any, signer_process: Signer) -> Signer:
    settings.DATA = signer_process.data
    if signer_process.process is None:
        signer_process.start()
    signer_process.forget(toy.SITES)
    return signer_process
