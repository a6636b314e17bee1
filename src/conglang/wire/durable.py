"""Files that survive a kill or a power cut: written aside, synced, renamed into place."""

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path


def write(path: Path, data: bytes, *, mode: int = 0o644, sync: bool = True) -> None:
    """Replace the file at `path` in one step. Readers see the old bytes or the new ones, never a part."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        if sync:
            file.flush()
            os.fsync(file.fileno())
    temporary.rename(path)


def sync(paths: Iterable[Path]) -> None:
    """Make files, or the renames inside folders, durable."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sync_file_system(folder: Path) -> None:
    """Make everything written below `folder` durable: one syncfs(2), or sync(2) where there is none."""
    call = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if call is None or call(descriptor) != 0:
            os.sync()
    finally:
        os.close(descriptor)
