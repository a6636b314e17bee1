"""The portal asks its edges: what they say is written down, and a dead one delays nobody."""

import http.server
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conglang.portal.publishing.releases.edge_round import ask_edges
from conglang.portal.publishing.releases.models import EdgeReport
from conglang.portal.publishing.releases.queries import shown_editions
from conglang.wire import edges
from conglang.wire.status import EdgeStatus, ShownSite, Trouble

AT = "2026-11-25T08:00:00+00:00"


@pytest.fixture
def edge() -> Iterator[tuple[str, dict[str, EdgeStatus]]]:
    """An edge that says what the test wants it to say."""
    said: dict[str, EdgeStatus] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(said["now"].to_json()).encode())

        def log_message(self, *_: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", said
    server.shutdown()
    server.server_close()


@pytest.mark.django_db
def test_what_an_edge_says_is_known_and_a_dead_one_delays_nobody(edge, tmp_path: Path) -> None:
    address, said = edge
    deaf = socket.socket()
    deaf.bind(("127.0.0.1", 0))
    deaf.listen()  # takes the call and never says a word
    known = {f"diec-{number}": f"http://127.0.0.1:{deaf.getsockname()[1]}" for number in range(6)}
    edges.write(tmp_path, {"mot": address, **known})
    said["now"] = EdgeStatus("mot", AT, stale=False, sites={"badinh": ShownSite(7, AT, "a" * 64)})
    begun = time.monotonic()

    silent = ask_edges(tmp_path)

    assert time.monotonic() - begun < 6
    assert sorted(silent) == sorted(known)
    assert sorted(shown_editions("badinh")) == [0] * 6 + [7]
    assert EdgeReport.objects.get(name="diec-1").silent
    deaf.close()


@pytest.mark.django_db
def test_silent_edge_keeps_what_it_said_and_a_forgotten_one_goes(edge, tmp_path: Path) -> None:
    address, said = edge
    edges.write(tmp_path, {"mot": address})
    said["now"] = EdgeStatus(
        "mot", AT, stale=True, trouble=Trouble.UNREACHABLE, sites={"badinh": ShownSite(7, AT)}
    )
    ask_edges(tmp_path)
    heard = EdgeReport.objects.get(name="mot").heard_at
    edges.write(tmp_path, {"mot": str(tmp_path / "nobody.sock")})
    ask_edges(tmp_path)

    report = EdgeReport.objects.get(name="mot")
    assert (report.heard_at, report.trouble, report.stale) == (heard, "unreachable", True)
    assert report.silent and shown_editions("badinh") == [7]
    edges.write(tmp_path, {})
    ask_edges(tmp_path)
    assert not EdgeReport.objects.exists()
