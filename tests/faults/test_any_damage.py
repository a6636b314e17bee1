"""Whatever is done to an edge's own files, in whatever order: it is whole again without a person (rows 9, 11, 12)."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conglang.edge import trust
from conglang.edge.chain import Chain, ChainBroken, NotThere
from conglang.edge.puller import Puller

from .edge_scene import NEW, EdgeScene
from .scene import copy

pytestmark = [pytest.mark.fault]
# What must be as it was in the end. Objects that no page shows any more, and metadata of a site that is not being
# pulled, need not; they may be damaged all the same.
KEPT = (
    "trust/[!s]*.json", "trust/s[!i]*.json", "trust/sites.json", "trust/root_history/*", "shown/*", "state/*/*",
    "hosts.json", "www/**/*.*",
)  # fmt: skip
DAMAGED = (*KEPT, "trust/site-*.json", "applied.json", "objects/*/*")
ELSEWHERE = Path(tempfile.gettempdir()) / f"cl-elsewhere-{os.getpid()}"
ROUNDS = 4  # pull, look, read: at most so often until it is whole


def _flip(file: Path) -> None:
    """A bit in the middle; size and time are what they were."""
    times, data = file.stat(), bytearray(file.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 1] = bytes([data[len(data) // 2] ^ 4] if data else b"")
    file.write_bytes(data)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


def _cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 3)


def _empty(file: Path) -> None:
    os.truncate(file, 0)


def _remove(file: Path) -> None:
    file.unlink()


def _folder(file: Path) -> None:
    file.unlink()
    (file / "planted").mkdir(parents=True)


def _link(file: Path) -> None:
    """To something of our own: the hands that come next write through it."""
    file.unlink()
    ELSEWHERE.write_bytes(b"somebody else's\n" * 20)
    file.symlink_to(ELSEWHERE)


def _other_json(file: Path) -> None:
    file.unlink()
    file.write_text('{"hosts":{},"signed":{},"sites":{"casino":{"at":"","edition":1,"manifest":""}},"v":1}\n')


def _remove_what_it_lies_in(file: Path) -> None:
    if not (file.parent / "www").exists():  # with the whole folder goes whom to trust, which nobody can fetch
        shutil.rmtree(file.parent)


HANDS: tuple[Callable[[Path], None], ...] = (
    _flip, _cut, _empty, _remove, _folder, _link, _other_json, _remove_what_it_lies_in,
)  # fmt: skip


@pytest.fixture(scope="module")
def scene() -> Iterator[EdgeScene]:
    """An edge that has come from the old edition to the new one; `scene.root` as it should be lies in `whole`."""
    folder = Path(tempfile.mkdtemp(prefix="cl", dir="/tmp"))
    scene = EdgeScene(folder)
    scene.reset()
    assert scene.act() == "done"
    copy(scene.root, folder / "whole")
    yield scene
    shutil.rmtree(folder)
    ELSEWHERE.unlink(missing_ok=True)


def _files(root: Path, patterns: Sequence[str]) -> dict[str, bytes]:
    found = {file for one in patterns for file in root.glob(one) if file.is_file() and not file.is_symlink()}
    return {str(file.relative_to(root)): file.read_bytes() for file in sorted(found)}


def _watch_once(puller: Puller) -> None:
    """One whole look and one whole reading, as the puller's thread does them in pieces."""
    watch = puller.watch
    for looks, reads in ((0, 3600), (3600, 0)):
        begun = time.monotonic()
        watch._look_due, watch._read_due, before = begun + looks, begun + reads, watch._report
        while watch._report is before and time.monotonic() < begun + 5:
            watch.step(0.05)


def _wrong(scene: EdgeScene, puller: Puller, kept: dict[str, bytes]) -> str:
    """What a reader, a verifier or the next pull would stumble over; empty when the edge is whole."""
    now = _files(scene.root, KEPT)
    if now != kept:
        return (
            f"not as before: {[name for name in now.keys() | kept.keys() if now.get(name) != kept.get(name)]}"
        )
    if puller.health.trouble or puller.watch.report.wrong:
        return f"{puller.health.trouble} {puller.watch.report}"
    try:
        Chain(puller._root, lambda name: trust.read(puller.folder, name)).hosts()
        scene.assert_shows(NEW)
    except (ChainBroken, NotThere, AssertionError, KeyError) as error:
        return repr(error)
    return ""


damage = st.lists(
    st.tuples(st.floats(0, 0.999), st.sampled_from(DAMAGED), st.sampled_from(HANDS)), min_size=1, max_size=6
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(damage, st.booleans(), st.booleans())
def test_edge_is_whole_again_after_any_damage(
    scene: EdgeScene, drawn: list[tuple[float, str, Callable[[Path], None]]], running: bool, pulls: bool
) -> None:
    """`running`: the process goes on; else it is started anew. `pulls`: it pulls between one damage and the next."""
    whole = scene.network.data / "whole"
    copy(whole, scene.root)
    kept = _files(scene.root, KEPT)
    puller = scene.puller()
    puller.pull()
    _watch_once(puller)
    for where, kind, hand in drawn:
        names = list(_files(whole, [kind]))
        with suppress(OSError):  # an earlier hand took it away, or made something else of it
            hand(scene.root / names[int(where * len(names))])
        if pulls:
            puller.pull()

    puller = puller if running else scene.puller()
    for _ in range(ROUNDS):
        puller.pull()
        _watch_once(puller)
        if not _wrong(scene, puller, kept):
            break

    assert _wrong(scene, puller, kept) == ""
