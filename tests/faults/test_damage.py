"""A hand, or a dying disk, in the files an edge trusts: refused, fetched anew, and readers see one edition (row 11)."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from .edge_scene import NEW, EdgeScene

pytestmark = [pytest.mark.fault]
SEED = int(os.environ.get("CONGLANG_SEED") or random.randrange(10**6))
HARMS: dict[str, Callable[[bytes], bytes]] = {
    "flipped": lambda data: (
        data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 4]) + data[len(data) // 2 + 1 :]
    ),
    "torn": lambda data: data[: len(data) // 3],
    "zero-length": lambda data: b"",
}


@pytest.mark.parametrize("harm", HARMS)
def test_edge_mends_whatever_of_its_own_files_is_damaged(folder: Path, harm: str) -> None:
    scene = EdgeScene(folder)
    scene.reset()
    assert scene.act() == "done"
    kinds = (
        "trust/*.json",
        "shown/*.json",
        "state/badinh/*.json",
        "applied.json",
        "hosts.json",
        "objects/*/*",
    )
    files = [file.relative_to(scene.root) for kind in kinds for file in sorted(scene.root.glob(kind))]
    assert len(files) > 20
    print(f"CONGLANG_SEED={SEED}")
    for name in random.Random(SEED).sample(files, 8):
        scene.reset()
        assert scene.act() == "done"
        file = scene.root / name
        before = file.read_bytes()
        file.chmod(0o644)
        file.write_bytes(HARMS[harm](before))
        puller = scene.puller()
        for turn in range(40):
            puller.pull()
            puller.watch.step(0.5)
            if turn > 1 and puller.watch.report.read_at and file.exists() and file.read_bytes() == before:
                break
        assert puller.health.trouble == "", f"{name}: {puller.health.trouble}"
        scene.stopped(True)
        scene.assert_shows(NEW)


@pytest.mark.parametrize("harm", HARMS)
def test_damaged_repository_is_refused_and_the_old_edition_stays(folder: Path, harm: str) -> None:
    """Every file a pull reads, one after the other; mended, the edge follows at once."""
    scene = EdgeScene(folder)
    repo = folder / "store" / "repo"
    newest = [
        repo / "metadata" / "timestamp.json",
        max(repo.glob("metadata/*.snapshot.json"), key=lambda file: int(file.name.split(".")[0])),
        max(repo.glob("metadata/*.site-badinh.json"), key=lambda file: int(file.name.split(".")[0])),
    ]
    for file in newest:
        scene.reset()
        before = file.read_bytes()
        file.write_bytes(HARMS[harm](before))
        assert scene.act() != "done", f"{file.name} was believed"
        scene.stopped(False)
        file.write_bytes(before)
        scene.recovered(False)
