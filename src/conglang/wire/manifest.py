"""The manifest: for every path of a site its status, digest, size, time and encodings. Split into 256 shards.

A shard is canonical JSON (sorted keys, no spaces, one line feed at the end), so equal content is equal bytes:

    {"entries":{"/tin-tuc/":{"digest":"…","mtime":1751302800,"size":26011,"status":200}},"shard":"1f","site":"badinh","v":1}
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conglang.wire.paths import PathError, check_path, check_site_key, shard_of

VERSION = 2  # 1 had 64 shards; the signer takes over what was signed so
STATUSES = frozenset({200, 301, 404, 410})
LATEST = 2**33  # of the times there are: what lies above breaks file systems and clocks
LONGEST_LOCATION = 2000
LARGEST_SHARD = 8 * 2**20  # bytes; a site of 100,000 paths has shards of half a megabyte
_DIGEST = re.compile(r"[0-9a-f]{64}")
_ABSOLUTE = re.compile(r"https?://[a-z0-9.-]+(?::[0-9]{1,5})?(/[!-~]*)?")


class ManifestError(ValueError):
    """A shard or an entry breaks the format; the text says where."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A compressed sibling: SHA-256 and size in bytes of the compressed form."""

    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One path. `mtime`: whole seconds since 1970, newer for every change of content (ETags are made of it).

    200: body. 404 and 410: body or none (the site's own error page is then shown). 301: `location`, no body.
    """

    status: int
    digest: str | None = None
    size: int = 0
    mtime: int = 0
    br: Encoded | None = None
    gzip: Encoded | None = None
    location: str | None = None

    def __post_init__(self) -> None:
        check_entry(self)


def check_entry(entry: Entry) -> None:
    """ManifestError when the parts of an entry do not belong together."""
    if entry.status not in STATUSES:
        raise ManifestError(f"status {entry.status} is not one of {sorted(STATUSES)}")
    if (entry.status == 301) != (entry.location is not None):
        raise ManifestError("301 needs a location, and only 301 has one")
    if entry.status == 200 and entry.digest is None or entry.status == 301 and entry.digest is not None:
        raise ManifestError(f"status {entry.status} with digest {entry.digest}")
    if entry.location is not None:
        check_location(entry.location)
    for name, digest, size in _bodies(entry):
        if not _DIGEST.fullmatch(digest) or size < 0:
            raise ManifestError(f"{name} has no proper digest or size")
        if name != "body" and (entry.digest is None or size >= entry.size):
            raise ManifestError(f"{name} is not smaller than the body")
    if not 0 <= entry.mtime <= LATEST:
        raise ManifestError(f"time {entry.mtime} is out of range")
    if entry.digest is None and (entry.size or entry.br or entry.gzip):
        raise ManifestError("size or encodings without a body")


def check_location(location: str) -> None:
    """ManifestError unless the location is a path of the same site or an absolute http(s) address."""
    if len(location) > LONGEST_LOCATION:
        raise ManifestError(f"a location longer than {LONGEST_LOCATION} characters")
    if _ABSOLUTE.fullmatch(location):
        return
    try:
        check_path(location)
    except PathError as error:
        raise ManifestError(f"location: {error}") from error


def _bodies(entry: Entry) -> list[tuple[str, str, int]]:
    found = [("br", entry.br.digest, entry.br.size)] if entry.br else []
    found += [("gzip", entry.gzip.digest, entry.gzip.size)] if entry.gzip else []
    return found + ([("body", entry.digest, entry.size)] if entry.digest is not None else [])


def entry_to_json(entry: Entry) -> dict[str, Any]:
    """The entry as plain data; absent parts are left out."""
    data: dict[str, Any] = {"status": entry.status, "mtime": entry.mtime}
    if entry.digest is not None:
        data |= {"digest": entry.digest, "size": entry.size}
    if entry.location is not None:
        data["location"] = entry.location
    for name, encoded in (("br", entry.br), ("gzip", entry.gzip)):
        if encoded:
            data[name] = {"digest": encoded.digest, "size": encoded.size}
    return data


def entry_from_json(data: Any) -> Entry:
    """The Entry that `entry_to_json` wrote. ManifestError for anything else."""
    try:
        encodings = {name: _encoded(data[name]) for name in ("br", "gzip") if name in data}
        rest: dict[str, Any] = {name: value for name, value in data.items() if name not in encodings}
        if not all(type(rest.get(name, 0)) is int for name in ("status", "size", "mtime")):
            raise ManifestError("status, size and mtime are whole numbers")
        if not all(isinstance(rest.get(name, ""), str) for name in ("digest", "location")):
            raise ManifestError("digest and location are text")
        return Entry(**(rest | encodings))
    except (TypeError, KeyError, AttributeError) as error:
        raise ManifestError(f"not an entry: {error}") from error


def _encoded(data: Any) -> Encoded:
    if set(data) != {"digest", "size"} or type(data["size"]) is not int or type(data["digest"]) is not str:
        raise ManifestError("an encoding has a digest and a size")
    return Encoded(data["digest"], data["size"])


def canonical(data: Any) -> bytes:
    """Plain data as the one JSON text for it, ASCII, ending in a line feed."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"


def encode_shard(site: str, shard: str, entries: Mapping[str, Entry]) -> bytes:
    """The bytes of one shard. ManifestError for a path that belongs to another shard."""
    check_site_key(site)
    for path in entries:
        if shard_of(check_path(path)) != shard:
            raise ManifestError(f"{path} does not belong to shard {shard}")
    plain = {path: entry_to_json(entry) for path, entry in entries.items()}
    return canonical({"v": VERSION, "site": site, "shard": shard, "entries": plain})


def decode_shard(data: bytes, *, site: str, shard: str) -> dict[str, Entry]:
    """The entries of one shard of one site. ManifestError when it is not exactly that shard."""
    try:
        found = json.loads(data)
    except ValueError as error:
        raise ManifestError(f"{site}/{shard}: not JSON") from error
    if not isinstance(found, dict) or set(found) != {"v", "site", "shard", "entries"}:
        raise ManifestError(f"{site}/{shard}: not a shard")
    if (found["v"], found["site"], found["shard"]) != (VERSION, site, shard):
        raise ManifestError(f"{site}/{shard}: is {found['site']}/{found['shard']} v{found['v']}")
    entries = {path: entry_from_json(entry) for path, entry in found["entries"].items()}
    if encode_shard(site, shard, entries) != data:
        raise ManifestError(f"{site}/{shard}: not in canonical form")
    return entries


def decode_former_shard(data: bytes) -> dict[str, Entry] | None:
    """Entries of a shard of version 1, from when there were 64; None for one of today. ManifestError for neither."""
    try:
        found = json.loads(data)
        if found["v"] == VERSION:
            return None
        if found["v"] != 1:
            raise ManifestError(f"a shard of version {found['v']!r}")
        return {check_path(path): entry_from_json(entry) for path, entry in found["entries"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ManifestError(f"not a shard: {error}") from error
