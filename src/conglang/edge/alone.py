"""One thread at a time works in an edge's folder, and whoever waits for the store lets the other in.

Pulling and auditing change the same tree. While one of them waits for bytes from the network nothing of its work is
half-done that a reader could see (`apply`: objects first, where nobody looks), so a store that keeps an edge waiting
does not keep it from looking after what it serves.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType


class Alone:
    """A lock that its holder may lend while it waits. `with alone:` holds it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = threading.Lock()
        self._holder = 0
        self._waiting = 0
        self._away = 0

    def __enter__(self) -> None:
        with self._count:
            self._waiting += 1
        self._lock.acquire()
        with self._count:
            self._waiting -= 1
        self._holder = threading.get_ident()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._holder = 0
        self._lock.release()

    @property
    def wanted(self) -> bool:
        """Whether another thread waits for it: who works in small steps makes room."""
        return self._waiting > 0

    @property
    def lent(self) -> bool:
        """Whether another thread is in the middle of its work, away at the store."""
        return self._away > 0

    @contextmanager
    def away(self) -> Iterator[None]:
        """Let the other thread in meanwhile. Nothing happens for a thread that does not hold it."""
        if self._holder != threading.get_ident():
            yield
            return
        with self._count:
            self._away += 1
        self.__exit__(None, None, None)
        try:
            yield
        finally:
            self.__enter__()
            with self._count:
                self._away -= 1
