"""The reading: every byte of every path against the applied manifest, and the manifest against its signatures."""

import hashlib
import logging
import os
import time
from collections.abc import Callable, Generator
from pathlib import Path

from conglang.edge import own_files, trust
from conglang.edge.applied import AppliedSite
from conglang.edge.audit import Mender, clearing, files_of, kept_objects
from conglang.edge.chain import Chain, ChainBroken, NotThere
from conglang.edge.folder import EdgeFolder
from conglang.wire.manifest import Entry, ManifestError, decode_shard
from conglang.wire.objects import digest_of
from conglang.wire.paths import SHARDS
from conglang.wire.repo import manifest_digest

_CHUNK = 1 << 18
IDLE_OBJECTS = 3600.0  # seconds an object nobody shows is kept
log = logging.getLogger(__name__)
Doubt = Callable[[str], None]


def read_through(
    folder: EdgeFolder, mender: Mender, *, root: bytes, doubt: Doubt, busy: Callable[[], bool]
) -> Generator[None, None, int]:
    """Read everything once, a step at a time. Returns how many files were read.

    `busy`: whether somebody brings objects for an edition to come; then none is cleared away.
    """
    count = 0
    kept: set[Path] = set()
    idle_since = time.time() - IDLE_OBJECTS
    own_files.put_in_order(folder)
    chain = _chain(folder, root, doubt)
    applied = folder.applied().sites
    for site, shown in applied.items():
        yield
        for shard in SHARDS:
            entries = _entries(folder, site, shard)
            kept |= kept_objects(folder, entries.values())
            for path, entry in entries.items():
                count += yield from _path(folder, site, path, entry, mender)
        now_shown = folder.applied().sites.get(site, shown)  # it may have changed since the reading began
        if chain and not _is_signed(folder, site, now_shown, chain):
            doubt(site)
    for site in chain.signed_sites() - applied.keys() if chain else ():
        doubt(site)
    if not busy():
        for _ in clearing(folder, kept, before=idle_since):
            yield
            if busy():
                break
    return count


def _chain(folder: EdgeFolder, root: bytes, doubt: Doubt) -> Chain | None:
    """The verified chain of what this edge holds; None when it has to be pulled, for the first time or again."""
    try:
        chain = Chain(root, lambda name: trust.read(folder, name))
        chain.hosts()
        return chain
    except NotThere as missing:
        log.info("%s is not here; pulling it", missing)
    except ChainBroken as broken:
        log.warning("the signed metadata of this edge are not as signed (%s); pulling them again", broken)
    doubt("")
    return None


def _is_signed(folder: EdgeFolder, site: str, shown: AppliedSite, chain: Chain) -> bool:
    """Whether the applied manifest of a site is the one of its signed role, and is what we say it is."""
    try:
        edition, signed = chain.site(site, folder.role(site).read_bytes())
    except (ChainBroken, OSError) as error:
        log.warning("%s: %s; pulling it again", site, error)
        return False
    held = {shard: digest_of(data) for shard, data in folder.shard_bytes(site).items()}
    if held != signed or (edition, manifest_digest(signed)) != (shown.edition, shown.manifest):
        log.warning("%s: the applied manifest is not the one that was signed; pulling it again", site)
        return False
    return True


def _entries(folder: EdgeFolder, site: str, shard: str) -> dict[str, Entry]:
    """The applied entries of a shard; none when it is missing or damaged, which `_is_signed` finds."""
    try:
        return decode_shard((folder.state / site / f"{shard}.json").read_bytes(), site=site, shard=shard)
    except (OSError, ManifestError):
        return {}


def _path(
    folder: EdgeFolder, site: str, path: str, entry: Entry, mender: Mender
) -> Generator[None, None, int]:
    files = files_of(folder, site, path, entry)
    for file, encoded in files:
        digest = yield from _digest(file)
        if digest != encoded.digest:
            mender.mend(site, path, read=True)
            break
    return len(files)


def _digest(file: Path) -> Generator[None, None, str]:
    """SHA-256 of a file, read in pieces; empty when it cannot be read. A link is not followed."""
    digest = hashlib.sha256()
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return ""
    with os.fdopen(descriptor, "rb", buffering=0) as opened:
        try:
            while piece := opened.read(_CHUNK):
                digest.update(piece)
                yield
        except OSError:
            return ""
    return digest.hexdigest()
