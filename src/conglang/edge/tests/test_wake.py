import threading
import time
from pathlib import Path

import pytest

from conglang.edge.wake import Wake


def rename_later(folder: Path, seconds: float) -> None:
    def rename() -> None:
        time.sleep(seconds)
        (folder / ".aside").write_bytes(b"signed")
        (folder / ".aside").rename(folder / "timestamp.json")

    threading.Thread(target=rename).start()


def test_edge_hears_at_once_that_something_was_signed(tmp_path: Path) -> None:
    with Wake(tmp_path) as wake:
        rename_later(tmp_path, 0.1)
        begun = time.monotonic()

        assert wake.wait(threading.Event(), 30)

        assert time.monotonic() - begun < 5
        assert not wake.wait(threading.Event(), 0.01)  # it was told once


@pytest.mark.parametrize("folder", [None, Path("/nonexistent")])
def test_where_nothing_can_be_heard_it_is_an_ordinary_wait(folder: Path | None) -> None:
    with Wake(folder) as wake:
        assert not wake.wait(threading.Event(), 0.01)


def test_stopped_edge_does_not_wait(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    with Wake(tmp_path) as wake:
        begun = time.monotonic()

        assert not wake.wait(stop, 30)

        assert time.monotonic() - begun < 5


def test_folder_that_was_replaced_does_no_harm(tmp_path: Path) -> None:
    folder = tmp_path / "metadata"
    folder.mkdir()
    with Wake(folder) as wake:
        folder.rename(tmp_path / "former")
        folder.mkdir()
        (folder / "timestamp.json").touch()

        assert not wake.wait(threading.Event(), 0.01)
