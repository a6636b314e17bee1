"""A store that cannot be reached, or is in wrong hands, is a foreseen trouble and holds nobody up."""

import gzip
import os
import socket
import threading
import time
import tracemalloc
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from conglang.edge import impatient
from conglang.edge.served import Asker, Unreachable, parse_place
from conglang.edge.source import Source, SourceError
from conglang.signer.limits import largest


def test_store_nobody_answers_for_is_named_and_no_fault_of_the_edge() -> None:
    with pytest.raises(SourceError, match=r"127\.0\.0\.1:9/store"):
        Source("http://127.0.0.1:9/store").timestamp()


class _Unavailable(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(503)
        self.send_header("Retry-After", "20000")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_edge_does_not_sleep_because_a_store_asks_it_to() -> None:
    with HTTPServer(("127.0.0.1", 0), _Unavailable) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        began = time.monotonic()
        with pytest.raises(SourceError, match="503"):
            Source(f"http://127.0.0.1:{server.server_port}/store").timestamp()
        server.shutdown()

    assert time.monotonic() - began < 5


@pytest.mark.parametrize("what", ["pipe", "link"])
def test_pipe_or_link_in_a_store_on_this_machine_holds_nobody_up(tmp_path: Path, what: str) -> None:
    digest = "a" * 64
    place = tmp_path / "objects" / "aa" / digest
    for file in (place, tmp_path / "repo/metadata/timestamp.json"):
        file.parent.mkdir(parents=True)
        os.mkfifo(file) if what == "pipe" else file.symlink_to("/etc/passwd")
    source, found = Source(str(tmp_path)), []

    def ask() -> None:
        for one in (lambda: source.object(digest, None, 10), source.timestamp):
            with pytest.raises(SourceError):
                one()
            found.append(1)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(5)

    assert found == [1, 1]


class _Drip:
    """A store that answers each request with what `answer` says, then a byte every now and then until it is stopped."""

    def __init__(self, answer: bytes, drop: bytes) -> None:
        self._answer, self._drop = answer, drop
        self._stop = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> "_Drip":
        threading.Thread(target=self._run, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._listening.close()

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._drip, args=(self._listening.accept()[0],), daemon=True).start()

    def _drip(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(1 << 16)
            connection.sendall(self._answer)
            while not self._stop.wait(0.05):
                connection.sendall(self._drop)


_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
_ONE_BYTE = b"1\r\nx\r\n"


@pytest.mark.parametrize(
    ("answer", "drop"),
    [
        (_CHUNKED + b"\r\n", b"0"),  # the length of a chunk, digit by digit
        (_CHUNKED + b"Connection: close\r\n\r\n", b"0"),
        (_CHUNKED + b"\r\n" + _ONE_BYTE + b"0\r\n", b"X: y\r\n"),  # what follows the last chunk
        (_CHUNKED + b"\r\n" + _ONE_BYTE, _ONE_BYTE),
    ],
)
def test_store_that_drips_inside_one_reading_is_given_up(
    monkeypatch: pytest.MonkeyPatch, answer: bytes, drop: bytes
) -> None:
    """Whoever sends between two bytes of a body what is none of it is never late for whoever counts the body."""
    monkeypatch.setattr(impatient, "PATIENCE", 0.5)
    with _Drip(answer, drop) as store:
        place = parse_place(store.address)
        began = time.monotonic()
        with pytest.raises(SourceError, match="too slowly"):
            Source(store.address).object("a" * 64, None, 1000)
        with pytest.raises(Unreachable):
            Asker(place).ask("/")
        with pytest.raises(Unreachable):
            Asker(place).fetch("/", limit=1000)

    assert time.monotonic() - began < 10


def test_largest_file_there_may_be_holds_an_edge_up_for_minutes_not_hours() -> None:
    assert impatient.seconds_for(largest("/_/d/phim.mp4")) < 45 * 60
    assert (
        impatient.seconds_for(largest("/_/m/anh.jpg")) > largest("/_/m/anh.jpg") / 32_000
    )  # a line of 256 kbit/s


def test_little_that_unpacks_into_much_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(1 << 28))
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    with _Drip(head + bomb, b"") as store:
        tracemalloc.start()
        with suppress(SourceError):
            Source(store.address).object("a" * 64, None, 1000)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert most < 20_000_000
