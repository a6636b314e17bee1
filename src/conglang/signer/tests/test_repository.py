"""The signed state on disk: survives kill -9 at every step, is renewed in time, is checked when read."""

import hashlib
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tuf.api.exceptions import UnsignedMetadataError
from tuf.api.metadata import Metadata, Timestamp

from conglang.signer import keys
from conglang.signer.renewal import KEPT_SECONDS
from conglang.signer.repository import NextEdition, Repository
from conglang.signer.tests.desk import killed_before_step, open_office, put, request
from conglang.wire.manifest import Entry, canonical, entry_to_json
from conglang.wire.paths import SHARDS, shard_of
from conglang.wire.release import ReleaseAnswer


def _state(data: Path) -> tuple[dict[str, int], dict[str, str]]:
    """What a fresh reader finds; raises when a signature or a file is missing."""
    repository = Repository(data / "store/repo", data / "keys")
    for shard in repository.shards("badinh"):
        repository.entries("badinh", shard)
    return repository.editions(), repository.shards("badinh")


@pytest.mark.fault
@pytest.mark.parametrize("stride", [5, pytest.param(1, marks=pytest.mark.long)])
def test_kill_at_any_step_of_a_release_leaves_the_old_state_and_the_next_request_finishes(
    data: Path, stride: int
) -> None:
    office = open_office(data)
    office.release(request({"/": put(data, b"first"), "/a/": put(data, b"first")}))
    step = 0
    while True:
        old = _state(data)
        changed = {path: put(data, f"step {step}".encode(), mtime=2000 + step) for path in ("/", "/a/")}
        killed = killed_before_step(step, lambda changed=changed: open_office(data).release(request(changed)))
        new = _state(data)
        assert killed or new != old
        assert new == old or new[0]["badinh"] == old[0]["badinh"] + 1
        answer = open_office(data).release(request(changed))
        assert isinstance(answer, ReleaseAnswer) and answer.edition == old[0]["badinh"] + 1
        assert _state(data)[1].keys() == {shard_of("/"), shard_of("/a/")}
        if not killed:
            break
        step += stride
    assert step > 10


@pytest.mark.fault
def test_kill_at_every_step_of_the_first_start_is_finished_by_the_next(data: Path) -> None:
    step = 0
    while killed_before_step(step, lambda: open_office(data)):
        step += 1
        if step % 7 == 0:
            (data / "keys/root.json").exists() and open_office(data)
    entry = put(data, b"first")

    assert open_office(data).release(request({"/": entry})) == ReleaseAnswer(1, unchanged=False)
    assert step > 10


def test_timestamp_is_signed_again_and_lives_an_hour(data: Path) -> None:
    repository = open_office(data).repository
    file = data / "store/repo/metadata/timestamp.json"
    before: Metadata[Timestamp] = Metadata.from_file(str(file))

    repository.renew()

    after: Metadata[Timestamp] = Metadata.from_file(str(file))
    assert after.signed.version == before.signed.version + 1
    assert timedelta(minutes=59) < after.signed.expires - datetime.now(UTC) <= timedelta(hours=1)
    assert after.signed.snapshot_meta == before.signed.snapshot_meta


def test_roles_are_renewed_half_way_to_their_end(data: Path) -> None:
    open_office(data).release(request({"/": put(data, b"first")}))
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(days=200)
    repository = Repository(data / "store/repo", data / "keys", clock=lambda: later)

    repository.renew()

    assert repository.editions() == {"badinh": 2}
    assert list(repository.entries("badinh", shard_of("/"))) == ["/"]


def test_development_network_outlives_its_first_year(data: Path) -> None:
    open_office(data).release(request({"/": put(data, b"first")}))
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(days=300)

    keys.create(data / "keys", now=later)
    keys.create(data / "keys", now=later)
    Repository(data / "store/repo", data / "keys", clock=lambda: later).renew()

    metadata = data / "store/repo/metadata"
    root, targets = (Metadata.from_file(str(metadata / f"2.{name}.json")) for name in ("root", "targets"))
    assert min(root.signed.expires, targets.signed.expires) > later + timedelta(days=364)
    assert not (metadata / "3.root.json").exists()
    Metadata.from_file(str(metadata / "1.root.json")).verify_delegate("root", root)
    assert _state(data)[0] == {"badinh": 2}


def test_state_signed_by_somebody_else_is_not_read(data: Path) -> None:
    open_office(data)
    file = data / "store/repo/metadata/timestamp.json"
    forged: Metadata[Timestamp] = Metadata.from_file(str(file))
    forged.signed.version += 1
    file.write_bytes(forged.to_bytes())

    with pytest.raises(UnsignedMetadataError):
        open_office(data)


def test_superseded_files_go_after_an_hour_and_the_state_stays(data: Path) -> None:
    office = open_office(data)
    for number in range(3):
        office.release(request({"/": put(data, f"text {number}".encode(), mtime=1000 + number)}))
    old = time.time() - KEPT_SECONDS - 1
    for file in (data / "store/repo").rglob("*.json"):
        os.utime(file, (old, old))

    office.repository.renew()

    assert len(list((data / "store/repo/targets/badinh").iterdir())) == 1
    assert len(list((data / "store/repo/metadata").glob("*.snapshot.json"))) == 1
    assert _state(data)[0] == {"badinh": 3}


def test_after_a_restore_every_version_leaps_past_what_edges_have_seen(data: Path) -> None:
    office = open_office(data)
    office.release(request({"/": put(data, b"first")}))

    office.repository.leap()

    assert _state(data)[0] == {"badinh": 1001}


def test_sites_signed_in_64_shards_are_taken_over_as_they_are(data: Path) -> None:
    """An upgrade: readers see the same, the next edition is signed as today's, and a second start changes nothing."""
    office = open_office(data)
    pages = {f"/tin/{number}/": put(data, f"Tin {number}".encode()) for number in range(300)}
    former: dict[str, dict[str, Entry]] = {f"{number:02x}": {} for number in range(64)}
    for path, entry in pages.items():
        former[f"{hashlib.sha256(path.encode()).digest()[0] >> 2:02x}"][path] = entry
    shards = {
        shard: canonical(
            {
                "v": 1,
                "site": "badinh",
                "shard": shard,
                "entries": {path: entry_to_json(entry) for path, entry in entries.items()},
            }
        )
        for shard, entries in former.items()
        if entries
    }
    first = office.repository.publish_together({"badinh": NextEdition(shards)})["badinh"]

    office = open_office(data)
    office.take_over()

    assert office.repository.editions()["badinh"] == first + 1
    assert {
        path: entry for shard in SHARDS for path, entry in office.repository.entries("badinh", shard).items()
    } == pages
    answer = office.release(request({"/tin/moi/": put(data, b"Moi", mtime=2000)}))
    assert isinstance(answer, ReleaseAnswer) and answer.edition == first + 2
    office.take_over()
    assert office.repository.editions()["badinh"] == first + 2
