"""The files a web server serves: how a path is shown, hidden, and what has no place there is removed.

Each path is a hard link to an object, its encodings beside it. Symbolic links are never followed: whoever may write
here for a moment must not be able to lead us, or a reader, elsewhere.
"""

import os
import stat
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path

from conglang.edge.folder import EdgeFolder
from conglang.wire.manifest import Encoded, Entry
from conglang.wire.objects import SUFFIXES


def parts(entry: Entry) -> list[tuple[str | None, Encoded]]:
    """The encodings of an entry that are served, identity last. ETags are made of time and size, so of two encodings
    with the same size only the first is used.
    """
    if entry.digest is None:
        return []
    found: list[tuple[str | None, Encoded]] = []
    for name, encoded in (("br", entry.br), ("gzip", entry.gzip)):
        if encoded and encoded.size not in {other.size for _, other in found}:
            found.append((name, encoded))
    return [*found, (None, Encoded(entry.digest, entry.size))]


def show(folder: EdgeFolder, site: str, path: str, entry: Entry) -> None:
    target = folder.file_name(site, path)
    make_real(folder.www, target.rpartition("/")[0])
    used = parts(entry)
    for encoding, _ in used:
        _link(
            folder, folder.object_name(entry.digest or "", entry.mtime, encoding), target + suffix(encoding)
        )
    for encoding in SUFFIXES.keys() - {encoding for encoding, _ in used}:
        Path(target + SUFFIXES[encoding]).unlink(missing_ok=True)


def make_real(top: Path, place: Path | str) -> None:
    """Make `place` a folder all the way from `top`; a link or a file that stands in the way is removed."""
    if is_real(top, place):
        return
    one = top
    for name in Path(place).relative_to(top).parts:
        one = one / name
        if one.is_symlink() or one.exists() and not one.is_dir():
            one.unlink()
        one.mkdir(exist_ok=True)


def is_real(top: Path, place: Path | str) -> bool:
    """Whether `place`, somewhere below `top`, is a folder reached from there without any symbolic link."""
    end, name = str(top), str(place)
    while name != end:
        try:
            if not stat.S_ISDIR(os.lstat(name).st_mode):
                return False
        except OSError:
            return False
        name = name.rpartition("/")[0]
    return True


def _link(folder: EdgeFolder, object_file: str, name: str) -> None:
    """Put a hard link under `name` in one step. (rename(2) does nothing, and leaves both, when they are one file.)"""
    try:
        os.link(object_file, name)
    except FileExistsError:
        _link_over(folder, object_file, name)


def _link_over(folder: EdgeFolder, object_file: str, name: str) -> None:
    there = Path(name)
    if there.is_dir() and not there.is_symlink():
        remove(there)
    half = folder.half / "link"
    half.unlink(missing_ok=True)
    os.link(object_file, half)
    half.rename(name)
    half.unlink(missing_ok=True)


def hide(folder: EdgeFolder, site: str, path: str) -> None:
    """Take a path away, identity first, then the folders it leaves empty."""
    target = folder.file(site, path)
    if not is_real(folder.www, target.parent):  # never remove what lies behind somebody's link
        return
    for ending in ("", *SUFFIXES.values()):
        target.with_name(target.name + ending).unlink(missing_ok=True)
    place = target.parent
    while place != folder.www / site and place.is_dir() and not any(place.iterdir()):
        place.rmdir()
        place = place.parent


def clear_strays(folder: EdgeFolder, site: str, after: Mapping[str, Entry]) -> int:
    """Remove what lies below the site's folder and is not in its manifest. Returns how many. Nothing is followed."""
    count = 0
    wanted = known_files(folder, site, after)
    folders = {str(place) for name in wanted for place in Path(name).parents}
    waiting = [folder.www / site]
    while waiting:
        with os.scandir(waiting.pop()) as found:
            for one in found:
                if one.path in folders and one.is_dir(follow_symlinks=False):
                    waiting.append(Path(one.path))
                elif one.path not in wanted:
                    count += remove(Path(one.path))
    return count


def remove(place: Path) -> int:
    """Remove a file, a link or a folder with all below it. Returns how many there were. Nothing is followed."""
    return sum(1 for _ in removing(place))


def removing(place: Path) -> Iterator[None]:
    """As `remove`, one step at a time, so that a hundred thousand planted files neither block nor fill memory."""
    if place.is_symlink() or not place.is_dir():
        place.unlink(missing_ok=True)
        yield
        return
    waiting = [place]
    while waiting:
        if below := (yield from _emptied(waiting[-1])):
            waiting.append(below)
        else:
            waiting.pop().rmdir()
            yield


def _emptied(place: Path) -> Generator[None, None, Path | None]:
    """Remove the files of one folder; return the first folder met, None when nothing is left."""
    with os.scandir(place) as found:
        for one in found:
            if one.is_dir(follow_symlinks=False):
                return Path(one.path)
            Path(one.path).unlink(missing_ok=True)
            yield
    return None


def known_files(folder: EdgeFolder, site: str, entries: Mapping[str, Entry]) -> set[str]:
    """The names of all files that these entries put into the tree."""
    return {
        folder.file_name(site, path) + suffix(encoding)
        for path, entry in entries.items()
        if entry.status == 200
        for encoding, _ in parts(entry)
    }


def suffix(encoding: str | None) -> str:
    """What is added to a file's name for an encoding: nothing, ".br" or ".gz"."""
    return SUFFIXES[encoding] if encoding else ""
