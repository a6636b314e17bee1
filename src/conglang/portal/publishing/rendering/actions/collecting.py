"""Garbage collection of the store: bytes that nobody refers to, and has not for a while.

Two steps, a day apart. A blob is marked when nobody refers to it and unmarked when somebody does again; one that was
marked long enough is removed while no process is putting bytes into the store: first the row, then the siblings, then
the bytes themselves. Killed in between, files without a row are left; they are found by their age.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from django.db import connection, transaction

from conglang.wire.objects import SUFFIXES

from .. import holders
from ..locks import store_alone
from ..models import Blob
from ..shelving import store

logger = logging.getLogger(__name__)
GRACE = timedelta(days=1)  # an edge that pulls slowly, or comes back, still finds what it was told of
_BATCH = 500  # removed while publishers wait: some hundredths of a second


@dataclass(frozen=True)
class Collected:
    """What one collection did: blobs newly marked as unused, blobs removed, bytes freed with their siblings."""

    marked: int
    removed: int
    freed: int
    busy: bool = False  # publishers were at it all the time; the next collection goes on


def collect(*, at: datetime, grace: timedelta = GRACE) -> Collected:
    """Mark what is unused, remove what has been unused for ``grace``. May run beside everything; twice is once."""
    marked = _mark(at)
    removed = freed = 0
    candidates = iter([*_long_unused(at - grace), *_without_row(at - grace)])
    while batch := list(islice(candidates, _BATCH)):
        with store_alone() as alone:
            if not alone:
                return Collected(marked, removed, freed, busy=True)
            count, size = _remove(batch)
        removed, freed = removed + count, freed + size
    return Collected(marked, removed, freed)


def _mark(at: datetime) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        held = holders.held("blob.digest")
        cursor.execute(
            f"UPDATE rendering_blob AS blob SET unused_since = NULL WHERE unused_since IS NOT NULL AND {held}"  # noqa: S608
        )
        cursor.execute(
            f"UPDATE rendering_blob AS blob SET unused_since = %s WHERE unused_since IS NULL AND NOT {held}",  # noqa: S608
            [at],
        )
        return cursor.rowcount


def _long_unused(limit: datetime) -> list[str]:
    return list(Blob.objects.filter(unused_since__lte=limit).values_list("digest", flat=True))


def _without_row(limit: datetime) -> Iterator[str]:
    """Objects on disk that publishing does not know: of a killed process, or files of the desk nobody has."""
    for folder in sorted(store().objects.glob("??")):
        old = {file.name[:64] for file in folder.iterdir() if _modified(file) <= limit.timestamp()}
        known = Blob.objects.filter(digest__in=old).values_list("digest", flat=True)
        yield from sorted(old - set(known))


def _modified(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _remove(digests: Iterable[str]) -> tuple[int, int]:
    gone = holders.unheld(digests)
    with transaction.atomic(durable=True):
        Blob.objects.filter(digest__in=gone).delete()
    freed = sum(_unlink(digest) for digest in sorted(gone))
    return len(gone), freed


def _unlink(digest: str) -> int:
    freed = 0
    for encoding in (*SUFFIXES, None):  # the bytes themselves last: a sibling is nothing without them
        file = store().path(digest, encoding)
        try:
            freed += file.stat().st_size
            file.unlink()
        except FileNotFoundError:
            continue
    return freed
