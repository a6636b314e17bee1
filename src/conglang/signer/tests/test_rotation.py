"""A key is replaced: everybody follows, the old one opens nothing, and no kill and no crowd gets in between."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root

from conglang.signer import keys, pem
from conglang.signer.ceremony import at_hand
from conglang.signer.office import Office
from conglang.signer.repository import Repository
from conglang.signer.roles import DELEGATED
from conglang.signer.tests.desk import killed_before_step, open_office, put, request
from conglang.wire.release import ReleaseAnswer

NAMED_OFF_LINE = (*DELEGATED, "snapshot", "timestamp")


def _key_id(data: Path, role: str) -> str:
    return pem.load(data / "keys", "online", role).public_key.keyid


def _ask_for(data: Path, role: str) -> None:
    """What `conglang keys rotate` lays down before it tells the signer."""
    pem.prepare_next(data / "keys/online", role)
    if role != "site":
        at_hand.hold(data / "keys", datetime.now(UTC))


def _fresh(data: Path) -> Repository:
    """What a reader finds who knows nothing but the disk; raises when a signature does not hold."""
    repository = Repository(data / "store/repo", data / "keys")
    for role in repository.role_names():
        repository.role(role)
    return repository


def test_new_site_key_signs_every_site_in_one_swap_without_any_off_line_key(data: Path) -> None:
    office = open_office(data)
    for site in ("badinh", "tayho", "hoankiem"):
        office.release(request({"/": put(data, b"first")}, site=site))
    for name in keys.OFFLINE:
        (data / f"keys/offline/{name}.pem").unlink()
    old, snapshot = _key_id(data, "site"), office.repository._snapshot.signed.version
    _ask_for(data, "site")

    answer = office.reload()

    assert answer["keys"]["site"] == _key_id(data, "site") != old
    assert answer["waiting"] == []
    assert office.repository._snapshot.signed.version == snapshot + 1
    fresh = _fresh(data)
    for site in ("badinh", "tayho", "hoankiem"):
        assert old not in fresh.role(f"site-{site}").signatures
    assert fresh.editions() == {"badinh": 2, "tayho": 2, "hoankiem": 2}
    assert office.release(request({"/": put(data, b"next", mtime=2000)})) == ReleaseAnswer(3, unchanged=False)
    assert office.release(request({"/": put(data, b"x")}, site="moi")) == ReleaseAnswer(1, unchanged=False)


@pytest.mark.parametrize("role", NAMED_OFF_LINE)
def test_any_on_line_key_is_replaced_and_the_old_one_counts_no_more(data: Path, role: str) -> None:
    office = open_office(data)
    office.release(request({"/": put(data, b"first")}))
    old = _key_id(data, role)
    _ask_for(data, role)

    answer = office.reload()

    assert _key_id(data, role) != old
    assert answer["keys"].get(role) == _key_id(data, role)
    assert not (data / f"keys/online/{role}.next.pem").exists()
    assert not (data / "keys/install.json").exists()
    assert office.release(request({"/": put(data, b"next", mtime=2000)})) == ReleaseAnswer(2, unchanged=False)
    assert _fresh(data).editions() == {"badinh": 2}


@pytest.mark.parametrize("name", keys.OFFLINE)
def test_off_line_key_is_replaced_and_the_old_one_counts_no_more(data: Path, name: str) -> None:
    office = open_office(data)
    old = pem.load(data / "keys", "offline", name).public_key.keyid

    at_hand.hold(data / "keys", datetime.now(UTC), replace=[name])
    office.reload()

    root = Metadata[Root].from_file(str(data / "keys/root-chain/2.root.json"))
    new = pem.load(data / "keys", "offline", name).public_key.keyid
    assert new != old and old not in root.signed.keys and new in root.signed.keys
    at_hand.hold(data / "keys", datetime.now(UTC), renew=True)
    assert office.reload()["root"] == 3
    _fresh(data)


def test_all_off_line_and_on_line_keys_at_once(data: Path) -> None:
    office = open_office(data)
    office.release(request({"/": put(data, b"first")}))
    for role in keys.ONLINE:
        pem.prepare_next(data / "keys/online", role)
    at_hand.hold(data / "keys", datetime.now(UTC), replace=keys.OFFLINE)

    office.reload()

    assert not list((data / "keys").rglob("*.next.pem"))
    assert open_office(data).release(request({"/": put(data, b"y", mtime=2000)})) == ReleaseAnswer(
        3, unchanged=False
    )


@pytest.mark.fault
@pytest.mark.parametrize("role", ["site", "sites", "timestamp"])
def test_kill_at_any_step_of_a_rotation_is_finished_by_the_next_start(data: Path, role: str) -> None:
    open_office(data).release(request({"/": put(data, b"first")}))
    step, stride = 0, 4
    while True:
        old = _key_id(data, role)
        _ask_for(data, role)
        killed = killed_before_step(step, lambda: Office(data).reload())
        _fresh(data)
        answer = Office(data).reload()
        assert answer["keys"][role] == _key_id(data, role) != old
        assert answer["waiting"] == []
        _fresh(data)
        if not killed:
            break
        step += stride
    assert step > 10


@pytest.mark.fault
def test_kill_while_a_rotation_is_asked_for_leaves_a_network_that_signs(data: Path) -> None:
    open_office(data).release(request({"/": put(data, b"first")}))
    step = 0
    while killed_before_step(step, lambda: _ask_for(data, "snapshot")):
        answer = Office(data).release(request({"/": put(data, f"{step}".encode(), mtime=2000 + step)}))
        assert isinstance(answer, ReleaseAnswer)
        step += 1
    assert step > 3


def test_publishes_go_on_while_keys_are_replaced(data: Path) -> None:
    """Ten offices publish while every key is replaced: nothing is refused, nothing lost, nothing signed twice."""
    office = open_office(data)
    wanted = {f"xa{number}": 12 for number in range(6)}
    failures: list[object] = []

    def publish(site: str, times: int) -> None:
        for number in range(times):
            body = put(data, f"{site} {number}".encode(), mtime=1000 + number)
            answer = office.release(request({"/": body}, site=site))
            if not isinstance(answer, ReleaseAnswer) or answer.unchanged:
                failures.append(answer)

    threads = [threading.Thread(target=publish, args=item) for item in wanted.items()]
    for thread in threads:
        thread.start()
    for role in ("site", "timestamp", "sites", "snapshot", "site"):
        _ask_for(data, role)
        office.reload()
    for thread in threads:
        thread.join()

    assert failures == []
    fresh = _fresh(data)
    for site in wanted:
        entries = [entry for shard in fresh.shards(site) for entry in fresh.entries(site, shard).values()]
        assert [entry.mtime for entry in entries] == [1011]


def test_ceremony_file_that_somebody_changed_is_not_taken_up(data: Path) -> None:
    office = open_office(data)
    at_hand.hold(data / "keys", datetime.now(UTC), renew=True)
    file = data / "keys/install.json"
    file.write_bytes(file.read_bytes().replace(b'"threshold": 2', b'"threshold": 1'))

    assert office.reload()["root"] == 1
    assert open_office(data).reload()["root"] == 1


def test_new_root_is_signed_by_old_and_new_keys(data: Path) -> None:
    open_office(data)
    at_hand.hold(data / "keys", datetime.now(UTC), replace=["root-1", "root-2"])
    Office(data).reload()
    first, second = (
        Metadata[Root].from_file(str(data / f"keys/root-chain/{number}.root.json")) for number in (1, 2)
    )

    first.verify_delegate("root", second)
    second.verify_delegate("root", second)
    with pytest.raises(RepositoryError):
        second.verify_delegate("root", first)


def test_what_all_sites_say_holds_before_and_after_its_key_is_replaced(data: Path) -> None:
    office = open_office(data)
    office.renew()
    said = office.shared.current()
    old = _key_id(data, "state")
    _ask_for(data, "state")

    office.reload()

    after = office.shared.current()
    assert said and after and after.version > said.version
    assert set(after.keyids) == {
        old,
        _key_id(data, "state"),
    }  # an edge that knows the old delegation takes it too
    assert office._state_key().public_key.keyid == _key_id(data, "state") != old
