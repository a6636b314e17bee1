"""The shared state on an edge: what the delegated keys signed, never an older one, never anything else."""

import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner

from conglang.edge.shared import SharedState
from conglang.edge.source import Source
from conglang.edge.tests.network import Network, page
from conglang.signer import ceremony, keys
from conglang.signer.state_desk import StateDesk
from conglang.wire.envelope import peek, seal
from conglang.wire.release import Authority, AuthorityKind, StateRequest
from conglang.wire.state import Banner, State

NOW = datetime.now(UTC).replace(microsecond=0)
TWO = Authority(AuthorityKind.CITY_EMERGENCY, ("An", "Bình"), NOW)


def banner(title: str) -> State:
    return State(NOW, (Banner("emergency", title, "", NOW, NOW + timedelta(hours=5)),))


def say(network: Network, title: str) -> int:
    key = keys.load(network.data / "keys", "online", "state")
    return network.office.shared.publish(StateRequest(banner(title), TWO), key, signed_by="signer").version


@pytest.fixture
def shared(network: Network) -> SharedState:
    network.publish("badinh", {"/": page("Nhà")}, mtime=1000)
    network.puller.pull()
    say(network, "một")
    following = SharedState(network.edge, Source(str(network.data / "store")))
    assert following.follow(), following.health
    return following


def _file(network: Network) -> Path:
    return network.data / "store/repo/state/network.json"


def _title(shared: SharedState) -> str:
    return peek(shared.file.read_bytes())[0].banners[0].title


def _refused(shared: SharedState, words: str) -> None:
    before = shared.file.read_bytes()
    assert not shared.follow()
    assert words in shared.health.trouble
    assert shared.file.read_bytes() == before


def test_new_state_is_shown_as_it_was_signed_with_a_later_time(network: Network, shared: SharedState) -> None:
    times = [shared.file.stat().st_mtime]
    for title in ("hai", "ba"):
        say(network, title)
        assert shared.follow()
        times.append(shared.file.stat().st_mtime)

    assert shared.file.read_bytes() == _file(network).read_bytes()
    assert times == sorted(set(times)) and all(time == int(time) for time in times)
    assert not shared.follow()
    assert shared.health.trouble == ""


def test_older_state_is_refused(network: Network, shared: SharedState) -> None:
    old = _file(network).read_bytes()
    say(network, "hai")
    shared.follow()
    _file(network).write_bytes(old)

    _refused(shared, "is older than")
    again = SharedState(network.edge, Source(str(network.data / "store")))
    _refused(again, "is older than")


@pytest.mark.parametrize("started_anew", [False, True])
@pytest.mark.parametrize("harm", ["torn", "gone"])
def test_edge_whose_own_copy_is_damaged_still_takes_none_older(
    network: Network, shared: SharedState, harm: str, started_anew: bool
) -> None:
    """A bad disk, or a hand, and a store that offers what was said before: yesterday's all-clear is not shown."""
    old = _file(network).read_bytes()
    say(network, "hai")
    shared.follow()
    newest = _file(network).read_bytes()
    shared.file.write_bytes(b"{") if harm == "torn" else shared.file.unlink()
    _file(network).write_bytes(old)
    if started_anew:
        shared = SharedState(network.edge, Source(str(network.data / "store")))

    assert not shared.follow()
    assert "older" in shared.health.trouble

    _file(network).write_bytes(newest)
    assert shared.follow() and _title(shared) == "hai"


def test_version_of_a_key_that_does_not_count_any_more_is_forgotten(
    network: Network, shared: SharedState
) -> None:
    record = network.edge.root / "shared-seen.json"
    far = json.dumps({"version": 2**33, "keyids": ["a" * 64]})
    record.write_text(far)
    say(network, "hai")

    assert SharedState(network.edge, Source(str(network.data / "store"))).follow()


def test_other_state_under_the_version_shown_is_refused(network: Network, shared: SharedState) -> None:
    key = keys.load(network.data / "keys", "online", "state")
    twin = seal(banner("khác"), version=shared.health.version, expires=NOW + timedelta(days=1), signer=key)
    _file(network).write_bytes(twin)

    _refused(shared, "another state")


@pytest.mark.parametrize("name", ["site", "sites", "network", "timestamp"])
def test_state_signed_with_another_key_of_the_network_is_refused(
    network: Network, shared: SharedState, name: str
) -> None:
    key = keys.load(network.data / "keys", "online", name)
    _file(network).write_bytes(
        seal(banner("giả"), version=shared.health.version + 1, expires=NOW + timedelta(days=1), signer=key)
    )

    _refused(shared, "not signed by a key of the role")


