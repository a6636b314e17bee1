"""A signer with a folder of its own for each test that asks."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .signer_process import Signer


@pytest.fixture
def signer(newspaper: None, settings: Any) -> Iterator[Signer]:
    data = Path(tempfile.mkdtemp(prefix="cl-"))
    settings.DATA = data
    signer = Signer(data)
    signer.start()
    yield signer
    signer.kill()
    shutil.rmtree(data)
