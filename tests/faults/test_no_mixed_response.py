"""Nobody who reads while a site changes gets anything but one output of an edition that was current (row 14)."""

import http.client
import multiprocessing
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from conglang.edge.tests.network import Network
from conglang.edge.tests.servers import Server, caddy, edge_app, nginx, nginx_program

from . import swaps

pytestmark = [pytest.mark.fault]
APP = "spool/edge.sock"
SWAPS = 20  # 1,000 in `./conglang bench faults --only swaps`


@pytest.fixture
def network(folder: Path) -> Network:
    return swaps.prepare(folder)


@pytest.fixture
def servers(network: Network) -> Iterator[dict[str, Server]]:
    with ExitStack() as stack:
        app = stack.enter_context(edge_app(network.data))
        found = {"caddy": stack.enter_context(caddy(network.data, app))}
        if nginx_program() is not None:
            found["nginx"] = stack.enter_context(nginx(network.data, app))
        yield found


def test_every_answer_is_one_output_of_a_current_edition(
    network: Network, servers: dict[str, Server]
) -> None:
    swaps.begin(network)
    with swaps.readers(servers, network.data, each=1) as seen:
        journals = swaps.follow(network, servers, network.data / APP, SWAPS)

    for name in servers:
        assert len(seen[name]) > 10 * SWAPS, f"nobody read from {name}"
        assert swaps.wrong(journals[name], seen[name], early=name == "caddy") == []


def test_page_is_answered_as_signed_while_its_file_comes_and_goes(
    network: Network, servers: dict[str, Server]
) -> None:
    """The instants of a swap, long enough to be met: no file yet, or none any more when it is to be opened."""
    journals = swaps.follow(network, servers, network.data / APP, 0)
    file = network.edge.www / "badinh" / "tin" / "index.html"
    for name, server in servers.items():
        known = journals[name].answers[0]
        with _coming_and_going(file):
            seen = list(_asked(server, 2000))
        odd = [
            (name, key, reply.status, _differing(reply, known[key]))
            for key, reply in seen
            if reply not in known[key]
        ]
        assert odd == []


def _differing(reply: swaps.Reply, right: Iterable[swaps.Reply]) -> list[object]:
    """The headers in which it differs from each right answer, also by number, and whether the body is the same."""
    had = Counter(reply.headers)
    others = [(Counter(one.headers), one.body) for one in right]
    return [((had - wanted) + (wanted - had), reply.body == body) for wanted, body in others]


def _asked(server: Server, times: int) -> Iterator[tuple[swaps.Key, swaps.Reply]]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    for number in range(times):
        key = ("/tin/", swaps.ENCODINGS[number % 3])
        yield key, swaps.ask(connection, key)
    connection.close()


@contextmanager
def _coming_and_going(file: Path) -> Iterator[None]:
    """A name that is there and is not, thousands of times a second. (A process: threads would share our core.)"""
    fork = multiprocessing.get_context("fork")
    stop = fork.Event()
    aside = file.with_name("aside")

    def go() -> None:
        while not stop.is_set():
            for _ in range(100):
                with suppress(FileNotFoundError):  # the edge looks through its tree meanwhile and mends
                    file.rename(aside)
                    aside.rename(file)

    process = fork.Process(target=go, daemon=True)
    process.start()
    try:
        yield
    finally:
        stop.set()
        process.join()


def test_the_judge_finds_a_mixed_answer(network: Network, servers: dict[str, Server]) -> None:
    """A test that cannot fail would be worth nothing: a body under another edition's ETag is found."""
    journal = swaps.follow(network, servers, network.data / APP, 1)["caddy"]
    key = ("/tin/", "gzip")
    old, new = (next(iter(journal.answers[number][key])) for number in (0, 1))
    during = (journal.begun[1], journal.complete[1])
    mixed = swaps.Reply(200, old.headers, new.body)

    assert swaps.wrong(journal, [swaps.Seen(*during, key, "", old), swaps.Seen(*during, key, "", new)]) == []
    late = swaps.Reply(200, new.headers, old.body)
    for early in (False, True):
        assert len(swaps.wrong(journal, [swaps.Seen(*during, key, "", late)], early=early)) == 1
    assert len(swaps.wrong(journal, [swaps.Seen(*during, key, "", mixed)])) == 1
    assert swaps.wrong(journal, [swaps.Seen(*during, key, "", mixed)], early=True) == []
    too_late = journal.complete[1] + 0.001
    assert len(swaps.wrong(journal, [swaps.Seen(too_late, too_late, key, "", old)])) == 1