@pytest.mark.parametrize("data", [b"", b"\x00\xff", b"{}", b"[" * 60_000, b'{"signed":{},"signatures":[]}'])
def test_garbage_is_refused(network: Network, shared: SharedState, data: bytes) -> None:
    _file(network).write_bytes(data)

    _refused(shared, "not signed")


def test_flipped_word_is_refused(network: Network, shared: SharedState) -> None:
    say(network, "hai")
    found = json.loads(_file(network).read_bytes())
    found["signed"]["targets"]["state/network.json"]["custom"]["banners"][0]["title"] = "ba"
    _file(network).write_text(json.dumps(found))

    _refused(shared, "not signed by a key")


def test_endless_state_is_cut_off(network: Network, shared: SharedState) -> None:
    _file(network).write_bytes(b" " * 10_000_000)

    _refused(shared, "longer than")


def test_version_that_would_outrun_every_later_one_is_refused(network: Network, shared: SharedState) -> None:
    key = keys.load(network.data / "keys", "online", "state")
    _file(network).write_bytes(seal(banner("xa"), version=2**40, expires=NOW + timedelta(days=1), signer=key))

    _refused(shared, "out of range")


def test_state_is_followed_while_the_timestamp_is_expired(network: Network, shared: SharedState) -> None:
    network.office.repository._clock = lambda: NOW - timedelta(hours=2)
    network.publish("badinh", {"/": page("mới")}, mtime=1001)
    assert network.puller.pull() == 0 and "expired" in network.puller.health.trouble.lower()
    say(network, "trong lúc quá hạn")

    assert shared.follow()
    restarted = SharedState(network.edge, Source(str(network.data / "store")))
    assert restarted.health.version == shared.health.version
    assert _title(restarted) == "trong lúc quá hạn"


def test_last_good_state_stays_over_a_restart_while_the_source_is_away(
    network: Network, shared: SharedState
) -> None:
    (network.data / "store").rename(network.data / "away")

    again = SharedState(network.edge, Source(str(network.data / "store")))

    assert not again.follow() and again.health.trouble
    assert again.health.version == shared.health.version
    assert _title(again) == "một"


def test_damaged_copy_of_the_edge_is_replaced(network: Network, shared: SharedState) -> None:
    shared.file.write_bytes(b"damaged")

    again = SharedState(network.edge, Source(str(network.data / "store")))

    assert again.follow() and _title(again) == "một"


def test_duty_key_counts_once_the_edge_knows_its_delegation_and_no_longer_when_revoked(
    network: Network, shared: SharedState
) -> None:
    personal = CryptoSigner.generate_ed25519()
    ceremony.entrust_state(network.data / "keys", {personal.public_key.keyid: personal.public_key}, NOW)
    network.office.repository.renew()
    StateDesk(network.data).publish(StateRequest(banner("trực"), TWO), personal, signed_by="an")
    assert not shared.follow()

    network.puller.pull()
    assert shared.follow() and _title(shared) == "trực"

    ceremony.entrust_state(network.data / "keys", {}, NOW)
    network.office.repository.renew()
    network.puller.pull()
    _file(network).write_bytes(
        seal(
            banner("giả"), version=shared.health.version + 9, expires=NOW + timedelta(days=1), signer=personal
        )
    )
    _refused(shared, "not signed by a key")


def test_expiry_is_told_as_stale_and_changes_nothing_for_readers(
    network: Network, shared: SharedState
) -> None:
    told = shared.health.shown(NOW + timedelta(days=31))

    assert told.stale and not shared.health.shown(NOW).stale
    assert shared.file.exists()


def test_edge_without_any_state_says_so_and_takes_the_first(network: Network) -> None:
    network.publish("badinh", {"/": page("Nhà")}, mtime=1000)
    network.puller.pull()
    shared = SharedState(network.edge, Source(str(network.data / "store")))
    assert not shared.follow() and "state/network.json" in shared.health.trouble

    say(network, "đầu tiên")

    assert shared.follow() and shared.health.trouble == ""


def test_store_of_another_network_is_refused(network: Network, shared: SharedState, tmp_path: Path) -> None:
    other = Network(tmp_path)
    say(other, "mạo danh")
    os.utime(_file(other), (1, 1))
    shutil.copy(_file(other), _file(network))

    _refused(shared, "not signed by a key")
