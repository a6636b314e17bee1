"""A look from outside, with the root file alone: normal when all is as signed, and exact about what is not."""

import http.client
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from conglang.edge import verify
from conglang.edge.memory import Memory
from conglang.edge.served import Place, parse_place
from conglang.edge.tests.network import Network, page
from conglang.edge.tests.servers import HOSTS, Server, caddy, edge_app, nginx, nginx_program
from conglang.edge.verify import Result, Verifier
from conglang.wire.manifest import Entry

pytestmark = pytest.mark.slow  # each asks real servers, or renders whole sites

MTIME = 1_751_302_800
BODIES = {
    "/": page("Nhà"),
    "/tin/": page("Tin"),
    "/nho/": b"x",
    "/_/a/site.0a1b2c3d.css": b"a{margin:0}\n" * 60,
}
Answer = tuple[int, list[tuple[str, str]], bytes]
Tamper = Callable[[str, str, Answer], Answer]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "PAUSES", (0.05, 0.1))


def signed(folder: Path) -> Network:
    network = Network(folder)
    network.publish("badinh", BODIES, mtime=MTIME)
    network.publish("tayho", {"/": page("Tây Hồ")}, mtime=MTIME)
    changed = {
        "/cu/": Entry(301, location="/tin/", mtime=MTIME),
        "/da-go/": Entry(410, mtime=MTIME),
        "/_/404/": network.entry("/_/404/", page("Không tìm thấy"), mtime=MTIME, status=404),
        "/_/410/": network.entry("/_/410/", page("Đã gỡ"), mtime=MTIME, status=410),
    }
    network.ask("badinh", changed)
    network.name_hosts(HOSTS, noindex=True)
    network.puller.pull()
    return network


class Middle:
    """Whoever stands between reader and server: passes everything on, changed as `tamper` says."""

    def __init__(self, port: int, tamper: Tamper) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                connection.request("GET", self.path, headers=dict(self.headers))
                given = connection.getresponse()
                answer = (given.status, given.getheaders(), given.read())
                connection.close()
                status, headers, body = tamper(self.path, self.headers["Accept-Encoding"], answer)
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Network, Server]]:
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="cl", dir="/tmp"))
    network = signed(folder)
    with edge_app(folder) as app, caddy(folder, app) as server:
        yield network, server
    shutil.rmtree(folder, ignore_errors=True)


def look(network: Network, port: int, host: str = "badinh.localhost", memory: Memory | None = None) -> Result:
    root = (network.data / "keys/root.json").read_bytes()
    place = Place(host, "http", 0, ("127.0.0.1", port))
    return Verifier(root, memory or Memory(None)).host(place)


@pytest.mark.parametrize("kind", ["caddy", "nginx"])
def test_what_was_signed_is_normal_behind_both_web_servers(served: tuple[Network, Server], kind: str) -> None:
    network, server = served
    if kind == "caddy":
        result = look(network, server.port)
    elif nginx_program() is None:
        pytest.skip("nginx is not installed")
    else:
        with nginx(network.data, network.data / "spool" / "edge.sock") as other:
            result = look(network, other.port)

    assert result.differences == ()
    assert result.normal and result.edition == 2
    assert (result.paths, result.requests) == (8, 27)
    assert look(network, server.port, "tayho.localhost").normal


def _only(path: str, change: Callable[[Answer], Answer], encoding: str = "") -> Tamper:
    def tamper(asked: str, accepted: str, answer: Answer) -> Answer:
        return change(answer) if asked == path and encoding in ("", accepted) else answer

    return tamper


def _with_header(name: str, value: str) -> Callable[[Answer], Answer]:
    return lambda one: (
        one[0],
        [pair for pair in one[1] if pair[0].lower() != name.lower()] + [(name, value)],
        one[2],
    )


