"""A look from outside at what all sites say together: signed by its role, in order, in time."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conglang.edge import verify
from conglang.edge.memory import Memory
from conglang.edge.tests.network import Network
from conglang.edge.tests.servers import Server, caddy, edge_app
from conglang.edge.tests.test_verify import Answer, Middle, Tamper, look, signed
from conglang.signer import keys
from conglang.wire.envelope import seal
from conglang.wire.paths import STATE_PATH
from conglang.wire.state import Banner, State

pytestmark = pytest.mark.slow  # each asks real servers, or renders whole sites

NOW = datetime.now(UTC).replace(microsecond=0)
SOON = NOW + timedelta(days=1)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "PAUSES", (0.05,))


@pytest.fixture
def served(short_folder: Path) -> Iterator[tuple[Network, Server]]:
    network = signed(short_folder)
    with edge_app(short_folder) as app, caddy(short_folder, app) as server:
        yield network, server


def say(
    network: Network, server: Server, version: int, *, expires: datetime = SOON, role: str = "state"
) -> bytes:
    """Have the edge show a state of this version; the bytes that readers get."""
    state = State(NOW, (Banner("emergency", f"Tin {version}", "", NOW, SOON),))
    data = seal(
        state, version=version, expires=expires, signer=keys.load(network.data / "keys", "online", role)
    )
    file = network.data / "store/repo/state/network.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    for _ in range(200 if role == "state" else 0):
        if server.ask(STATE_PATH).body == data:
            break
        time.sleep(0.05)
    return data


def answering(data: bytes, status: int = 200) -> Tamper:
    """Somebody on the way who answers for the shared state with these bytes."""

    def tamper(path: str, accepted: str, answer: Answer) -> Answer:
        return (status, answer[1], data) if path == STATE_PATH else answer

    return tamper


def test_signed_state_is_normal_and_its_version_is_told(served: tuple[Network, Server]) -> None:
    network, server = served
    assert (look(network, server.port).normal, look(network, server.port).shared) == (True, 0)

    say(network, server, 7)

    result = look(network, server.port)
    assert result.differences == () and result.normal and result.shared == 7


def test_state_that_was_changed_or_signed_by_another_role_is_named(served: tuple[Network, Server]) -> None:
    network, server = served
    forged = say(network, server, 8, role="network")
    right = say(network, server, 7)

    for data in (right.replace(b"Tin 7", b"Tin 9"), forged, b"{}", b"casino"):
        result = look(network, Middle(server.port, answering(data)).port)
        assert {(one.path, one.what) for one in result.differences} == {(STATE_PATH, "signature")}


def test_state_with_other_headers_is_named(served: tuple[Network, Server]) -> None:
    network, server = served
    say(network, server, 7)

    def cached(path: str, accepted: str, answer: Answer) -> Answer:
        kept = [("Cache-Control", "max-age=86400") if name == "Cache-Control" else (name, value)
                for name, value in answer[1]]  # fmt: skip
        return (answer[0], kept, answer[2]) if path == STATE_PATH else answer

    found = look(network, Middle(server.port, cached).port).differences

    assert [(one.path, one.what) for one in found] == [(STATE_PATH, "Cache-Control")]


def test_state_of_before_or_none_at_all_is_older_than_what_was_seen(
    served: tuple[Network, Server], tmp_path: Path
) -> None:
    network, server = served
    before = say(network, server, 7)
    say(network, server, 8)
    memory = Memory(tmp_path / "root.seen.json")
    assert look(network, server.port, memory=memory).shared == 8
    memory.save()

    for tamper in (answering(before), answering(b"", 404)):
        again = Memory(tmp_path / "root.seen.json")
        found = look(network, Middle(server.port, tamper).port, memory=again).differences
        assert [(one.path, one.what, one.expected) for one in found] == [(STATE_PATH, "older", "version 8")]


def test_state_past_its_end_is_stale(served: tuple[Network, Server]) -> None:
    network, server = served
    say(network, server, 7, expires=NOW - timedelta(hours=1))

    result = look(network, server.port)

    assert result.differences == () and result.stale and not result.normal
