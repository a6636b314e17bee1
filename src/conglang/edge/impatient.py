"""Answers that nobody can hold for ever: a time limit of a socket counts from byte to byte, these count from the start.

Whoever sends a header line, a body, or what stands between two pieces of one, letter by letter is never late for the
socket. So the head of an answer has a limit of its own, a body has to keep a pace, and a connection that is late is cut
wherever it is being read.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from urllib3 import PoolManager

PATIENCE = 20.0  # seconds granted to any answer beyond what its bytes need
SLOWEST = (
    20_000  # bytes a second of what a village line may take long for: a page, a picture, a scanned decision
)
ORDINARY = 20_000_000  # bytes; what is larger is a film, and has to come at the speed of a data centre
SLOWEST_BEYOND = 500_000  # bytes a second


def seconds_for(size: int) -> float:
    """The most that a transfer of so many bytes may take: 20 s for a page, 34 minutes for the largest film."""
    return PATIENCE + min(size, ORDINARY) / SLOWEST + max(0, size - ORDINARY) / SLOWEST_BEYOND


class _UnderWay:
    """One answer, or its head, on its socket; `late_at` moves on with the bytes that have come."""

    def __init__(self, connection: socket.socket | None) -> None:
        self.connection = connection
        self.begun = time.monotonic()
        self.late_at = self.begun + PATIENCE
        self.cut = False

    def got(self, size: int) -> None:
        """So many bytes of the body have come. TimeoutError when they took longer than anything honest takes."""
        self.late_at = self.begun + seconds_for(size)
        if time.monotonic() > self.late_at:
            raise TimeoutError(f"{size} bytes so far")


class _Watchdog:
    """One thread that cuts connections which are late: a thread for each of a hundred thousand answers would cost more
    than the answers."""

    def __init__(self) -> None:
        self._watched: set[_UnderWay] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def watch(self, one: _UnderWay) -> None:
        with self._lock:
            self._watched.add(one)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="impatience", daemon=True)
                self._thread.start()

    def leave(self, one: _UnderWay) -> None:
        with self._lock:
            self._watched.discard(one)

    def _run(self) -> None:
        while True:
            time.sleep(min(1.0, PATIENCE / 4))
            now = time.monotonic()
            with self._lock:
                for one in self._watched:
                    if one.late_at <= now and not one.cut:
                        one.cut = True
                        _shut(one.connection)


_watchdog = _Watchdog()


@contextmanager
def cut_in_time(connection: socket.socket | None) -> Iterator[Callable[[int], None]]:
    """Within it the socket is shut when what is read comes later than `seconds_for` so many bytes; the callable hears
    how many have come. Raises TimeoutError then: an answer that was cut off looks like one that is over.
    """
    one = _UnderWay(connection)
    _watchdog.watch(one)
    try:
        yield one.got
    except Exception as error:
        if one.cut:
            raise TimeoutError("cut off") from error
        raise
    finally:
        _watchdog.leave(one)
    if one.cut:
        raise TimeoutError("cut off")


def _shut(connection: socket.socket | None) -> None:
    with suppress(OSError, AttributeError):  # closed already, or not even open
        if connection is not None:
            connection.shutdown(socket.SHUT_RDWR)


def impatient_pool() -> "PoolManager":
    """Connections that are kept, and cut when the head of an answer does not come. Each answer has its `socket`, so
    its body can be cut as well."""
    import urllib3
    from urllib3.connection import HTTPConnection, HTTPSConnection

    class Plain(HTTPConnection):
        def getresponse(self) -> Any:
            return _head(self, super().getresponse)

    class Sealed(HTTPSConnection):
        def getresponse(self) -> Any:
            return _head(self, super().getresponse)

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    class SealedPool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Sealed

    # What a store asks us to wait is not ours to wait: nobody would pull, or mend, meanwhile.
    retries = urllib3.Retry(total=2, redirect=0, status=0, respect_retry_after_header=False)
    pool = urllib3.PoolManager(maxsize=2, retries=retries)
    pool.pool_classes_by_scheme = {"http": PlainPool, "https": SealedPool}
    return pool


def _head(connection: Any, read: Callable[[], Any]) -> Any:
    used = connection.sock  # afterwards it may be nobody's but the answer's
    with cut_in_time(used):
        answer = read()
    answer.socket = used
    return answer
