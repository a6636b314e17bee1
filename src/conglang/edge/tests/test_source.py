"""A store that cannot be reached, or is in wrong hands, is a foreseen trouble and holds nobody up."""

import os
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from conglang.edge.source import Source, SourceError


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
