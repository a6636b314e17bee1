"""A power cut leaves any part of what was not synced; the next start makes one edition of it (row 8)."""

import os
import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from conglang.portal.publishing.releases.tests.signer_process import Signer

from .edge_scene import EdgeScene
from .power import Disk
from .publisher_scene import PublisherScene
from .scene import Tried, cut_power, every, points, sweep
from .signer_scene import SignerScene
from .strace import trace

pytestmark = [pytest.mark.fault, pytest.mark.usefixtures("can_trace")]
SEED = int(os.environ.get("CONGLANG_SEED") or random.randrange(10**6))


def _all_hold(tried: Iterable[Tried], *, at_least: int) -> None:
    print(f"CONGLANG_SEED={SEED}")
    found = list(tried)
    assert [f"{one.call}: {one.wrong}" for one in found if one.wrong] == []
    assert len(found) >= at_least


def test_edge_is_whole_after_a_power_cut(folder: Path) -> None:
    _all_hold(cut_power(EdgeScene(folder), seed=SEED, most=30), at_least=30)


def test_signer_keeps_what_he_acknowledged_through_a_power_cut(folder: Path) -> None:
    _all_hold(cut_power(SignerScene(folder), seed=SEED, most=30), at_least=30)


def test_keys_of_a_first_start_are_all_there_or_made_again(folder: Path) -> None:
    _all_hold(cut_power(SignerScene(folder, first=True), seed=SEED, most=30), at_least=30)


def test_store_holds_every_byte_the_database_counts_on(signer: Signer) -> None:
    scene = PublisherScene(signer.data, power=True)
    chosen = random.Random(SEED).sample(every(scene, points(scene)), 8)
    _all_hold(sweep(scene, chosen), at_least=8)


def test_what_was_not_synced_is_lost_here(folder: Path) -> None:
    """The simulation itself: a name without a sync of its folder, bytes without one of their file."""

    def act() -> None:
        (folder / "a").write_bytes(b"unsynced")
        (folder / "b").mkdir()
        handle = os.open(folder / "c", os.O_WRONLY | os.O_CREAT)
        os.write(handle, b"synced")
        os.fsync(handle)
        where = os.open(folder, os.O_RDONLY)
        os.fsync(where)

    disk = Disk.of(folder)
    for call in trace(act).calls:
        disk.follow(call)
    sure = disk.leftovers(random.Random(0), names=0, data=0)
    lucky = disk.leftovers(random.Random(0), names=1, data=1)

    assert {name for _, name in sure} == {"a", "b", "c"} == {name for _, name in lucky}
    assert sure[0, "c"][1] == b"synced" and sure[0, "a"][1] != b"unsynced" == lucky[0, "a"][1]