CHANGES = {
    "one byte": (
        _only("/tin/", lambda one: (one[0], one[1], one[2].replace(b"T", b"t", 1)), "identity"),
        "/tin/", "body",
    ),
    "one byte of the compressed form": (
        _only("/tin/", lambda one: (one[0], one[1], one[2][:-1] + b"!"), "br"),
        "/tin/", "body",
    ),
    "a truncated body": (_only("/", lambda one: (one[0], one[1], one[2][:100])), "/", "body"),
    "a weaker policy": (
        _only("/", _with_header("Content-Security-Policy", "default-src *")), "/", "Content-Security-Policy",
    ),
    "a header that was taken away": (
        _only("/", lambda one: (one[0], [pair for pair in one[1] if pair[0] != "X-Content-Type-Options"], one[2])),
        "/", "X-Content-Type-Options",
    ),
    "a header that was added": (_only("/", _with_header("Set-Cookie", "a=b")), "/", "Set-Cookie"),
    "a script by header": (
        _only("/", _with_header("Link", "<//evil.example/x.js>; rel=preload")),
        "/", "Link",
    ),
    "another type": (_only("/tin/", _with_header("Content-Type", "text/plain")), "/tin/", "Content-Type"),
    "another time": (
        _only("/tin/", _with_header("Last-Modified", "Mon, 30 Jun 2025 18:00:00 GMT")),
        "/tin/", "Last-Modified",
    ),
    "a missing page": (_only("/tin/", lambda one: (404, one[1], one[2])), "/tin/", "status"),
    "an extra redirect": (
        _only("/", lambda one: (302, [("Location", "https://evil.example/")], b"")), "/", "status",
    ),
    "a redirect that leads elsewhere": (
        _only("/cu/", _with_header("Location", "https://evil.example/")),
        "/cu/", "Location",
    ),
    "a page instead of gone": (_only("/da-go/", lambda one: (200, one[1], one[2])), "/da-go/", "status"),
    "another error page": (_only("/_/404/", lambda one: (404, one[1], b"casino")), "/_/404/", "body"),
    "a wrong name of an encoding": (
        _only("/", _with_header("Content-Encoding", "gzip"), "br"), "/", "Content-Encoding",
    ),
    "an encoding nobody asked for": (
        _only("/", _with_header("Content-Encoding", "br"), "identity"), "/", "Content-Encoding",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_change_on_the_way_is_named_exactly(served: tuple[Network, Server], name: str) -> None:
    network, server = served
    tamper, path, what = CHANGES[name]

    result = look(network, Middle(server.port, tamper).port)

    assert {(one.path, one.what) for one in result.differences} == {(path, what)}
    assert not result.normal


def test_planted_page_under_an_unknown_address_is_found(served: tuple[Network, Server]) -> None:
    network, server = served

    def casino(path: str, accepted: str, answer: Answer) -> Answer:
        return (200, answer[1], b"casino") if answer[0] == 404 and path.startswith("/khong-co") else answer

    found = look(network, Middle(server.port, casino).port).differences

    assert {one.what for one in found} == {"status"} and found[0].path.startswith("/khong-co-")


def test_page_that_was_put_right_meanwhile_is_not_passed_over_in_silence(
    served: tuple[Network, Server],
) -> None:
    """The edge mends within seconds; whoever watches should know that there was something to mend."""
    network, server = served
    seen: list[str] = []

    def once(path: str, accepted: str, answer: Answer) -> Answer:
        if path != "/tin/":
            return answer
        seen.append(path)
        return (200, answer[1], b"casino") if len(seen) <= 3 else answer

    result = look(network, Middle(server.port, once).port)

    assert result.normal
    assert [one.path for one in result.mended] == ["/tin/"]


@pytest.mark.parametrize(
    ("status", "what"), [(200, "signature"), (302, "signature"), (404, "unsigned"), (503, "answer")]
)
def test_host_that_somebody_else_answers_is_not_of_this_network(
    served: tuple[Network, Server], status: int, what: str
) -> None:
    network, server = served
    middle = Middle(
        server.port, lambda path, accepted, answer: (status, [("Location", "/x")], b"<html>casino")
    )

    result = look(network, middle.port)

    assert [one.what for one in result.differences] == [what]


def test_other_network_with_its_own_keys_is_not_ours(served: tuple[Network, Server], tmp_path: Path) -> None:
    _, server = served

    result = look(Network(tmp_path), server.port)

    assert [one.what for one in result.differences] == ["signature"]


def test_host_outside_the_signed_list_is_named(served: tuple[Network, Server]) -> None:
    network, server = served

    result = look(network, server.port, "evil.localhost")

    assert "not in the signed list" in result.differences[0].seen


def test_nobody_at_home_is_no_answer(served: tuple[Network, Server]) -> None:
    network, _ = served

    assert [one.what for one in look(network, 1).differences] == ["answer"]


def test_publishing_meanwhile_gives_no_false_alarm(served: tuple[Network, Server]) -> None:
    network, server = served
    stop = threading.Event()

    def publish() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            news = {"/": page(f"Nhà {number}"), f"/tin/{number}/": page(f"Tin {number}")}
            network.publish("badinh", news, mtime=MTIME + number)
            time.sleep(0.4)

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        verify.PAUSES = (0.1, 0.2, 0.3, 0.4, 0.5)  # type: ignore[assignment]
        results, end = [look(network, server.port)], time.monotonic() + 30
        while (len(results) < 6 or results[-1].edition < results[0].edition + 2) and time.monotonic() < end:
            results.append(look(network, server.port))
    finally:
        stop.set()
        thread.join()

    assert [one for result in results for one in result.differences] == []
    assert results[-1].edition > results[0].edition


def test_old_edition_that_comes_back_is_older_than_what_was_seen(tmp_path: Path, short_folder: Path) -> None:
    network = signed(short_folder)
    memory = Memory(tmp_path / "root.seen.json")
    with edge_app(short_folder) as app, caddy(short_folder, app) as server:
        before = shutil.copytree(network.edge.root, short_folder / "before", symlinks=True)
        network.publish("badinh", {"/": page("mới")}, mtime=MTIME + 1)
        for _ in range(100):
            if network.edge.applied().sites["badinh"].edition == 3:
                break
            time.sleep(0.05)
        assert look(network, server.port, memory=memory).edition == 3
        memory.save()
    shutil.rmtree(network.edge.root)
    before.rename(network.edge.root)
    (short_folder / "store").rename(short_folder / "away")
    with edge_app(short_folder) as app, caddy(short_folder, app) as server:
        result = look(network, server.port, memory=Memory(tmp_path / "root.seen.json"))

    assert [one.what for one in result.differences] == ["older"]


def test_expired_signature_is_stale_and_still_verified(tmp_path: Path, short_folder: Path) -> None:
    network = signed(short_folder)
    past = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=59, seconds=55)
    network.office.repository._clock = lambda: past
    network.office.repository.renew()
    network.puller.pull()
    time.sleep(6)
    with edge_app(short_folder) as app, caddy(short_folder, app) as server:
        result = look(network, server.port)

    assert result.differences == () and result.stale and not result.normal


def test_edge_that_holds_on_to_an_old_edition_is_named(served: tuple[Network, Server]) -> None:
    """Its shards and role are those of before, while it passes on the newest snapshot."""
    network, server = served
    kept: dict[str, Answer] = {}

    def freeze(path: str, accepted: str, answer: Answer) -> Answer:
        if (
            path.startswith("/_/trust/")
            and not path.endswith(("badinh.json", "/0a.json"))
            and "badinh/" not in path
        ):
            return answer
        return kept.setdefault(f"{path} {accepted}", answer)

    middle = Middle(server.port, freeze)
    assert look(network, middle.port).differences == ()
    edition = network.publish("badinh", {"/": page(f"mới hơn {time.time()}")}, mtime=MTIME + 100_000)
    for _ in range(100):
        if network.edge.applied().sites["badinh"].edition == edition:
            break
        time.sleep(0.05)

    result = look(network, middle.port)

    assert ("", "edition") in {(one.path, one.what) for one in result.differences}


@pytest.mark.parametrize(
    ("text", "machine", "expected"),
    [
        ("badinh.hanoi.gov.vn", "", Place("badinh.hanoi.gov.vn")),
        (
            "badinh.hanoi.localhost",
            "127.0.0.1:8000",
            Place("badinh.hanoi.localhost", "http", 0, ("127.0.0.1", 8000)),
        ),
        ("http://a.b:81", "", Place("a.b", "http", 81)),
        ("https://a.b/", "127.0.0.1:8443", Place("a.b", "https", 0, ("127.0.0.1", 8443))),
    ],
)
def test_addresses_are_understood(text: str, machine: str, expected: Place) -> None:
    assert parse_place(text, machine=machine) == expected
