"""Small questions to our own programs: is it there, is it ready. Every question is short and never raises."""

import http.client
import json
import socket
from pathlib import Path
from typing import Any

import psycopg


class _SocketConnection(http.client.HTTPConnection):
    """HTTP over a UNIX socket."""

    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def ask_socket(path: Path, target: str, *, timeout: float = 2.0) -> tuple[int, bytes]:
    """Status and body of a GET over a UNIX socket; (0, b"") when nobody answers."""
    return _get(_SocketConnection(path, timeout), target, {})


def ask_port(port: int, host: str, target: str, *, timeout: float = 2.0) -> tuple[int, bytes]:
    """Status and body of a GET to this machine under a host name; (0, b"") when nobody answers."""
    return _get(http.client.HTTPConnection("127.0.0.1", port, timeout=timeout), target, {"Host": host})


def _get(connection: http.client.HTTPConnection, target: str, headers: dict[str, str]) -> tuple[int, bytes]:
    try:
        connection.request("GET", target, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


def edge_status(path: Path) -> dict[str, Any]:
    """What the edge app reports about itself; empty when it does not answer."""
    status, body = ask_socket(path, "/_/status")
    try:
        return dict(json.loads(body)) if status == 200 else {}
    except ValueError:
        return {}


def worker_alive(url: str, *, since: float) -> bool:
    """Whether a worker has been heard of after the instant `since` (seconds since 1970)."""
    question = "select 1 from procrastinate_workers where last_heartbeat > to_timestamp(%s)"
    try:
        with psycopg.connect(url, connect_timeout=2) as session:
            return session.execute(question, [since]).fetchone() is not None
    except psycopg.Error:
        return False
