"""Turning a verified manifest into files a web server can serve, in an order that no reader notices.

Objects first, all of them, where nobody looks. Then links are renamed into place: assets, deep pages, sections and
home, feeds. Then the applied manifest is written, and what is no longer published goes last. A marker says that
an apply is under way: found on the next start, the whole site is compared with the tree and put right.
"""

import errno
import os
import stat
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from conglang.edge.folder import EdgeFolder
from conglang.edge.tree import clear_strays, hide, make_real, parts, remove, show
from conglang.wire import durable
from conglang.wire.manifest import Encoded, Entry
from conglang.wire.objects import digest_of

RESERVE = 100 * 2**20  # bytes that no new edition may take
RESERVE_SHARE = 50  # of a small disk a fiftieth
Fetch = Callable[[str, str | None, int], bytes]


class ObjectRefused(Exception):
    """The source gave bytes that are not those the manifest names. Nothing of this edition was applied."""


@dataclass(frozen=True)
class Change:
    """What a new edition makes of a site. `shards`: applied manifest files that change (None: gone).

    `interrupted`: an apply before was, so nothing that lies in the tree is taken on trust.
    """

    site: str
    before: Mapping[str, Entry]
    after: Mapping[str, Entry]
    shards: Mapping[str, bytes | None]
    interrupted: bool = False

    def changed(self) -> dict[str, Entry]:
        return {
            path: entry
            for path, entry in self.after.items()
            if self.interrupted or self.before.get(path) != entry
        }

    def gone(self) -> set[str]:
        return {
            path
            for path, entry in self.before.items()
            if entry.status == 200 and not _is_shown(self.after.get(path))
        }


def apply_sites(folder: EdgeFolder, changes: Sequence[Change], fetch: Fetch) -> int:
    """Make the tree of each site show its `after`, all with the same few syncs. Returns how many paths changed.

    Raises ObjectRefused, or what `fetch` raises, before anything visible changed.
    """
    changed = [(change, change.changed()) for change in changes]
    _bring_objects(folder, changed, fetch)
    for change in changes:
        durable.make_folder(folder.state / change.site)
        make_real(folder.www, folder.www / change.site)
    durable.write_many({folder.pending(change.site): b"" for change in changes})
    turns = [(change.site, path, entries[path]) for change, entries in changed for path in _shown(entries)]
    assets = [turn for turn in turns if _turn(turn[1])[0] == 0]
    for turn in assets:
        show(folder, *turn)
    _keep(folder, ((site, path) for site, path, _ in assets))
    for turn in turns:
        if _turn(turn[1])[0] > 0:
            show(folder, *turn)
    # Before anything goes: who finds no file any more asks the app, and the app asks the manifest.
    _record(folder, changes)
    return sum(_tidy(folder, change) + len(entries) for change, entries in changed)


def _shown(entries: Mapping[str, Entry]) -> list[str]:
    return sorted((path for path, entry in entries.items() if entry.status == 200), key=_turn)


def _tidy(folder: EdgeFolder, change: Change) -> int:
    """Take away what is no longer published; the apply is over. Returns how many paths went."""
    gone = change.gone()
    for path in gone:
        hide(folder, change.site, path)
    if change.interrupted:
        clear_strays(folder, change.site, change.after)
    folder.pending(change.site).unlink()
    return len(gone)


def _keep(folder: EdgeFolder, paths: Iterable[tuple[str, str]]) -> None:
    """Make these names durable: a power cut must not take a style and leave the page that asks for it."""
    places: set[Path] = set()
    for site, path in paths:
        place = folder.file(site, path).parent
        while place != folder.root and place not in places:
            places.add(place)
            place = place.parent
    durable.sync(places)


def _record(folder: EdgeFolder, changes: Iterable[Change]) -> None:
    files = {
        folder.state / change.site / f"{shard}.json": data
        for change in changes
        for shard, data in change.shards.items()
    }
    gone = [file for file, data in files.items() if data is None]
    for file in gone:
        file.unlink(missing_ok=True)
    durable.write_many({file: data for file, data in files.items() if data is not None})
    durable.sync({file.parent for file in gone})


def _is_shown(entry: Entry | None) -> bool:
    return entry is not None and entry.status == 200


