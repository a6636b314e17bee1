"""What a stranger can hold open, and what the web servers say to requests that are none."""

import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from conglang.edge.tests.network import Network, page
from conglang.edge.tests.servers import Server, caddy, edge_app, nginx, nginx_program
from conglang.wire.paths import PathError, check_path

pytestmark = pytest.mark.slow  # each asks real servers


@pytest.fixture(scope="module")
def app() -> Iterator[tuple[Path, Path]]:
    folder = Path(tempfile.mkdtemp(prefix="cl", dir="/tmp"))
    network = Network(folder)
    network.publish("badinh", {"/": page("Nhà")}, mtime=1000)
    network.ask("badinh", {"/_/404/": network.entry("/_/404/", page("Không có"), mtime=1000, status=404)})
    network.name_hosts({"badinh.localhost": "badinh"})
    network.puller.pull()
    with edge_app(folder) as socket_of_app:
        yield folder, socket_of_app
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module", params=["caddy", "nginx"])
def server(request: pytest.FixtureRequest, app: tuple[Path, Path]) -> Iterator[Server]:
    if request.param == "nginx" and nginx_program() is None:
        pytest.skip("no nginx on this machine")
    with {"caddy": caddy, "nginx": nginx}[request.param](*app) as found:
        yield found


def sent(server: Server, text: bytes, *, then: bytes = b"", seconds: float = 0) -> tuple[bytes, float]:
    """What a request gets that is written as it stands here, `then` every now and then; how long it was held open."""
    began, found = time.monotonic(), b""
    where, waiting = ("127.0.0.1", server.port), 0.2 if then else 5
    with socket.create_connection(where, timeout=waiting) as connection, suppress(OSError):
        connection.sendall(text)
        while True:
            try:
                if not (piece := connection.recv(1 << 16)):
                    break
                found += piece
            except TimeoutError:
                if time.monotonic() - began > seconds:
                    break
                connection.sendall(then)
    return found, time.monotonic() - began


_TO_US = b"Host: badinh.localhost\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    "text",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + _TO_US + b"\r\n",
        b"\x16\x03\x01\x00\xa5\x01\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\n" + _TO_US + b"\r\n",
        b"CONNECT evil:80 HTTP/1.1\r\n" + _TO_US + b"\r\n",
        b"TRACE / HTTP/1.1\r\nX-Told: told\r\n" + _TO_US + b"\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"a" * 40_000 + b"\r\n" + _TO_US + b"\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + _TO_US + b"\r\n",
        b"GET / HTTP/1.1\r\nRange: bytes=99999999-\r\n" + _TO_US + b"\r\n",
        b'GET / HTTP/1.1\r\nIf-Match: "x"\r\n' + _TO_US + b"\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: x\r\n" + _TO_US + b"\r\n",
        b"GET /%00 HTTP/1.1\r\n" + _TO_US + b"\r\n",
        b"GET /.nothing HTTP/1.1\r\n" + _TO_US + b"\r\n",
    ],
)
def test_no_server_answers_in_its_own_name(server: Server, text: bytes) -> None:
    """Not with its name or its own page, and never with what was sent."""
    found, _ = sent(server, text)
    head, _, body = found.partition(b"\r\n\r\n")

    assert b"<center>" not in body and b"told" not in body
    assert b"<" not in body or b"badinh" in text  # the signed page for what is not found
    assert not head or head.split(b"\r\n")[0].split()[1] in (
        *(b"200", b"400", b"404", b"405", b"412", b"416"),
        *(b"431", b"501"),
    )


@pytest.mark.parametrize(("method", "target"), [(b"GET", b"/"), (b"POST", b"/"), (b"GET", b"/_/status")])
def test_nobody_waits_for_the_body_of_a_request(
    server: Server, method: bytes, target: bytes, request: pytest.FixtureRequest
) -> None:
    """A body that drips: the answer is there at once, and the connection does not stay for long."""
    if "caddy" in request.node.name and (method, target) != (b"GET", b"/"):
        pytest.skip("Caddy closes after ten seconds: once is enough")
    head = method + b" " + target + b" HTTP/1.1\r\nContent-Length: 60000\r\n" + _TO_US + b"\r\n"

    found, seconds = sent(server, head, then=b"x", seconds=20)

    assert found.startswith(b"HTTP/1.1 ") and seconds < 16


def test_nobody_gets_a_certificate_for_a_host_by_what_is_published_there(server: Server) -> None:
    """RFC 8555, 8.3: whoever answers there, or has it answered by a redirect, is the host."""
    for path in (
        "/.well-known/acme-challenge/Abc_def-",
        "/.well-known/acme-challenge/abc/",
        "/.well-known/x.txt",
    ):
        assert server.ask(path).status == 404
        with pytest.raises(PathError):
            check_path(path.lower())
    assert check_path("/.well-known/security.txt")
