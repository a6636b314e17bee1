"""Comparing one site's tree with its applied manifest, and putting a path right."""

import logging
import stat
import time
from collections.abc import Container, Iterable, Iterator
from pathlib import Path

from conglang.edge.apply import Fetch, ObjectRefused, is_intact, restore
from conglang.edge.folder import EdgeFolder
from conglang.edge.source import SourceError
from conglang.edge.tree import clear_strays, is_real, parts, remove, removing, suffix
from conglang.wire.manifest import Encoded, Entry, ManifestError, decode_shard
from conglang.wire.objects import SUFFIXES
from conglang.wire.paths import shard_of

_LOGGED = 20  # lines for one round; a thousand planted files need not fill the disk too
log = logging.getLogger(__name__)


class Mender:
    """Puts right what one round finds, and counts it."""

    def __init__(self, folder: EdgeFolder, fetch: Fetch) -> None:
        self.found = self.mended = self.failed = 0
        self._folder = folder
        self._fetch = fetch

    def mend(self, site: str, path: str, *, read: bool) -> None:
        """Show a path as the manifest says, unless it is so by now. `read`: compare the bytes too."""
        entry = current(self._folder, site, path)
        if entry is None or is_right(self._folder, site, path, entry, read=read):
            return  # an edition was applied since it was read
        self._note(f"{site}{path} is not as signed")
        try:
            restore(
                self._folder, site, path, entry, self._fetch,
                still=lambda: current(self._folder, site, path) == entry,
            )  # fmt: skip
            self.mended += 1
        except (SourceError, ObjectRefused, OSError) as error:
            self._give_up(f"{site}{path}", error)

    def take_away(self, place: Path) -> Iterator[None]:
        """Remove what has no place in the tree, a step at a time."""
        self._note(f"{place} has no place here")
        try:
            yield from removing(place)
            self.mended += 1
        except OSError as error:
            self._give_up(str(place), error)

    def _note(self, words: str) -> None:
        self.found += 1
        if self.found <= _LOGGED:
            log.warning("%s; putting it right", words)

    def _give_up(self, what: str, error: Exception) -> None:
        self.failed += 1
        if self.failed <= _LOGGED:
            log.error("%s could not be put right, tried again: %s", what, error)


def current(folder: EdgeFolder, site: str, path: str) -> Entry | None:
    """The entry of a path as applied now; None when there is none."""
    shard = shard_of(path)
    try:
        data = (folder.state / site / f"{shard}.json").read_bytes()
        return decode_shard(data, site=site, shard=shard).get(path)
    except (OSError, ManifestError):
        return None


def files_of(folder: EdgeFolder, site: str, path: str, entry: Entry) -> list[tuple[Path, Encoded]]:
    """The files a path is served from, with what each should hold. Error pages are served from the objects."""
    if entry.status != 200:
        return [
            (folder.object(entry.digest or "", entry.mtime, encoding), encoded)
            for encoding, encoded in parts(entry)
        ]
    name = folder.file(site, path)
    return [(name.with_name(name.name + suffix(encoding)), encoded) for encoding, encoded in parts(entry)]


def is_right(folder: EdgeFolder, site: str, path: str, entry: Entry, *, read: bool) -> bool:
    """Whether a path is served from exactly the files it should be, each a link to an object of ours."""
    files = files_of(folder, site, path, entry)
    if not all(is_intact(file, encoded, entry.mtime, read=read) for file, encoded in files):
        return False
    shown = entry.status == 200
    return not shown or is_real(folder.www, files[0][0].parent) and all(_is_linked(file) for file, _ in files)


def _is_linked(file: Path) -> bool:
    try:
        return file.lstat().st_nlink > 1
    except OSError:
        return False


def differences(folder: EdgeFolder, site: str) -> Iterator[str]:
    """Paths of which a file is missing or is not, byte for byte, what the applied manifest says."""
    for path, entry in folder.entries(site).items():
        if not is_right(folder, site, path, entry, read=True):
            yield path


def repair(folder: EdgeFolder, site: str, fetch: Fetch) -> bool:
    """Compare one whole site, every byte of it, and put right what differs. True when something did."""
    mender = Mender(folder, fetch)
    entries = folder.entries(site)
    for path in entries:
        mender.mend(site, path, read=True)
    return bool(clear_strays(folder, site, entries)) or mender.found > 0


def clear_objects(folder: EdgeFolder) -> int:
    """Remove the objects that no path shows any more, all at once. Returns how many there were."""
    shown = (entry for site in folder.applied().sites for entry in folder.entries(site).values())
    return sum(clearing(folder, kept_objects(folder, shown), before=time.time() + 1))


def kept_objects(folder: EdgeFolder, entries: Iterable[Entry]) -> set[Path]:
    """Objects that no path links to and that are needed all the same: the app shows the bodies of error pages."""
    return {
        folder.object(entry.digest, entry.mtime, encoding)
        for entry in entries
        if entry.digest and entry.status != 200
        for encoding in (None, *SUFFIXES)
    }


def clearing(folder: EdgeFolder, kept: Container[Path], *, before: float) -> Iterator[int]:
    """Remove, a folder at a time, objects that lost their last link before an instant (seconds since 1970).

    Gives how many each time.
    """
    for place in folder.objects.glob("??"):
        idle = [file for file in place.iterdir() if file not in kept and _is_idle(file, before)]
        for file in idle:
            remove(file)
        yield len(idle)


def _is_idle(file: Path, before: float) -> bool:
    """Whether no path shows it any more; what is not even a file, none ever did."""
    found = file.lstat()
    return not stat.S_ISREG(found.st_mode) or found.st_nlink == 1 and found.st_ctime < before
