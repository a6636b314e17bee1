"""Files written aside and renamed: all of it or nothing, and no error is swallowed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conglang.wire import durable


def test_failed_write_keeps_the_old_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    durable.write(file, b"old")

    with pytest.raises(TypeError):
        durable.write(file, "no bytes")  # type: ignore[arg-type]

    assert (file.read_bytes(), list(tmp_path.iterdir())) == (b"old", [file])


@pytest.mark.parametrize("count", [3, 60])
def test_many_files_are_replaced_together(tmp_path: Path, count: int) -> None:
    files = {tmp_path / f"{number}.json": str(number).encode() for number in range(count)}

    durable.write_many(files)

    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == files


def test_what_a_dead_writer_left_is_cleared_and_a_living_ones_is_not(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for number in (dead.pid, os.getpid()):
        (tmp_path / f".a.json.{number}.tmp").write_bytes(b"half")
    (tmp_path / ".b.json.tmp").write_bytes(b"no writer at all")

    assert durable.clear_aside(tmp_path) == 2

    assert [file.name for file in tmp_path.iterdir()] == [f".a.json.{os.getpid()}.tmp"]


def test_new_folders_are_made_with_their_parents(tmp_path: Path) -> None:
    durable.make_folder(tmp_path / "a/b/c")
    durable.make_folder(tmp_path / "a/b/c")

    assert (tmp_path / "a/b/c").is_dir()
