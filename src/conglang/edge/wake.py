"""Waiting for the signer where he signs into a folder of this machine: the kernel says when a file took its name."""

import ctypes
import os
import select
import threading
from pathlib import Path
from types import TracebackType

_MOVED_TO = 0x80  # IN_MOVED_TO, inotify(7)
_EVENTS = 1 << 16  # bytes read at once: some hundreds of events


class Wake:
    """Watches one folder. Where that cannot be (no such folder, no inotify), `wait` is an ordinary wait.

    Only a hint: whoever waits looks again after a while anyway, for the folder may have been replaced by another one.
    """

    def __init__(self, folder: Path | None) -> None:
        self._descriptor = _watch(folder) if folder else None

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        """Return True as soon as a file took a name in the folder; False after so many seconds, or when told to stop.

        A stop during the wait is heard at its end.
        """
        if self._descriptor is None or stop.is_set():
            stop.wait(seconds)
            return False
        waiting = select.poll()  # select(2) knows no descriptor above 1023
        waiting.register(self._descriptor, select.POLLIN)
        return bool(waiting.poll(seconds * 1000) and os.read(self._descriptor, _EVENTS))

    def __enter__(self) -> "Wake":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _watch(folder: Path) -> int | None:
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "inotify_init1"):
        return None
    descriptor: int = library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if descriptor < 0:
        return None
    if library.inotify_add_watch(descriptor, os.fsencode(folder), _MOVED_TO) < 0:
        os.close(descriptor)
        return None
    return descriptor
