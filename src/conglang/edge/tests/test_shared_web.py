"""Caddy and nginx answer with the one shared state on every known host, and cheaply."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from conglang.edge.app import EdgeApp
from conglang.edge.report import report
from conglang.edge.shared import SharedState
from conglang.edge.source import Source
from conglang.edge.tests.network import Network, page
from conglang.edge.tests.servers import HOSTS, Server, caddy, edge_app, nginx, nginx_program
from conglang.wire.envelope import peek
from conglang.wire.headers import HEADER_SETS


def _say_nothing(network: Network) -> None:
    """Two sites with their hosts, and the first state of a network, which says nothing."""
    for site in HOSTS.values():
        network.publish(site, {"/": page(site)}, mtime=1000)
    network.name_hosts(HOSTS, noindex=True)
    network.puller.pull()
    network.office.renew()
    assert SharedState(network.edge, Source(str(network.data / "store"))).follow()


@pytest.fixture(scope="module", params=["caddy", "nginx"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    if request.param == "nginx" and nginx_program() is None:
        pytest.skip("nginx is not installed: its configuration was not tested with the shared state")
    folder = Path(tempfile.mkdtemp(prefix="cl", dir="/tmp"))
    _say_nothing(Network(folder))
    with edge_app(folder) as app, {"caddy": caddy, "nginx": nginx}[request.param](folder, app) as running:
        yield running
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("host", HOSTS)
def test_every_known_host_answers_with_the_one_shared_state(server: Server, host: str) -> None:
    answer, page_of_all = (
        server.ask("/_/network.json", host=host),
        server.ask("/_/network.json?t=1", host=host),
    )

    assert answer.status == 200 and answer.body == page_of_all.body
    assert peek(answer.body)[0].is_silent
    assert answer["Content-Type"] == "application/json"
    for header, value in HEADER_SETS["state"].items():
        assert answer.headers.get_all(header) == [value], header
    assert answer["X-Robots-Tag"] == "noindex, nofollow"


def test_shared_state_that_is_known_costs_304(server: Server) -> None:
    first = server.ask("/_/network.json")
    again = server.ask("/_/network.json", If_None_Match=first["ETag"])
    other_site = server.ask("/_/network.json", If_None_Match=first["ETag"], host="tayho.localhost")

    assert (again.status, again.body) == (304, b"") and other_site.status == 304
    assert again["Cache-Control"] == "no-cache"
    head = server.ask("/_/network.json", method="HEAD")
    assert (head.status, head.body, head["ETag"]) == (200, b"", first["ETag"])


def test_shared_state_is_for_reading_on_known_hosts_under_its_one_name(server: Server) -> None:
    assert server.ask("/_/network.json", host="evil.example").status in (421, 400)
    assert server.ask("/_/network.json", method="POST", Content_Length="0").status == 405
    for path in ("/network.json", "/_/network.json/", "/shared/network.json", "/_/.network.json"):
        assert server.ask(path).status == 404
    moved = server.ask("/_/NETWORK.json")
    assert (moved.status, moved["Location"]) == (301, "/_/network.json")


def test_edge_app_answers_for_a_web_server_that_does_not_know_the_shared_state(network: Network) -> None:
    _say_nothing(network)
    app = EdgeApp(network.edge, report=lambda: report(network.puller, name="1"))

    def ask(**headers: str) -> Response:
        named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": "GET", "path": "/_/network.json", "headers": named}
        return app.answer(Request(scope))

    first = ask(host="badinh.localhost")
    assert (first.status_code, peek(bytes(first.body))[0].is_silent) == (200, True)
    assert ask(host="badinh.localhost", if_none_match=first.headers["etag"]).status_code == 304
    assert ask(host="evil.example").status_code == 421
    (network.edge.shared / "network.json").unlink()
    assert ask(host="badinh.localhost").status_code == 404
