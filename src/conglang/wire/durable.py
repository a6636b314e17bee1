"""Files that survive a kill or a power cut: written aside, synced, renamed into place.

After an error of fsync(2) nobody knows what reached the disk, and asking again may say yes to lost bytes. So nothing
here tries the same file twice: what was written aside is removed and the caller gets the error.
"""

import ctypes
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

AT_ONCE = 16  # syncs at a time: the file system makes one commit of its journal for all of them
FEW = 96  # up to so many files are synced by name; more are cheaper with one sync of the file system


def write(
    path: Path, data: bytes, *, mode: int = 0o644, sync: bool = True, owner: tuple[int, int] | None = None
) -> None:
    """Replace the file at `path` in one step. Readers see the old bytes or the new ones, never a part.

    `owner`: user and group that get the file before it takes its name (only root may give). Raises OSError, and leaves
    nothing behind, when the disk is full or broken.
    """
    with _removed_on_failure(temporary := _aside(path)):
        _fill(temporary, data, mode, sync=sync, owner=owner)
        temporary.rename(path)


def write_many(files: Mapping[Path, bytes]) -> None:
    """Replace files durably, together: none takes its name before the bytes of all are safe. Raises as `write`."""
    waiting = {path: _aside(path) for path in files}
    with _removed_on_failure(*waiting.values()):
        for path, temporary in waiting.items():
            _fill(temporary, files[path], 0o644, sync=False)
        sync(waiting.values())
        for path, temporary in waiting.items():
            temporary.rename(path)
    sync({path.parent for path in files})


def make_folder(folder: Path) -> None:
    """Make a folder, its parents too, each with a name that a power cut does not take away."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync([folder.parent])


def clear_aside(folder: Path) -> int:
    """Remove what writers that are dead left beside their files in this folder. Return how many."""
    found = [file for file in folder.glob(".*.tmp") if not lives(file.name.split(".")[-2])]
    for file in found:
        file.unlink(missing_ok=True)
    return len(found)


def lives(number: str) -> bool:
    """Whether a process of this number runs on this machine."""
    try:
        os.kill(int(number), 0)
    except (ValueError, ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's process
        return True
    return True


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def _fill(
    temporary: Path, data: bytes, mode: int, *, sync: bool, owner: tuple[int, int] | None = None
) -> None:
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        if owner is not None:
            os.fchown(descriptor, *owner)
        file.write(data)
        if sync:
            file.flush()
            os.fsync(file.fileno())


@contextmanager
def _removed_on_failure(*temporaries: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        for temporary in temporaries:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
        raise


def sync(paths: Iterable[Path]) -> None:
    """Make files, or the renames inside folders, durable: all of them when it returns. They share one file system.

    Raises OSError for the first that failed, when nothing is under way any more. Twelve files one after the other are
    twelve commits of the journal (30 ms on an ordinary disk), at once they are one or two.
    """
    wanted = list(paths)
    if len(wanted) > FEW:
        sync_file_system(wanted[0].parent)
    elif len(wanted) == 1 or AT_ONCE == 1:
        for path in wanted:
            _sync_one(path)
    else:
        under_way = [_threads(os.getpid()).submit(_sync_one, path) for path in wanted]
        wait(under_way)
        for one in under_way:
            one.result()


@cache
def _threads(process: int) -> ThreadPoolExecutor:
    """Threads that wait for the disk; a forked child has to have its own."""
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix=f"sync-{process}")


def _sync_one(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file_system(folder: Path) -> None:
    """Make everything written below `folder` durable: one syncfs(2), or sync(2) where there is none. Raises OSError."""
    call = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if call is None:
            os.sync()
        elif call(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(descriptor)
