import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder with a short name: UNIX socket paths are limited to 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="cl", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
