"""Asking a web server as a reader does, and noting exactly what it answers. Nothing is followed, decoded or kept."""

import hashlib
import http.client
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from conglang.edge import browser
from conglang.edge.impatient import cut_in_time

_HOST = re.compile(r"[a-z0-9.:-]{1,253}")
_CHUNK = 1 << 17
_TIMEOUT = 20.0
_KEPT = 4096  # bytes of a body that are remembered, to say what was seen instead


class Unreachable(Exception):
    """Nobody answered, or not in HTTP. The text says why."""


@dataclass(frozen=True)
class Place:
    """A host as readers name it, and the machine to ask. `port` 0: the scheme's own, also in the Host header."""

    host: str
    scheme: str = "https"
    port: int = 0
    machine: tuple[str, int] | None = None
    ca: str | None = None

    @property
    def name(self) -> str:
        """What stands in the Host header."""
        return f"{self.host}:{self.port}" if self.port else self.host

    def sibling(self, host: str) -> "Place":
        """Another host of the same machine or port."""
        return Place(host, self.scheme, self.port, self.machine, self.ca)


def machines(place: Place) -> list[Place]:
    """The same place once for each address its name leads to, of both families, four at most; itself where it cannot be
    told, or where the machine was named."""
    if place.machine:
        return [place]
    port = place.port or (443 if place.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(place.host, port, type=socket.SOCK_STREAM)
    except OSError:
        return [place]
    pairs = dict.fromkeys((str(one[4][0]), port) for one in found)
    return [replace(place, machine=pair) for pair in list(pairs)[:4]]


def parse_place(text: str, *, machine: str = "", ca: str | None = None) -> Place:
    """From `host`, `host:port` or `http(s)://host[:port]`, and `address:port` of the machine. ValueError otherwise.

    Without a scheme it is https, except for `*.localhost` and where a port but no CA is given.
    """
    scheme, _, rest = text.rpartition("://")
    if scheme not in ("", "http", "https"):
        raise ValueError(text)
    host, port = _host_and_port(rest.rstrip("/"), named=text)
    pair = _host_and_port(machine) if machine else None
    if pair and not pair[1]:
        raise ValueError(machine)
    plain = host.endswith("localhost") or (pair[1] if pair else port) not in (0, 443)
    return Place(host, scheme or ("http" if plain and not ca else "https"), port, pair, ca)


def _host_and_port(text: str, *, named: str = "") -> tuple[str, int]:
    """Port 0 when none is written. ValueError, with the text as it was `named`, for anything but these two."""
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError(named or text) from error
    more = parts.path or parts.query or parts.fragment or "@" in parts.netloc
    if more or port == 0 or not _HOST.fullmatch(host):
        raise ValueError(named or text)
    return host, port or 0


@dataclass(frozen=True)
class Seen:
    """One answer. `start`: the first bytes of the body; `digest` and `size` are of all of it as it came."""

    status: int
    headers: tuple[tuple[str, str], ...]
    digest: str
    size: int
    start: bytes

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def one(self, name: str) -> str:
        return ", ".join(self.all(name))


class Asker:
    """One connection to one place, opened again when the server closed it. Not for several threads."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._connection: http.client.HTTPConnection | None = None
        self._socket: socket.socket | None = None

    def ask(self, target: str, *, encoding: str = "identity", kept: int = _KEPT) -> Seen:
        """GET, body hashed as it comes, `kept` bytes of it remembered. Raises Unreachable."""
        answer = self._request(target, encoding)
        digest, size, start = hashlib.sha256(), 0, b""
        for piece in self._body(target, answer):
            digest.update(piece)
            size += len(piece)
            start += piece[: kept - len(start)] if len(start) < kept else b""
        return Seen(answer.status, tuple(answer.getheaders()), digest.hexdigest(), size, start)

    def fetch(self, target: str, *, limit: int) -> tuple[int, bytes]:
        """Status and whole body of a GET. Raises Unreachable, also for more than `limit` bytes."""
        answer, data = self._request(target, "identity"), bytearray()
        for piece in self._body(target, answer):
            data += piece
            if len(data) > limit:
                self.close()
                raise Unreachable(f"{target}: more than {limit} bytes")
        return answer.status, bytes(data)

    def close(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None

    def _request(self, target: str, encoding: str) -> http.client.HTTPResponse:
        for last in (False, True):
            try:
                connection = self._connection = self._connection or _open(self._place)
                connection.putrequest("GET", target, skip_host=True, skip_accept_encoding=True)
                for name, value in browser.headers(self._place.name, self._place.scheme, target, encoding):
                    connection.putheader(name, value)
                connection.endheaders()
                self._socket = connection.sock  # afterwards it may be nobody's but the answer's
                with cut_in_time(self._socket):
                    return connection.getresponse()
            except (OSError, http.client.HTTPException) as error:
                self.close()  # a connection kept open may have been closed by the server: once more
                if last:
                    raise Unreachable(f"{type(error).__name__}: {error}") from error
        raise AssertionError

    def _body(self, target: str, answer: http.client.HTTPResponse) -> Iterator[bytes]:
        size = 0
        try:
            with cut_in_time(self._socket) as hurry:
                while piece := answer.read1(_CHUNK):  # what is there, so that a dripping server is noticed
                    size += len(piece)
                    hurry(size)
                    yield piece
            answer.close()  # read to its end by `read1` it does not know that it is over, and would be asked for anew
        except TimeoutError as error:
            self.close()
            raise Unreachable(f"{target} comes too slowly: {size} bytes so far") from error
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Unreachable(f"{type(error).__name__}: {error}") from error


def _open(place: Place) -> http.client.HTTPConnection:
    port = place.port or (443 if place.scheme == "https" else 80)
    machine = place.machine or (place.host, port)
    connection = http.client.HTTPConnection(place.host, port, timeout=_TIMEOUT)
    plain = socket.create_connection(machine, timeout=_TIMEOUT)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if place.scheme == "https":
        context = ssl.create_default_context(cafile=place.ca)
        connection.sock = context.wrap_socket(plain, server_hostname=place.host)
    else:
        connection.sock = plain
    return connection
