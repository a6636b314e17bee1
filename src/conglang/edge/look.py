"""The quick look: what lies in the tree, by names, kinds of file, sizes, times. Nothing is opened, no link followed."""

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from conglang.edge.audit import Mender
from conglang.edge.folder import EdgeFolder
from conglang.edge.tree import make_real, parts, suffix
from conglang.wire.manifest import ManifestError, decode_shard
from conglang.wire.paths import SHARDS
from conglang.wire.repo import shard_of_target

_TRIES = 3  # a site that is being published all the time is left for the next round
Wanted = dict[str, dict[str, tuple[int, int, str]]]  # folder → name → size, time, path


class _Changed(Exception):
    """An edition was applied while the site was looked at."""


def looked_at(folder: EdgeFolder, mender: Mender) -> Iterator[None]:
    """One look at all sites, a step at a time; what is found goes to `mender`."""
    sites = folder.applied().sites
    if not sites:
        yield
        return
    for place in folder.www.iterdir():
        if place.name not in sites and not folder.pending(place.name).exists():
            yield from mender.take_away(place)
    for site in sites:
        for _ in range(_TRIES):
            try:
                yield from _site(folder, site, mender)
                break
            except _Changed:
                yield


def _site(folder: EdgeFolder, site: str, mender: Mender) -> Iterator[None]:
    stamp = _stamp(folder, site)
    wanted: Wanted = {str(folder.www / site): {}}
    signed, sound = _signed_shards(folder, site), True
    for shard in SHARDS:
        sound &= _expect(folder, site, shard, wanted) or signed is not None and shard not in signed
        yield
    if _stamp(folder, site) != stamp:
        raise _Changed
    if (folder.www / site).is_symlink():
        yield from mender.take_away(folder.www / site)
    make_real(folder.www, folder.www / site)
    seen: set[str] = set()
    waiting = [str(folder.www / site)]
    while waiting:
        place = waiting.pop()
        seen.add(place)
        for wrong in _folder(place, wanted, waiting):
            if _stamp(folder, site) != stamp:
                raise _Changed
            if isinstance(wrong, Path):
                if sound:  # else it may belong to the shard that is damaged; the reading has it pulled again
                    yield from mender.take_away(wrong)
            elif wrong:
                mender.mend(site, wrong, read=False)
            yield
        yield
    for place in wanted.keys() - seen:
        for path in {path for _, _, path in wanted[place].values()}:
            mender.mend(site, path, read=False)
            yield


def _signed_shards(folder: EdgeFolder, site: str) -> set[str] | None:
    """The shards the applied edition has; None when its role cannot be read."""
    try:
        targets = json.loads(folder.role(site).read_bytes())["signed"]["targets"]
        return {shard_of_target(str(name)) for name in targets}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _expect(folder: EdgeFolder, site: str, shard: str, wanted: Wanted) -> bool:
    """Add what a shard wants to be there. False when there is no such shard, or none that can be read."""
    try:
        entries = decode_shard((folder.state / site / f"{shard}.json").read_bytes(), site=site, shard=shard)
    except (OSError, ManifestError):
        return False  # none of its paths can be judged; the reading finds the damaged shard
    top = len(str(folder.www))
    for path, entry in entries.items():
        if entry.status != 200:
            continue
        place, _, name = folder.file_name(site, path).rpartition("/")
        for encoding, encoded in parts(entry):
            wanted.setdefault(place, {})[name + suffix(encoding)] = (encoded.size, entry.mtime, path)
        while (place := place.rpartition("/")[0]) not in wanted and len(place) > top:
            wanted[place] = {}
    return True


def _folder(place: str, wanted: Wanted, waiting: list[str]) -> Iterator[Path | str]:
    """What is wrong in one folder: places to be taken away, paths to be shown again; "" now and then for a pause."""
    missing = dict(wanted[place])
    with os.scandir(place) as found:
        for number, one in enumerate(found):
            expected = missing.pop(one.name, None)
            if expected is not None:
                if not _is_as(one.stat(follow_symlinks=False), expected):
                    yield expected[2]
            elif one.path in wanted and one.is_dir(follow_symlinks=False):
                waiting.append(one.path)
            else:
                yield Path(one.path)
            if number % 256 == 255:
                yield ""
    yield from {path for _, _, path in missing.values()}


def _is_as(found: os.stat_result, expected: tuple[int, int, str]) -> bool:
    size, mtime, _ = expected
    return (
        stat.S_ISREG(found.st_mode)
        and found.st_size == size
        and int(found.st_mtime) == mtime
        and found.st_nlink > 1
    )


def _stamp(folder: EdgeFolder, site: str) -> int:
    """Changes whenever a shard of the applied manifest is replaced."""
    try:
        return (folder.state / site).stat().st_mtime_ns
    except OSError:
        return 0
