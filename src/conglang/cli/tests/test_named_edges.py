"""Edges that were named once are looked after: in the backup, and by the doctor."""

import tarfile
from pathlib import Path

from conglang.cli import archive, doctor
from conglang.wire import edges


def _backup(root: Path, file: Path) -> None:
    (root / "media").mkdir()
    (root / "store").mkdir()
    dump = file.with_name("dump")
    dump.write_bytes(b"dump")
    with tarfile.open(file, "w") as tar:
        archive.write(tar, root, dump, contents={}, keys=False)


def test_named_edges_come_back_with_the_backup(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    edges.write(before, {"hai": "https://may-chu-2.example"})

    _backup(before, tmp_path / "backup.tar")
    with tarfile.open(tmp_path / "backup.tar") as tar:
        archive.read_contents(tar)
        archive.unpack(tar, after)

    assert edges.read(after) == {"hai": "https://may-chu-2.example"}


def test_backup_without_named_edges_is_whole(tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()

    _backup(tmp_path / "before", tmp_path / "backup.tar")

    with tarfile.open(tmp_path / "backup.tar") as tar:
        assert "edges.json" not in tar.getnames()


def test_doctor_names_a_silent_edge_and_a_damaged_list(tmp_path: Path) -> None:
    assert list(doctor._edges(tmp_path)) == []

    edges.write(tmp_path, {"hai": str(tmp_path / "nobody.sock")})
    (silent,) = doctor._edges(tmp_path)
    (tmp_path / edges.FILE).write_text("{")
    (damaged,) = doctor._edges(tmp_path)

    assert silent.what == "edge hai" and "conglang edge status hai" in silent.advice
    assert damaged.advice and "cannot be read" in damaged.words
