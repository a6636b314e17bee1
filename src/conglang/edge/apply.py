"""Turning a verified manifest into files a web server can serve, in an order that no reader notices.

Objects first, all of them, where nobody looks. Then links are renamed into place: assets, deep pages, sections and
home, feeds; what is no longer published goes last. The applied manifest is written after the tree. A marker says that
an apply is under way: found on the next start, the whole site is compared with the tree and put right.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from conglang.edge.folder import EdgeFolder
from conglang.wire import durable
from conglang.wire.manifest import Encoded, Entry
from conglang.wire.objects import SUFFIXES, digest_of

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
    (folder.www / site).mkdir(parents=True, exist_ok=True)
    durable.write(folder.pending(site), b"")
    shown = sorted((path for path, entry in changed.items() if entry.status == 200), key=_turn)
    assets = [path for path in shown if _turn(path)[0] == 0]
    for path in assets:
        _show(folder, site, path, changed[path])
    _keep(folder, site, assets)
    for path in shown[len(assets) :]:
        _show(folder, site, path, changed[path])
    gone = {path for path, entry in before.items() if entry.status == 200 and not _is_shown(after.get(path))}
    for path in gone:
        _hide(folder, site, path)
    if interrupted:
        _clear_strays(folder, site, after)
    _record(folder, site, shards)
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
    folder.pending(site).unlink()


def _is_shown(entry: Entry | None) -> bool:
    return entry is not None and entry.status == 200


def _turn(path: str) -> tuple[int, int, str]:
    """Sort key: assets and files, then pages from the deepest (articles) to the home page, then feeds and state."""
    if path.endswith("/"):
        return (1, -path.count("/"), path)
    in_folder_of_files = path.startswith("/_/") and path.count("/") > 2
    return (0 if in_folder_of_files else 2, 0, path)


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
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        file.write(data)
        os.utime(descriptor, (mtime, mtime))
    return half


def _settle(folder: EdgeFolder, waiting: Mapping[Path, Path]) -> None:
    if len(waiting) > _FEW:
        durable.sync_file_system(folder.half)
    else:
        durable.sync(waiting.values())
    folders = {final.parent for final in waiting}
    for one in folders:
        one.mkdir(exist_ok=True)
    for final, half in waiting.items():
        half.replace(final)
    if len(waiting) > _FEW:
        durable.sync_file_system(folder.objects)
    elif folders:
        durable.sync([*folders, folder.objects])


def is_intact(file: Path, encoded: Encoded, mtime: int, *, read: bool) -> bool:
    """Whether a file has the size and time it should have; with `read`, the bytes as well."""
    try:
        found = file.stat()
        if found.st_size != encoded.size or int(found.st_mtime) != mtime:
            return False
        return not read or digest_of(file.read_bytes()) == encoded.digest
    except OSError:
        return False


def _show(folder: EdgeFolder, site: str, path: str, entry: Entry) -> None:
    target = folder.file(site, path)
    if not target.parent.is_dir():
        target.parent.mkdir(parents=True)
    used = parts(entry)
    for encoding, _ in used:
        name = target.with_name(target.name + suffix(encoding))
        _link(folder, folder.object(entry.digest or "", entry.mtime, encoding), name)
    for encoding in SUFFIXES.keys() - {encoding for encoding, _ in used}:
        target.with_name(target.name + SUFFIXES[encoding]).unlink(missing_ok=True)


def _link(folder: EdgeFolder, object_file: Path, name: Path) -> None:
    """Put a hard link under `name` in one step. (rename(2) does nothing, and leaves both, when they are one file.)"""
    with suppress(FileExistsError):
        os.link(object_file, name)
        return
    half = folder.half / "link"
    half.unlink(missing_ok=True)
    os.link(object_file, half)
    half.rename(name)
    half.unlink(missing_ok=True)


def _hide(folder: EdgeFolder, site: str, path: str) -> None:
    """Take a path away, identity first, then the folders it leaves empty."""
    target = folder.file(site, path)
    for ending in ("", *SUFFIXES.values()):
        target.with_name(target.name + ending).unlink(missing_ok=True)
    place = target.parent
    while place != folder.www / site and place.is_dir() and not any(place.iterdir()):
        place.rmdir()
        place = place.parent


def _clear_strays(folder: EdgeFolder, site: str, after: Mapping[str, Entry]) -> None:
    """Remove files below the site's folder that its manifest does not know."""
    wanted = known_files(folder, site, after)
    for place, _folders, files in os.walk(folder.www / site, topdown=False):
        for name in files:
            if f"{place}/{name}" not in wanted:
                Path(place, name).unlink()
        if not any(Path(place).iterdir()) and Path(place) != folder.www / site:
            Path(place).rmdir()


def known_files(folder: EdgeFolder, site: str, entries: Mapping[str, Entry]) -> set[str]:
    """The names of all files that these entries put into the tree."""
    return {
        str(folder.file(site, path)) + suffix(encoding)
        for path, entry in entries.items()
        if entry.status == 200
        for encoding, _ in parts(entry)
    }


def suffix(encoding: str | None) -> str:
    """What is added to a file's name for an encoding: nothing, ".br" or ".gz"."""
    return SUFFIXES[encoding] if encoding else ""
