"""Which edges a network has, and how each is asked what it shows.

`edges.json` in the data folder: `{"edges":{"1":"/run/…/edge.sock","hai":"https://may-chu-2.example"},"v":1}`. It is a
file and no table, so that edges can be named and asked while the database is away.
"""

import http.client
import json
import re
import socket
import ssl
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from conglang.wire import durable
from conglang.wire.manifest import canonical
from conglang.wire.status import LIMIT, EdgeStatus, StatusError, decode_status

FILE = "edges.json"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_ADDRESS = re.compile(
    r"https?://[a-z0-9.-]+(?::[0-9]{1,5})?/?|https?://\[[0-9a-f:]+\](?::[0-9]{1,5})?/?|/[!-~]{1,106}"
)
_CHUNK = 1 << 16


class BadEdge(ValueError):
    """A name or an address that cannot be an edge's, or a list of edges that cannot be read."""


class EdgeSilent(Exception):
    """The edge did not answer in time, or not with a report. The text says why."""


def check_name(name: str) -> str:
    """Lower-case letters, digits, hyphens. BadEdge otherwise."""
    if not _NAME.fullmatch(name):
        raise BadEdge(f"{name!r} is no name for an edge: lower-case letters, digits and hyphens, at most 40")
    return name


def check_address(address: str) -> str:
    """`http(s)://host[:port]`, or the path of a UNIX socket. BadEdge otherwise."""
    if not _ADDRESS.fullmatch(address):
        raise BadEdge(f"{address!r} is neither http(s)://HOST[:PORT] nor the path of a socket")
    return address.rstrip("/")


def read(data: Path) -> dict[str, str]:
    """Name → address of the edges of a data folder; empty before the first. BadEdge when the file is damaged."""
    try:
        found = json.loads((data / FILE).read_bytes())
        return {check_name(name): check_address(address) for name, address in found["edges"].items()}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadEdge(f"{data / FILE} cannot be read: {error}") from error


def write(data: Path, edges: Mapping[str, str]) -> None:
    """Replace the list. BadEdge for a name or an address that cannot be one."""
    checked = {check_name(name): check_address(address) for name, address in edges.items()}
    durable.write(data / FILE, canonical({"v": 1, "edges": checked}))


def ask(address: str, *, seconds: float = 2.0) -> EdgeStatus:
    """The report of the edge at an address. Raises EdgeSilent; never waits much longer than `seconds`."""
    end = time.monotonic() + seconds
    connection = _connection(address, seconds)
    try:
        connection.request("GET", "/_/status", headers={"Connection": "close"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise EdgeSilent(f"status {answer.status}")
        return decode_status(_body(connection, answer, end))
    except (OSError, http.client.HTTPException, StatusError) as error:
        raise EdgeSilent(str(error) or type(error).__name__) from error
    finally:
        connection.close()


def _body(connection: http.client.HTTPConnection, answer: http.client.HTTPResponse, end: float) -> bytes:
    data = bytearray()
    while piece := answer.read1(_CHUNK):
        data += piece
        left = end - time.monotonic()
        if left <= 0 or len(data) > LIMIT:
            raise EdgeSilent("the answer is too long, or too slow")
        if connection.sock:
            connection.sock.settimeout(left)
    return bytes(data)


def _connection(address: str, seconds: float) -> http.client.HTTPConnection:
    if address.startswith("/"):
        return _OverSocket(address, seconds)
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme == "https":
        return http.client.HTTPSConnection(
            host, parts.port, timeout=seconds, context=ssl.create_default_context()
        )
    return http.client.HTTPConnection(host, parts.port, timeout=seconds)


class _OverSocket(http.client.HTTPConnection):
    """HTTP over a UNIX socket."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
