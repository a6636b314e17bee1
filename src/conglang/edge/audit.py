"""Is the tree still what was applied? Asked on every start: a power cut may have lost renames, a hand a file."""

import logging
from collections.abc import Iterator
from pathlib import Path

from conglang.edge.apply import Fetch, ObjectRefused, apply_site, is_intact, known_files, parts, suffix
from conglang.edge.folder import EdgeFolder
from conglang.edge.source import SourceError
from conglang.wire.objects import SUFFIXES

log = logging.getLogger(__name__)


def differences(folder: EdgeFolder, site: str) -> Iterator[str]:
    """Paths of which a file is missing or is not, byte for byte, what the applied manifest says."""
    for path, entry in folder.entries(site).items():
        name = folder.file(site, path)
        files = [
            (name.with_name(name.name + suffix(encoding)), encoded) for encoding, encoded in parts(entry)
        ]
        if entry.status == 200 and not all(
            is_intact(file, one, entry.mtime, read=True) for file, one in files
        ):
            yield path


def foreign(folder: EdgeFolder, site: str) -> list[Path]:
    """Files below a site's folder that its manifest does not know."""
    wanted = known_files(folder, site, folder.entries(site))
    return [file for file in (folder.www / site).rglob("*") if file.is_file() and str(file) not in wanted]


def repair(folder: EdgeFolder, site: str, fetch: Fetch) -> bool:
    """Put a site's tree right from objects and source. False when it was right, or when the source is away."""
    wrong = [*differences(folder, site), *map(str, foreign(folder, site))]
    if not wrong:
        return False
    log.warning("%s: %d files are not as signed, first %s; putting them right", site, len(wrong), wrong[0])
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
