"""Asking ClamAV's daemon about a file, when the installation has one. No answer is no permission.

The protocol is clamd's own: VERSION, and INSTREAM with the bytes in pieces, each with its length before it.
"""

import logging
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .examination.verdicts import Reason, Refused

log = logging.getLogger(__name__)
PIECE = 1 << 18
LONGEST_ANSWER = 4096


@dataclass(frozen=True)
class Scanner:
    """Where the daemon listens, and how long it may take: ``alive`` seconds to say that it is there, ``patience`` to
    look through a file."""

    address: str | tuple[str, int]
    alive: float = 2.0
    patience: float = 45.0

    @classmethod
    def parse(cls, text: str) -> "Scanner":
        """Return the scanner at ``unix:/run/clamav/clamd.ctl`` or ``tcp:127.0.0.1:3310``. ValueError for anything
        else."""
        scheme, _, rest = text.partition(":")
        if scheme == "unix" and rest.startswith("/"):
            return cls(rest)
        host, _, port = rest.rpartition(":")
        if scheme == "tcp" and host and port.isdigit():
            return cls((host.strip("[]"), int(port)))
        raise ValueError(f"{text!r} is neither unix:/PATH nor tcp:HOST:PORT")

    def version(self) -> str:
        """Return what the daemon says of itself and its signatures. OSError when it does not answer in time."""
        with self._connected(self.alive) as (line, deadline):
            line.sendall(b"zVERSION\0")
            if not (said := _answer(line, deadline)):
                raise ConnectionError("it hung up")
            return said

    def check(self, data: bytes) -> None:
        """Refused when the daemon finds something, and when it does not answer, or not with «OK»."""
        try:
            self.version()  # one that hangs is noticed here, within seconds
            answer = self._ask(data)
        except OSError as trouble:
            log.error("clamd at %s does not answer, so no file is taken: %s", self.address, trouble)
            raise Refused(Reason.NOT_SCANNED) from trouble
        if answer == "stream: OK":
            return
        if answer.startswith("stream: ") and answer.endswith(" FOUND"):
            log.warning("clamd refused an upload: %s", answer.removeprefix("stream: ").removesuffix(" FOUND"))
            raise Refused(Reason.VIRUS)
        log.error("clamd did not look through a file of %s bytes: %s", len(data), answer or "it hung up")
        raise Refused(Reason.NOT_SCANNED)

    def _ask(self, data: bytes) -> str:
        with self._connected(self.patience) as (line, deadline):
            try:
                line.sendall(b"zINSTREAM\0")
                for start in range(0, len(data), PIECE):
                    piece = data[start : start + PIECE]
                    _wait_until(line, deadline)
                    line.sendall(struct.pack(">I", len(piece)) + piece)
                line.sendall(struct.pack(">I", 0))
            except (BrokenPipeError, ConnectionResetError):
                pass  # it has heard enough (a limit of its own), and may have said why
            return _answer(line, deadline)

    @contextmanager
    def _connected(self, seconds: float) -> Iterator[tuple[socket.socket, float]]:
        deadline = time.monotonic() + seconds
        with self._line() as line:
            yield line, deadline

    def _line(self) -> socket.socket:
        if isinstance(self.address, tuple):
            return socket.create_connection(self.address, timeout=self.alive)
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(self.alive)
        try:
            line.connect(self.address)
        except OSError:
            line.close()
            raise
        return line


def _wait_until(line: socket.socket, deadline: float) -> None:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("it takes too long")
    line.settimeout(left)


def _answer(line: socket.socket, deadline: float) -> str:
    """Read up to the zero byte that ends an answer."""
    heard = b""
    while b"\0" not in heard and len(heard) < LONGEST_ANSWER:
        _wait_until(line, deadline)
        if not (piece := line.recv(LONGEST_ANSWER)):
            break
        heard += piece
    return heard.partition(b"\0")[0].decode("utf-8", "replace").strip()
