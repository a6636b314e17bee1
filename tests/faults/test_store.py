"""What the publisher does about a store that lies, is full or may not be written, and about others who publish too."""

import multiprocessing
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from conglang.portal.publishing.releases import actions, queries
from conglang.portal.publishing.releases.models import Edition
from conglang.portal.publishing.releases.tests.signer_process import Signer
from conglang.portal.publishing.releases.tests.test_releases import publish, signed, write
from conglang.portal.publishing.rendering import actions as rendering
from conglang.portal.publishing.rendering import queries as rendered
from conglang.portal.publishing.rendering.actions import settling
from conglang.portal.publishing.rendering.models import Entry, Touch
from conglang.portal.publishing.rendering.tests import toy
from conglang.wire.objects import ObjectStore

pytestmark = [pytest.mark.fault]
DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "torn": lambda data: data[:-7],
    "zero-length": lambda data: b"",
    "flipped": lambda data: bytes([data[0] ^ 1]) + data[1:],
}


def _dirty_page(title: str) -> Path:
    """A page that is rendered and stored and not yet signed: where its bytes lie."""
    write(title)
    rendering.dispatch()
    while rendering.render_next("badinh", at=timezone.now()):
        pass
    digest = Entry.objects.get(site="badinh", path="/tin/mot/").digest
    return ObjectStore(Path(toy_data()) / "store").path(digest or "")


def toy_data() -> str:
    from django.conf import settings

    return str(settings.DATA)


@pytest.mark.parametrize("kind", DAMAGE)
def test_damaged_text_in_the_store_is_rendered_again_and_published(signer: Signer, kind: str) -> None:
    file = _dirty_page(f"Tin {kind}")
    file.write_bytes(DAMAGE[kind](file.read_bytes()))

    publish()

    assert signed(signer) == rendered.answers("badinh")
    assert "/tin/mot/" in signed(signer)
    assert rendered.failures(["badinh"]) == []


def test_text_that_vanished_from_the_store_is_rendered_again_and_published(signer: Signer) -> None:
    _dirty_page("Tin mất").unlink()

    publish()

    assert "/tin/mot/" in signed(signer)


def test_clock_that_steps_back_takes_no_time_back(signer: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Editions are counted, and a page's time is later than any it had (row 21)."""
    write("Trước")
    first = publish()
    before = Entry.objects.get(site="badinh", path="/tin/mot/").mtime
    real = settling.time.time
    monkeypatch.setattr(settling.time, "time", lambda: real() - 3600)

    write("Sau")
    second = publish()

    assert first.edition is not None and second.edition is not None and second.edition > first.edition
    assert Entry.objects.get(site="badinh", path="/tin/mot/").mtime > before
    assert signed(signer) == rendered.answers("badinh")


@pytest.fixture
def small_disk(signer: Signer) -> Iterator[Path]:
    """The store's objects on a file system of their own that can be filled and write-protected."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    place = signer.data / "store" / "objects"
    place.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=4m,nr_inodes=2000", "tmpfs", str(place)]
    if subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("file systems may not be mounted here")
    rendering.rebuild(toy.SITES, by="test", reason="first")
    try:
        publish()
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def _remount(place: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(place)], check=True)


def _fill(place: Path, harm: str) -> None:
    """Until there is no room: for bytes, or for one more file (row 7)."""
    with suppress(OSError):
        if harm == "full":
            with (place / "filler").open("wb", buffering=0) as file:
                while file.write(bytes(65536)):
                    pass
        for number in range(10_000):
            (place / f"filler-{number}").touch()


@pytest.mark.parametrize(
    ("harm", "cure"), [("ro", "rw"), ("full", "size=16m"), ("no inodes", "nr_inodes=9000")]
)
def test_store_that_cannot_be_written_refuses_and_goes_on_later(
    signer: Signer, small_disk: Path, harm: str, cure: str
) -> None:
    before = signed(signer)
    if harm == "ro":
        _remount(small_disk, harm)
    else:
        _fill(small_disk, harm)
    write("Tin không ghi được " * 40)

    with pytest.raises(OSError, match="space|Read-only"):
        publish()
    assert signed(signer) == before, "nothing was acknowledged, nothing changed"
    assert queries.whereabouts(rendered.Subject("note", "badinh", "n1")).stage is not queries.Stage.RELEASED

    _remount(small_disk, cure)
    publish()
    assert signed(signer) == rendered.answers("badinh") == rendered.full_render("badinh", at=timezone.now())


def test_ten_publishers_on_one_site_lose_no_change(signer: Signer) -> None:
    """Row 15. Ten processes change and publish at once; one at a time gets through, each change is public."""
    rendering.rebuild(["badinh"], by="test", reason="first")
    publish()
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    start = fork.Event()
    racers = [fork.Process(target=_race, args=(number, start)) for number in range(10)]
    for racer in racers:
        racer.start()
    start.set()
    for racer in racers:
        racer.join(120)
    assert [racer.exitcode for racer in racers] == [0] * 10

    publish()
    now = signed(signer)
    assert {f"/tin/tin-{number}-{turn}/" for number in range(10) for turn in range(2)} <= now.keys()
    assert now == rendered.answers("badinh") == rendered.full_render("badinh", at=timezone.now())
    numbers = list(Edition.objects.filter(site="badinh").order_by("at").values_list("number", flat=True))
    assert numbers == sorted(set(numbers)), "an edition was given twice or went back"
    assert not Touch.objects.filter(dispatched_at=None).exists()


def _race(number: int, start: Any) -> None:
    start.wait()
    for turn in range(2):
        ident = f"r{number}-{turn}"
        toy.write(ident, site="badinh", section="y-te", slug=f"tin-{number}-{turn}", title=f"Tin {ident}")
        rendering.dispatch()
        actions.publish_site("badinh", patience=100)
        assert Entry.objects.get(site="badinh", path=f"/tin/tin-{number}-{turn}/").edition is not None
    connections.close_all()
