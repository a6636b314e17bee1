"""The edge's own folder: is each thing of the kind its place is for, and was somebody there?

What the tree shows is judged by `audit`, what is signed by `chain`. Here it is only made sure that every file can be
replaced: a folder where a file belongs would stop every pull, a file where a folder belongs every start.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from conglang.edge.folder import EdgeFolder
from conglang.edge.tree import make_real, remove
from conglang.wire.repo import site_role

_FILES = ("applied.json", "hosts.json", "accepted-expired.json")
_ROOT_LINK = "root.json"  # in trust/: python-tuf's own link to the newest root
_HISTORY = "root_history"
_OF_A_SITE = site_role("")
Stamps = dict[str, tuple[int, int, int]]


def put_in_order(folder: EdgeFolder) -> int:
    """Take away what is of the wrong kind, no link followed; it is written or pulled anew. Returns how many."""
    for place in folder.places():
        make_real(folder.root, place)
    return sum(1 for place, kind in _kinds(folder) if _taken_away(place, kind))


def stamps(folder: EdgeFolder) -> Stamps:
    """Something else whenever anybody touched what this edge knows of the whole network. Cheap: asked at each pull.

    By the time of the last change, which unlike that of the last writing nobody can set back.
    """
    found: Stamps = {}
    trusted = (*_in(folder.trust), *_in(folder.trust / _HISTORY), *_in(folder.shown))
    for file in (*(folder.root / name for name in _FILES), *trusted):
        if file.name.startswith(_OF_A_SITE):
            continue
        with suppress(OSError):
            seen = file.lstat()
            found[str(file)] = (seen.st_ino, seen.st_size, seen.st_ctime_ns)
    return found


def _kinds(folder: EdgeFolder) -> Iterator[tuple[Path, int]]:
    """What lies in the folder, with the kind of thing it must be. A folder is named before what is in it."""
    for name in _FILES:
        yield folder.root / name, stat.S_IFREG
    for place in _in(folder.trust):
        if place.name == _ROOT_LINK and place.is_symlink():
            continue
        yield place, stat.S_IFDIR if place.name == _HISTORY else stat.S_IFREG
    for place in (*_in(folder.state), *_in(folder.objects)):
        yield place, stat.S_IFDIR
    # those of objects/ are put right one by one: there are too many to ask for all of them
    for place in (folder.trust / _HISTORY, folder.shown, folder.shared, folder.half, *_in(folder.state)):
        for file in _in(place):
            yield file, stat.S_IFREG


def _in(place: Path) -> list[Path]:
    try:
        with os.scandir(place) as found:
            return [Path(one.path) for one in found]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _taken_away(place: Path, kind: int) -> bool:
    try:
        if stat.S_IFMT(place.lstat().st_mode) == kind:
            return False
    except FileNotFoundError:
        return False
    remove(place)
    return True
