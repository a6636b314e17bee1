"""Is the tree still what was applied? Asked on every start: a power cut may have lost renames, a hand a file."""

import logging
from collections.abc import Iterator
from pathlib import Path

from conglang.edge.apply import Fetch, ObjectRefused, apply_site, parts
from conglang.edge.folder import EdgeFolder
from conglang.edge.source import SourceError
from conglang.wire.manifest import Entry
from conglang.wire.objects import SUFFIXES

log = logging.getLogger(__name__)


def differences(folder: EdgeFolder, site: str) -> Iterator[str]:
    """Paths whose file is missing or has another size or time than the applied manifest says."""
    for path, entry in folder.entries(site).items():
        if entry.status == 200 and not all(
            _as_signed(file, size, entry) for file, size in _files(folder, site, path, entry)
        ):
            yield path


def repair(folder: EdgeFolder, site: str, fetch: Fetch) -> bool:
    """Put a site's tree right from objects and source. False when it was right, or when the source is away."""
    wrong = list(differences(folder, site))
    if not wrong:
        return False
    log.warning("%s: %d files differ from the signed state, first %s; repairing", site, len(wrong), wrong[0])
    folder.pending(site).touch()
    entries = folder.entries(site)
    try:
        apply_site(folder, site, before=entries, after=entries, shards={}, fetch=fetch)
    except (SourceError, ObjectRefused) as error:
        log.warning("%s: not repaired now, tried again on the next edition: %s", site, error)
        return False
    return True


def clear_objects(folder: EdgeFolder) -> int:
    """Remove objects that no path shows any more. Bodies of error pages are shown by the app and stay."""
    kept = {
        folder.object(entry.digest, entry.mtime, encoding)
        for site in folder.applied().sites
        for entry in folder.entries(site).values()
        if entry.digest and entry.status != 200
        for encoding in (None, *SUFFIXES)
    }
    idle = [file for file in folder.objects.glob("??/*") if file.stat().st_nlink == 1 and file not in kept]
    for file in idle:
        file.unlink()
    return len(idle)


def _files(folder: EdgeFolder, site: str, path: str, entry: Entry) -> Iterator[tuple[Path, int]]:
    name = folder.file(site, path)
    for encoding, encoded in parts(entry):
        yield name.with_name(name.name + (SUFFIXES[encoding] if encoding else "")), encoded.size


def _as_signed(file: Path, size: int, entry: Entry) -> bool:
    try:
        found = file.stat()
    except OSError:
        return False
    return found.st_size == size and int(found.st_mtime) == entry.mtime
