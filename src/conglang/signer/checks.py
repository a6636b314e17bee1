"""What the signer looks at again before it signs, trusting nobody who asks: address, body, authority, content."""

import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import brotli

from conglang.signer import installed, limits, lint, spam
from conglang.signer.addresses import Addresses
from conglang.signer.designs import ACTIVE, Designs
from conglang.wire.manifest import Encoded, Entry
from conglang.wire.objects import ObjectDamaged, ObjectStore, digest_of, read_exactly
from conglang.wire.paths import (
    STATE_PATH,
    PathError,
    belongs_to_edges,
    check_path,
    check_site_key,
    media_type,
)
from conglang.wire.release import Authority, AuthorityKind, Refusal, ReleaseRequest

_DIGEST = re.compile(r"[0-9a-f]{64}")
_PEOPLE_NEEDED = {AuthorityKind.TWO_PERSON: 2, AuthorityKind.CITY_EMERGENCY: 2}
_MARKUP = ("text/html", "image/svg+xml", "application/xml", "application/atom+xml", "application/rss+xml")
_ROBOTS = "text/x-robots"  # what is asked of it, not what it is served as
_WELCOMING = re.compile(r"(?:User-agent: \*\n|Allow: /\n|Sitemap: [!-~]+\n|\n)*")
_INSTALLED = "application/manifest+json"
_PLAIN = ("text/", _INSTALLED)
_ASSETS = "/_/a/"
_REMEMBERED = 200_000
_CLOCKS_MAY_DIFFER = timedelta(minutes=10)


