"""The content-addressed store: every byte the network serves, under the SHA-256 of itself.

    <root>/objects/ab/abcd…           the identity bytes
    <root>/objects/ab/abcd….br .gz    their compressed siblings, only where smaller

A file under its final name is complete: it was written under another name, synced, then renamed. Writing the same
bytes again is free. Several processes may write at once.
"""

import errno
import hashlib
import itertools
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from conglang.wire import durable

SUFFIXES = {"br": ".br", "gzip": ".gz"}
_DIGEST = re.compile(r"[0-9a-f]{64}")
_counter = itertools.count()


class ObjectDamaged(Exception):
    """The bytes in the store are not those their name promises."""


def digest_of(data: bytes) -> str:
    """SHA-256 as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def read_exactly(file: Path | str, size: int) -> bytes:
    """The bytes of a plain file of this size. ObjectDamaged, before a byte is read, for a file of another size and for
    what is no file: a pipe under an object's name never ends, and a hole of a terabyte costs its planter nothing.

    FileNotFoundError when there is nothing.
    """
    with open_plain(file) as opened:
        if (found := os.fstat(opened.fileno()).st_size) != size:
            raise ObjectDamaged(f"{file} has {found} bytes, not {size}")
        return opened.read(size)


def open_plain(file: Path | str) -> FileIO:
    """A plain file, unbuffered. ObjectDamaged for a link, a pipe or anything else; FileNotFoundError for nothing."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ObjectDamaged(f"{file} is a link") from error
        raise
    opened = FileIO(descriptor, "rb")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        opened.close()
        raise ObjectDamaged(f"{file} is not a file")
    return opened


class ObjectStore:
    """Objects below one folder. Cheap to make; holds no open files."""

    def __init__(self, root: Path | str) -> None:
        self.objects = Path(root) / "objects"
        self._half = self.objects / "tmp"

    def path(self, digest: str, encoding: str | None = None) -> Path:
        """Where an object (or its sibling, encoding "br" or "gzip") lies, there or not. ValueError for no digest."""
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"{digest!r} is not a SHA-256 digest")
        return self.objects / digest[:2] / (digest + (SUFFIXES[encoding] if encoding else ""))

    def has(self, digest: str, encoding: str | None = None) -> bool:
        return self.path(digest, encoding).exists()

    def size(self, digest: str, encoding: str | None = None) -> int:
        """Bytes. FileNotFoundError when the object is not there."""
        return self.path(digest, encoding).stat().st_size

    def read(self, digest: str) -> bytes:
        """The identity bytes, checked. FileNotFoundError, or ObjectDamaged when they do not match their name."""
        data = self.path(digest).read_bytes()
        if digest_of(data) != digest:
            raise ObjectDamaged(f"object {digest} in {self.objects} does not match its name")
        return data

    def put(self, data: bytes) -> str:
        """Store bytes durably and return their digest."""
        with self.batch() as batch:
            return batch.put(data)

    def put_encoded(self, digest: str, encoding: str, data: bytes) -> None:
        """Store the compressed sibling of an object durably; `encoding` is "br" or "gzip"."""
        with self.batch() as batch:
            batch.put_encoded(digest, encoding, data)

    @contextmanager
    def batch(self) -> Iterator["Batch"]:
        """Write many objects and sync them together; all are durable when the block ends without an error."""
        batch = Batch(self)
        try:
            yield batch
            batch.finish()
        finally:
            batch.discard()

    def clear_half_written(self) -> int:
        """Remove what writers that are dead left half-written. Return how many."""
        found = [
            file
            for file in self._half.glob("*")
            if not file.is_dir() and not durable.lives(file.name.partition("-")[0])
        ]
        for file in found:
            file.unlink(missing_ok=True)
        return len(found)


class Batch:
    """Objects on their way into the store. Made by `ObjectStore.batch()`."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._half = store.objects / "tmp"
        durable.make_folder(self._half)
        self._waiting: dict[Path, Path] = {}  # final name → name while half-written
        self._present: set[Path] = (
            set()
        )  # folders of objects that were there: their entry may not be synced yet

    def put(self, data: bytes) -> str:
        digest = digest_of(data)
        self._write(self._store.path(digest), data)
        return digest

    def put_encoded(self, digest: str, encoding: str, data: bytes) -> None:
        self._write(self._store.path(digest, encoding), data)

    def _write(self, final: Path, data: bytes) -> None:
        if final in self._waiting:
            return
        # Another size: a disk that lost the end of it; written anew.
        if _size(final) == len(data) and _renew_age(final):
            self._present.add(final.parent)
            return
        half = self._half / f"{os.getpid()}-{next(_counter)}-{final.name[:16]}{final.suffix}"
        self._waiting[final] = half  # before it is written: a full disk must not leave it behind
        half.write_bytes(data)

    def finish(self) -> None:
        """Sync, rename, sync the folders: in this order a name never points to missing bytes."""
        durable.sync(self._waiting.values())
        folders = self._present | {final.parent for final in self._waiting}
        for folder in folders:
            folder.mkdir(exist_ok=True)
        for final, half in self._waiting.items():
            half.replace(final)
        self._waiting.clear()
        durable.sync([*folders, self._store.objects] if folders else [])

    def discard(self) -> None:
        for half in self._waiting.values():
            half.unlink(missing_ok=True)
        self._waiting.clear()


def _renew_age(file: Path) -> bool:
    """Wanted again: garbage collection goes by age. False when it has just been collected."""
    try:
        os.utime(file)
    except FileNotFoundError:
        return False
    return True


def _size(file: Path) -> int | None:
    try:
        return file.stat().st_size
    except OSError:
        return None
