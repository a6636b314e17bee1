"""The store keeps every byte under its own digest, whole or not at all."""

import gzip
import os
import subprocess
import sys
import time
from pathlib import Path

import brotli
import pytest

from conglang.wire.encodings import compress
from conglang.wire.objects import ObjectDamaged, ObjectStore, digest_of


def test_an_object_is_found_under_its_digest(tmp_path: Path) -> None:
    store = ObjectStore(tmp_path)

    digest = store.put("Phường Ba Đình".encode())

    assert digest == digest_of("Phường Ba Đình".encode())
    assert store.read(digest).decode() == "Phường Ba Đình"
    assert store.path(digest) == tmp_path / "objects" / digest[:2] / digest


def test_siblings_lie_beside_their_object(tmp_path: Path) -> None:
    store = ObjectStore(tmp_path)
    page = b"<p>Tin</p>" * 200

    with store.batch() as batch:
        digest = batch.put(page)
        for encoding, data in compress(page).items():
            batch.put_encoded(digest, encoding, data)

    assert brotli.decompress(store.path(digest, "br").read_bytes()) == page
    assert gzip.decompress(store.path(digest, "gzip").read_bytes()) == page
    assert store.path(digest, "gzip").name == digest + ".gz"


def test_data_that_does_not_shrink_gets_no_sibling() -> None:
    assert compress(os.urandom(2000)) == {}


def test_equal_bytes_compress_to_equal_siblings() -> None:
    assert compress(b"xin " * 900) == compress(b"xin " * 900)


def test_a_batch_of_many_ends_complete(tmp_path: Path) -> None:
    store = ObjectStore(tmp_path)

    with store.batch() as batch:
        digests = [batch.put(f"page {number}".encode()) for number in range(300)]

    assert all(store.has(digest) for digest in digests)
    assert list((tmp_path / "objects" / "tmp").iterdir()) == []


def test_a_batch_that_fails_leaves_nothing(tmp_path: Path) -> None:
    store = ObjectStore(tmp_path)

    with pytest.raises(RuntimeError), store.batch() as batch:
        digest = batch.put(b"half a batch")
        raise RuntimeError("the disk is full")

    assert not store.has(digest)
    assert list((tmp_path / "objects" / "tmp").iterdir()) == []


def test_damage_is_noticed(tmp_path: Path) -> None:
    store = ObjectStore(tmp_path)
    digest = store.put(b"true words")

    store.path(digest).write_bytes(b"other words")

    with pytest.raises(ObjectDamaged):
        store.read(digest)


def test_a_name_that_is_no_digest_never_becomes_a_path(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        ObjectStore(tmp_path).path("../../etc/passwd")


def _wait_for_objects(folder: Path, count: int) -> None:
    for _ in range(3000):
        if sum(1 for _ in (folder / "objects").glob("[0-9a-f][0-9a-f]/*")) > count:
            return
        time.sleep(0.01)
    raise AssertionError("the writer writes nothing")


@pytest.mark.fault
def test_a_writer_killed_at_any_moment_leaves_only_whole_objects(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom conglang.wire.objects import ObjectStore\nstore = ObjectStore(sys.argv[1])\n"
        "for number in range(100000):\n    store.put(f'object {number} '.encode() * 500)\n"
    )
    for number in range(3):
        writer = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)])
        _wait_for_objects(tmp_path, 10 * (number + 1))
        writer.kill()
        writer.wait()

    store = ObjectStore(tmp_path)
    names = [file.name for file in (tmp_path / "objects").glob("[0-9a-f][0-9a-f]/*")]
    assert len(names) > 20
    for name in names:
        store.read(name)
    store.clear_half_written()
    assert list((tmp_path / "objects" / "tmp").iterdir()) == []
