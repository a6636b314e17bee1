"""A server in wrong hands would like to know who verifies and who reads. It has answered before it learns it."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from conglang.edge import browser
from conglang.edge.memory import Memory
from conglang.edge.served import Place, machines
from conglang.edge.tests.network import Network, page
from conglang.edge.tests.servers import Server, caddy, edge_app
from conglang.edge.tests.test_verify import Answer, Middle
from conglang.edge.verify import Result, Verifier

pytestmark = pytest.mark.slow  # each asks real servers

HOME = b'<!doctype html><html lang="vi"><title>x</title><a href="/tin/">Tin</a> <a href="/tin/?a=b">Tin</a></html>'


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Network, Server]]:
    folder = Path(tempfile.mkdtemp(prefix="cl", dir="/tmp"))
    network = Network(folder)
    network.publish("badinh", {"/": HOME, "/tin/": page("Tin")}, mtime=1_751_302_800)
    network.name_hosts({"badinh.localhost": "badinh"}, noindex=True)
    network.puller.pull()
    with edge_app(folder) as app, caddy(folder, app) as server:
        yield network, server
    shutil.rmtree(folder, ignore_errors=True)


def look(network: Network, port: int) -> Result:
    root = (network.data / "keys/root.json").read_bytes()
    return Verifier(root, Memory(None)).host(Place("badinh.localhost", "http", 0, ("127.0.0.1", port)))


def test_server_that_is_honest_is_normal_and_was_asked_as_a_browser_asks(
    served: tuple[Network, Server],
) -> None:
    network, server = served
    asked: list[tuple[str, str]] = []

    def note(path: str, accepted: str, answer: Answer) -> Answer:
        asked.append((path, accepted))
        return answer

    result = look(network, Middle(server.port, note).port)

    assert result.normal and result.mended == ()
    assert asked[:2] == [("/", "gzip, deflate"), ("/tin/", "gzip, deflate")]
    assert asked[2][0].startswith("/_/trust/"), asked[:6]


@pytest.mark.parametrize("path", ["/", "/tin/"])
def test_server_that_is_honest_from_the_first_question_about_trust_on_is_found(
    served: tuple[Network, Server], path: str
) -> None:
    network, server = served
    known = False

    def lie(asked: str, accepted: str, answer: Answer) -> Answer:
        nonlocal known
        known = known or asked.startswith("/_/trust/")
        if asked != path or known:
            return answer
        plain = [pair for pair in answer[1] if pair[0] != "Content-Encoding"]
        return (200, plain, HOME.replace(b"x", b"casino"))

    result = look(network, Middle(server.port, lie).port)

    assert {one.path for one in result.mended} == {path}


def test_every_address_of_a_name_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(10, 1, 6, "", ("2001:db8::1", 443, 0, 0)), (2, 1, 6, "", ("192.0.2.1", 443))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [*both, *both])

    found = [place.machine for place in machines(Place("badinh.hanoi.gov.vn"))]

    assert found == [("2001:db8::1", 443), ("192.0.2.1", 443)]


def test_page_is_asked_for_in_the_words_of_a_browser() -> None:
    names = [name for name, _ in browser.headers("a.vn", "https", "/", browser.EVERYTHING)]

    assert names[:2] == ["Host", "Connection"] and "Sec-Fetch-Dest" in names
    assert len(names) == len(set(names))