class Checker:
    """Checks requests against the store. Remembers bodies it has read, so assets of 127 sites are read once."""

    def __init__(
        self,
        store: ObjectStore,
        *,
        addresses: Addresses,
        designs: Designs,
        demo_allowed: Callable[[], bool],
    ) -> None:
        self._store = store
        self._addresses = addresses
        self._designs = designs
        self._demo_allowed = demo_allowed
        self._known: dict[tuple[str, ...], tuple[object, str | None]] = {}

    def refusal(self, request: ReleaseRequest, before: Mapping[str, Entry]) -> Refusal | None:
        """Why this request must not be signed, or None. `before`: the signed entries of the paths it changes."""
        try:
            check_site_key(request.site)
        except PathError as error:
            return Refusal(str(error))
        weak = {digest: self._weak(who) for digest, who in request.authorities.items()}
        for path, entry in request.changed.items():
            reason = self._reason(path, entry, before.get(path))
            if entry is not None:
                reason = reason or _unauthorised(request.sources.get(path, []), weak)
                reason = reason or self._wrong_body(path, entry)
            if reason:
                return Refusal(reason, path)
        return None

    def body_fault(self, path: str, entry: Entry) -> str | None:
        """What is wrong with the bytes of an entry, or None. Reads them once. Raises PathError for a malformed path."""
        check_path(path)
        return limits.too_large(path, entry) or self._wrong_body(path, entry)

    def _reason(self, path: str, entry: Entry | None, before: Entry | None) -> str | None:
        try:
            check_path(path)
        except PathError as error:
            return str(error)
        if entry is None:
            return None
        if path == STATE_PATH:
            return "the shared state belongs to no site"
        if belongs_to_edges(path):
            return "reserved for what every edge answers about itself"
        if (
            before
            and before.digest != entry.digest
            and before.status == entry.status
            and entry.mtime <= before.mtime
        ):
            return f"content changed but its time {entry.mtime} is not after {before.mtime}"
        if entry.mtime > (datetime.now(UTC) + _CLOCKS_MAY_DIFFER).timestamp():
            return f"its time {entry.mtime} is still to come"
        if entry.location == path:
            return "redirect to itself"
        return limits.too_large(path, entry) or self._leads_away(entry.location)

    def _leads_away(self, location: str | None) -> str | None:
        """A redirect takes readers along without asking them."""
        if location is None or location.startswith("/"):
            return None
        if word := spam.planted_word(unquote(location), linked=True):
            return f"redirect with the spam word «{word}»"
        if not self._addresses.may_redirect_to(location):
            return f"redirect to {location[:80]}, which is no host of the network and not on its list"
        return None

    def _weak(self, who: Authority) -> str | None:
        if who.kind is AuthorityKind.DEMO and not self._demo_allowed():
            return "demonstration content in a real network"
        if who.at > datetime.now(UTC) + _CLOCKS_MAY_DIFFER:
            return f"authority of a time to come ({who.at:%Y-%m-%d %H:%M})"
        if len({person.strip() for person in who.people} - {""}) < _PEOPLE_NEEDED.get(who.kind, 0):
            return f"{who.kind.value} needs {_PEOPLE_NEEDED[who.kind]} people"
        return None

    def _wrong_body(self, path: str, entry: Entry) -> str | None:
        if entry.digest is None:
            return None
        kind = _ROBOTS if path == "/robots.txt" else media_type(path).partition(";")[0]
        if kind in ACTIVE and not (path.startswith(_ASSETS) and self._designs.knows(entry.digest)):
            return "a script or style that is not of the design folder beside the signer"
        key = (entry.digest, kind, str(entry.size), repr(entry.br), repr(entry.gzip))
        try:
            state = _stat(self._store.path(entry.digest))
            if self._known.get(key, (None, None))[0] == state:
                return self._known[key][1]
            reason = self._read_body(kind, entry)
        except FileNotFoundError:
            return f"body {entry.digest[:12]} or one of its encodings is not in the store"
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        self._known[key] = (state, reason)
        return reason

    def _read_body(self, kind: str, entry: Entry) -> str | None:
        assert entry.digest is not None
        try:
            body = read_exactly(self._store.path(entry.digest), entry.size)
        except ObjectDamaged:
            body = b""
        if len(body) != entry.size or digest_of(body) != entry.digest:
            return f"body {entry.digest[:12]} in the store is not what its name says"
        for name, encoded in (("br", entry.br), ("gzip", entry.gzip)):
            if encoded and not self._decodes(entry.digest, name, encoded, body):
                return f"{name} of {entry.digest[:12]} does not hold the same content"
        return self._lint(kind, body)

    def _decodes(self, digest: str, name: str, encoded: Encoded, body: bytes) -> bool:
        try:
            data = read_exactly(self._store.path(digest, name), encoded.size)
        except ObjectDamaged:
            return False
        if digest_of(data) != encoded.digest:
            return False
        return _decode(name, data, len(body)) == body

    def _lint(self, kind: str, body: bytes) -> str | None:
        if not kind.startswith((*_MARKUP, *_PLAIN)):
            return None
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            return "text that is not UTF-8"
        if kind.startswith(_MARKUP):
            return lint.findings(text, ours=self._addresses.own_address)
        if kind in ACTIVE:
            return None
        word = spam.planted_word(text, linked=False)
        if word:
            return f"spam word «{word}»"
        if kind == _ROBOTS and not _WELCOMING.fullmatch(text):
            return "a robots.txt that keeps search engines away"
        return installed.fault(text) if kind == _INSTALLED else None


def _unauthorised(sources: Sequence[str], weak: Mapping[str, str | None]) -> str | None:
    """Every output must come from something, and somebody must stand for each of these things. `weak`: per source that
    somebody stands for, why that does not do."""
    if not sources:
        return "nothing says what this was made from"
    if len(sources) > limits.SOURCES_OF_AN_OUTPUT:
        return f"made from {len(sources)} things, and {limits.SOURCES_OF_AN_OUTPUT} are the most"
    for digest in sources:
        if digest not in weak or not _DIGEST.fullmatch(digest):
            return f"nobody stands for source {digest[:12]}"
        if reason := weak[digest]:
            return reason
    return None


def _decode(name: str, data: bytes, size: int) -> bytes | None:
    """The decoded bytes, never much more than `size` of them: a small file may claim to hold gigabytes."""
    try:
        if name == "gzip":
            decoder = zlib.decompressobj(wbits=31)
            plain = decoder.decompress(data, size + 1)
            return plain if decoder.eof and not decoder.unused_data else None
        stream = brotli.Decompressor()
        plain = stream.process(data, output_buffer_limit=size + 1)
        return plain if stream.is_finished() else None
    except (zlib.error, brotli.error):
        return None


def _stat(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return (found.st_ino, found.st_size, found.st_mtime_ns)