def _turn(path: str) -> tuple[int, int, str]:
    """Sort key: assets and files, then pages from the deepest (articles) to the home page, then feeds and state."""
    if path.endswith("/"):
        return (1, -path.count("/"), path)
    in_folder_of_files = path.startswith("/_/") and path.count("/") > 2
    return (0 if in_folder_of_files else 2, 0, path)


def _bring_objects(
    folder: EdgeFolder, changed: Iterable[tuple[Change, Mapping[str, Entry]]], fetch: Fetch
) -> None:
    """Copy what is missing, for all of them at once."""
    waiting: dict[str, str] = {}
    for change, entries in changed:
        _fetch_missing(
            folder, entries.values(), _with_reserve(folder, fetch), waiting, doubted=change.interrupted
        )
    _settle(folder, waiting)


def _with_reserve(folder: EdgeFolder, fetch: Fetch) -> Fetch:
    """As `fetch`; OSError before a byte is fetched that would take the disk's last bytes. What is served needs them:
    to be put right, to be noted, and so does whoever else lives on this disk."""

    def bring(digest: str, encoding: str | None, size: int) -> bytes:
        disk = os.statvfs(folder.root)
        free, whole = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
        if free - size < min(RESERVE, whole // RESERVE_SHARE):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder.root))
        return fetch(digest, encoding, size)

    return bring


def _fetch_missing(
    folder: EdgeFolder, entries: Iterable[Entry], fetch: Fetch, waiting: dict[str, str], *, doubted: bool
) -> None:
    """Write what is missing aside: own inodes, so that damage in the store never reaches a reader. `doubted`: read what
    is there too, and copy again what is not as signed. `waiting`: final name → name while it waits.
    """
    for entry in entries:
        for encoding, encoded in parts(entry):
            final = folder.object_name(entry.digest or "", entry.mtime, encoding)
            if final in waiting or is_intact(final, encoded, entry.mtime, read=doubted):
                continue
            data = fetch(entry.digest or "", encoding, encoded.size)
            if len(data) != encoded.size or digest_of(data) != encoded.digest:
                raise ObjectRefused(f"{_name(final)}: the source holds other bytes than the manifest names")
            waiting[final] = _half_written(folder, final, data, entry.mtime)


def _name(file: str) -> str:
    return file.rpartition("/")[2]


def _half_written(folder: EdgeFolder, final: str, data: bytes, mtime: int) -> str:
    half = f"{folder.half}/{threading.get_ident()}-{_name(final)}"
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o444)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()  # a raw write on a full disk would write a part and say nothing
        os.utime(descriptor, (mtime, mtime))
    return half


def _settle(folder: EdgeFolder, waiting: Mapping[str, str]) -> None:
    durable.sync(map(Path, waiting.values()))
    folders = {Path(name) for name in {final.rpartition("/")[0] for final in waiting}}
    for one in folders:
        make_real(folder.objects, one)
    for final, half in waiting.items():
        try:
            Path(half).rename(final)
        except IsADirectoryError:  # somebody's, in the way
            remove(Path(final))
            Path(half).rename(final)
    durable.sync([*folders, folder.objects] if folders else [])


def is_intact(file: Path | str, encoded: Encoded, mtime: int, *, read: bool) -> bool:
    """Whether a file has the size and time it should have; with `read`, the bytes as well."""
    try:
        found = os.lstat(file)
        if not stat.S_ISREG(found.st_mode) or found.st_size != encoded.size or int(found.st_mtime) != mtime:
            return False
        return not read or digest_of(Path(file).read_bytes()) == encoded.digest
    except OSError:
        return False


def restore(
    folder: EdgeFolder, site: str, path: str, entry: Entry, fetch: Fetch, *, still: Callable[[], bool]
) -> None:
    """Put one path right again, its objects first. Raises what `fetch` raises, ObjectRefused or OSError.

    `still`: whether the entry is still the one that is applied, asked when the objects have come.
    """
    waiting: dict[str, str] = {}
    _fetch_missing(folder, [entry], fetch, waiting, doubted=True)
    _settle(folder, waiting)
    if entry.status == 200 and still():
        show(folder, site, path, entry)
