"""Answers that nobody can hold for ever: a time limit of a socket counts from byte to byte, these count from the start.

Whoever sends a header line, or a body, letter by letter is never late for the socket. So the head of an answer has a
limit of its own, at which the connection is cut, and a body has to keep a pace.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from urllib3 import PoolManager

PATIENCE = 20.0  # seconds granted to any answer beyond what SLOWEST needs
SLOWEST = 20_000  # bytes a second; a source that drips would hold an edge back for ever


class Pace:
    """How long a body may take that has come this far."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    def kept(self, size: int) -> bool:
        """False once the first `size` bytes have taken longer than anything honest takes."""
        return time.monotonic() - self._begun <= PATIENCE + size / SLOWEST


class _Watchdog:
    """One thread that cuts connections which are late: a thread for each of a hundred thousand answers would cost more
    than the answers."""

    def __init__(self) -> None:
        self._late_at: dict[int, tuple[float, Any]] = {}
        self._cut: set[int] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def watch(self, connection: Any) -> None:
        with self._lock:
            self._late_at[id(connection)] = (time.monotonic() + PATIENCE, connection)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="impatience", daemon=True)
                self._thread.start()

    def leave(self, connection: Any) -> bool:
        """True when it had to be cut."""
        with self._lock:
            cut = id(connection) in self._cut
            self._cut.discard(id(connection))
            self._late_at.pop(id(connection), None)
        return cut

    def _run(self) -> None:
        while True:
            time.sleep(min(1.0, PATIENCE / 4))
            now = time.monotonic()
            with self._lock:
                for number, (at, connection) in self._late_at.items():
                    if at <= now and number not in self._cut:
                        self._cut.add(number)
                        _shut(connection)


_watchdog = _Watchdog()


@contextmanager
def cut_in_time(connection: Any) -> Iterator[None]:
    """When this takes longer than PATIENCE, the connection's socket is shut. Raises TimeoutError then: a head that was
    cut off looks like one without a body."""
    _watchdog.watch(connection)
    cut = False
    try:
        yield
    finally:
        cut = _watchdog.leave(connection)
    if cut:
        raise TimeoutError("the head of the answer comes too slowly")


def _shut(connection: Any) -> None:
    with suppress(OSError, AttributeError):  # closed already, or not even open
        connection.sock.shutdown(socket.SHUT_RDWR)


def impatient_pool() -> "PoolManager":
    """Connections that are kept, and cut when the head of an answer does not come."""
    import urllib3
    from urllib3.connection import HTTPConnection, HTTPSConnection

    class Plain(HTTPConnection):
        def getresponse(self) -> Any:
            with cut_in_time(self):
                return super().getresponse()

    class Sealed(HTTPSConnection):
        def getresponse(self) -> Any:
            with cut_in_time(self):
                return super().getresponse()

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    class SealedPool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Sealed

    # What a store asks us to wait is not ours to wait: nobody would pull, or mend, meanwhile.
    retries = urllib3.Retry(total=2, redirect=0, status=0, respect_retry_after_header=False)
    pool = urllib3.PoolManager(maxsize=2, retries=retries)
    pool.pool_classes_by_scheme = {"http": PlainPool, "https": SealedPool}
    return pool
