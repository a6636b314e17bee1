"""One round of The Update Framework's client, and the two cases it leaves to us.

*Outrun*: with a stolen timestamp or snapshot key, somebody shows a version so high that no honest one comes after it.
Once the network has replaced that key, what the old one signed is forgotten here (TUF 5.3.11), and the honest versions
count again.

*Expired*: an edge that holds nothing yet, and a source whose timestamp has run out because the signer is away. Only an
explicit choice takes such a state, for it may be an old one.
"""

import hashlib
import json
import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tuf.api.exceptions import ExpiredMetadataError, RepositoryError
from tuf.api.metadata import Metadata, Root, Timestamp
from tuf.api.serialization import DeserializationError
from tuf.ngclient import Updater, UpdaterConfig

from conglang.edge.folder import EdgeFolder
from conglang.edge.source import Source
from conglang.wire import durable

# 2,000 sites have a snapshot of 300 kB and delegations of 1 MB.
_LIMITS = UpdaterConfig(max_delegations=4, targets_max_length=4_000_000, snapshot_max_length=2_000_000)
log = logging.getLogger(__name__)


def refreshed(folder: EdgeFolder, source: Source, root: bytes, *, accept_expired: bool = False) -> Updater:
    """A client that has verified the newest state of `source`. Raises as `Updater.refresh`; nothing is applied then.

    `accept_expired`: take a state whose timestamp has run out, if this edge has never had another one.
    """
    _forget_outrun(folder)
    try:
        return _refreshed(folder, source, root)
    except ExpiredMetadataError:
        if not accept_expired or not _may_begin_expired(folder, stamp := source.timestamp()):
            raise
        return _refreshed(folder, source, root, at=_last_moment(stamp))
    except RepositoryError:
        if not _forget_outrun(folder):  # the root that has just come may name another key
            raise
        return _refreshed(folder, source, root)


def _refreshed(folder: EdgeFolder, source: Source, root: bytes, *, at: datetime | None = None) -> Updater:
    updater = Updater(
        str(folder.trust), source.metadata_url, str(folder.half), source.targets_url, source, _LIMITS,
        bootstrap=root,
    )  # fmt: skip
    if at is not None:
        updater._trusted_set.reference_time = at  # the client has no public way to say "as of"
    updater.refresh()
    return updater


def _forget_outrun(folder: EdgeFolder) -> bool:
    """Remove timestamp and snapshot that no key of the newest root signed. True when the trusted state was changed.

    What a bad disk or a hand did to them does not make this edge forget what it has seen: the metadata it shows were
    verified too, and stand in.
    """
    files = [folder.trust / "timestamp.json", folder.trust / "snapshot.json"]
    try:
        newest = Metadata[Root].from_bytes((folder.trust / "root.json").read_bytes()).signed
    except (OSError, DeserializationError):
        return False
    if all(_signed(newest, file) for file in files):
        return False
    second = [folder.shown / file.name for file in files]
    if all(_signed(newest, file) for file in second):
        log.warning("snapshot or timestamp are damaged here: those that were shown are taken instead")
        for file, copy in zip(files, second, strict=True):
            durable.write(file, copy.read_bytes())
        return True
    there = [file for file in files if file.exists()]
    if all(_signed(newest, file) for file in there):
        return False
    log.warning(
        "the keys of snapshot and timestamp were replaced: versions seen under the old ones are forgotten"
    )
    for file in there:
        file.unlink()
    return True


def _signed(root: Root, file: Path) -> bool:
    """Whether a file of this role is there and signed as this root says."""
    try:
        found: Metadata[Any] = Metadata.from_bytes(file.read_bytes())
        root.verify_delegate(file.stem, found.signed_bytes, found.signatures)
    except (OSError, RepositoryError, ValueError):
        return False
    return True


def _may_begin_expired(folder: EdgeFolder, stamp: bytes) -> bool:
    """True for an edge that has never had a state, and for the very state it began with. Written down and logged."""
    note, digest = folder.root / "accepted-expired.json", hashlib.sha256(stamp).hexdigest()
    with suppress(OSError, ValueError, KeyError, TypeError):
        return bool(json.loads(note.read_bytes())["timestamp"] == digest)
    if (folder.trust / "timestamp.json").exists() or folder.applied().sites:
        return False
    at = datetime.now(UTC).isoformat(timespec="seconds")
    log.warning(
        "beginning with a state that expired at %s, by explicit choice (--accept-expired): it is signed, but it may "
        "not be the newest", _last_moment(stamp),
    )  # fmt: skip
    durable.write(note, json.dumps({"at": at, "timestamp": digest}).encode())
    return True


def _last_moment(stamp: bytes) -> datetime:
    """A second before a timestamp, not verified yet, runs out. RepositoryError for what is none."""
    return Metadata[Timestamp].from_bytes(stamp).signed.expires - timedelta(seconds=1)
