"""Turning a verified manifest into files a web server can serve, in an order that no reader notices.

Objects first, all of them, where nobody looks. Then links are renamed into place: assets, deep pages, sections and
home, feeds. Then the applied manifest is written, and what is no longer published goes last. A marker says that
an apply is under way: found on the next start, the whole site is compared with the tree and put right.
"""

import os
import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from conglang.edge.folder import EdgeFolder
from conglang.edge.tree import clear_strays, hide, make_real, parts, remove, show
from conglang.wire import durable
from conglang.wire.manifest import Encoded, Entry
from conglang.wire.objects import digest_of

Fetch = Callable[[str, str | None, int], bytes]
_FEW = 24


class ObjectRefused(Exception):
    """The source gave bytes that are not those the manifest names. Nothing of this edition was applied."""


def apply_site(
    folder: EdgeFolder,
    site: str,
    *,
    before: Mapping[str, Entry],
    after: Mapping[str, Entry],
    shards: Mapping[str, bytes | None],
    fetch: Fetch,
) -> int:
    """Make the tree of a site show `after`. `shards`: applied manifest files that change (None: gone).

    Returns how many paths changed. Raises ObjectRefused, or what `fetch` raises, before anything visible changed.
    """
    interrupted = folder.pending(site).exists()
    changed = {path: entry for path, entry in after.items() if interrupted or before.get(path) != entry}
    _bring_objects(folder, changed.values(), fetch, doubted=interrupted)
    durable.make_folder(folder.state / site)
    make_real(folder.www, folder.www / site)
    durable.write(folder.pending(site), b"")
    shown = sorted((path for path, entry in changed.items() if entry.status == 200), key=_turn)
    assets = [path for path in shown if _turn(path)[0] == 0]
    for path in assets:
        show(folder, site, path, changed[path])
    _keep(folder, site, assets)
    for path in shown[len(assets) :]:
        show(folder, site, path, changed[path])
    # Before anything goes: who finds no file any more asks the app, and the app asks the manifest.
    _record(folder, site, shards)
    gone = {path for path, entry in before.items() if entry.status == 200 and not _is_shown(after.get(path))}
    for path in gone:
        hide(folder, site, path)
    if interrupted:
        clear_strays(folder, site, after)
    folder.pending(site).unlink()
    return len(changed) + len(gone)


def _keep(folder: EdgeFolder, site: str, paths: Iterable[str]) -> None:
    """Make these names durable: a power cut must not take a style and leave the page that asks for it."""
    places: set[Path] = set()
    for path in paths:
        place = folder.file(site, path).parent
        while place != folder.root and place not in places:
            places.add(place)
            place = place.parent
    if len(places) > _FEW:
        durable.sync_file_system(folder.www)
    else:
        durable.sync(places)


def _record(folder: EdgeFolder, site: str, shards: Mapping[str, bytes | None]) -> None:
    files = {folder.state / site / f"{shard}.json": data for shard, data in shards.items()}
    for file in (file for file, data in files.items() if data is None):
        file.unlink(missing_ok=True)
    durable.write_many({file: data for file, data in files.items() if data is not None})
    durable.sync([folder.state / site])


def _is_shown(entry: Entry | None) -> bool:
    return entry is not None and entry.status == 200


def _turn(path: str) -> tuple[int, int, str]:
    """Sort key: assets and files, then pages from the deepest (articles) to the home page, then feeds and state."""
    if path.endswith("/"):
        return (1, -path.count("/"), path)
    in_folder_of_files = path.startswith("/_/") and path.count("/") > 2
    return (0 if in_folder_of_files else 2, 0, path)


def _bring_objects(
    folder: EdgeFolder, entries: Iterable[Entry], fetch: Fetch, *, doubted: bool = False
) -> None:
    """Copy what is missing: own inodes, so that damage in the store never reaches a reader. `doubted`: read what is
    there too, and copy again what is not as signed.
    """
    waiting: dict[Path, Path] = {}
    for entry in entries:
        for encoding, encoded in parts(entry):
            final = folder.object(entry.digest or "", entry.mtime, encoding)
            if final in waiting or is_intact(final, encoded, entry.mtime, read=doubted):
                continue
            data = fetch(entry.digest or "", encoding, encoded.size)
            if len(data) != encoded.size or digest_of(data) != encoded.digest:
                raise ObjectRefused(f"{final.name}: the source holds other bytes than the manifest names")
            waiting[final] = _half_written(folder, final, data, entry.mtime)
    _settle(folder, waiting)


def _half_written(folder: EdgeFolder, final: Path, data: bytes, mtime: int) -> Path:
    half = folder.half / final.name
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o444)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()  # a raw write on a full disk would write a part and say nothing
        os.utime(descriptor, (mtime, mtime))
    return half


def _settle(folder: EdgeFolder, waiting: Mapping[Path, Path]) -> None:
    if len(waiting) > _FEW:
        durable.sync_file_system(folder.half)
    else:
        durable.sync(waiting.values())
    folders = {final.parent for final in waiting}
    for one in folders:
        make_real(folder.objects, one)
    for final, half in waiting.items():
        if final.is_dir() and not final.is_symlink():  # somebody's, in the way
            remove(final)
        half.replace(final)
    if len(waiting) > _FEW:
        durable.sync_file_system(folder.objects)
    elif folders:
        durable.sync([*folders, folder.objects])


def is_intact(file: Path, encoded: Encoded, mtime: int, *, read: bool) -> bool:
    """Whether a file has the size and time it should have; with `read`, the bytes as well."""
    try:
        found = file.lstat()
        if not stat.S_ISREG(found.st_mode) or found.st_size != encoded.size or int(found.st_mtime) != mtime:
            return False
        return not read or digest_of(file.read_bytes()) == encoded.digest
    except OSError:
        return False


def restore(folder: EdgeFolder, site: str, path: str, entry: Entry, fetch: Fetch) -> None:
    """Put one path right again, its objects first. Raises what `fetch` raises, ObjectRefused or OSError."""
    _bring_objects(folder, [entry], fetch, doubted=True)
    if entry.status == 200:
        show(folder, site, path, entry)
