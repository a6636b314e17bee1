"""What a signed entry allows a web server to answer, and how an answer differs from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import formatdate

from conglang.edge.served import Seen
from conglang.edge.tree import parts
from conglang.wire.headers import HSTS, HSTS_PRELOAD, header_set, headers
from conglang.wire.manifest import Entry
from conglang.wire.paths import media_type

_HSTS = "Strict-Transport-Security"
ENCODINGS = ("identity", "br", "gzip")
NOT_FOUND = "Không tìm thấy trang.\n".encode()
# What a web server says of the connection and of itself; everything else must be in the header set.
_HARMLESS = frozenset(
    {
        "accept-ranges", "age", "alt-svc", "connection", "content-encoding", "content-length", "content-type", "date",
        "etag", "keep-alive", "last-modified", "location", "server", "transfer-encoding", "vary", "via",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """One thing that is not as signed. `encoding`: what was asked for; empty when it does not matter."""

    path: str
    what: str
    expected: str
    seen: str
    encoding: str = ""


@dataclass(frozen=True)
class Manner:
    """What holds for a whole host: search engines kept away, TLS, header names that a machine in front may add."""

    noindex: bool = False
    tls: bool = False
    allowed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Site:
    """The signed entries of one site."""

    entries: dict[str, Entry]

    def body_of(self, path: str) -> tuple[str, Entry | None]:
        """Under which path's headers a path is answered, and with which body: gone pages show the site's own."""
        entry = self.entries.get(path)
        if entry is None:
            return "/_/404/", self.entries.get("/_/404/")
        if entry.status == 410 and entry.digest is None:
            return "/_/410/", self.entries.get("/_/410/")
        return path, entry


def differences(site: Site, path: str, encoding: str, seen: Seen, manner: Manner) -> Iterator[Difference]:
    """How an answer to `path` differs from what was signed; nothing when it is exactly that."""
    entry = site.entries.get(path)
    status = entry.status if entry else 404
    found = list(_of_status(status, seen))
    if not found and status == 301 and entry:
        found = [*_location(entry, seen), *_headers("/", seen, manner)]
    elif not found:
        shown, body = site.body_of(path)
        found = [*_body(body, encoding, seen), *_about(shown, body, status, seen, manner)]
    for what, expected, instead in found:
        yield Difference(path, what, expected[:300], instead[:300], encoding)


_Found = Iterator[tuple[str, str, str]]


def _of_status(status: int, seen: Seen) -> _Found:
    if seen.status != status:
        where = f" → {seen.one('Location')}" if seen.one("Location") else ""
        yield "status", str(status), f"{seen.status}{where}"


def _location(entry: Entry, seen: Seen) -> _Found:
    if seen.all("Location") != [entry.location]:
        yield "Location", entry.location or "", seen.one("Location")
    if seen.size:
        yield "body", "0 bytes", f"{seen.size} bytes, {_text(seen)}"


def _body(body: Entry | None, encoding: str, seen: Seen) -> _Found:
    coding = seen.one("Content-Encoding").lower() or "identity"
    if body is None or body.digest is None:
        if seen.start != NOT_FOUND or coding != "identity":
            yield "body", NOT_FOUND.decode().strip(), _text(seen)
        return
    asked = {None, *(name.strip() for name in encoding.split(","))}
    allowed = {name or "identity": one for name, one in parts(body) if name in asked}
    if coding not in allowed:
        yield "Content-Encoding", " / ".join(allowed), coding
    elif (seen.digest, seen.size) != (allowed[coding].digest, allowed[coding].size):
        one = allowed[coding]
        yield "body", f"{one.size} bytes, SHA-256 {one.digest}", f"{seen.size} bytes, SHA-256 {seen.digest}"


def _about(shown: str, body: Entry | None, status: int, seen: Seen, manner: Manner) -> _Found:
    if body is None or body.digest is None:
        shown = "/plain.txt"
    kind = media_type(shown)
    if seen.all("Content-Type") != [kind]:
        yield "Content-Type", kind, seen.one("Content-Type")
    if status == 200 and body:
        when = formatdate(body.mtime, usegmt=True)
        # Beside an encoding Caddy leaves the time out (`caddy.py` says why).
        if seen.all("Last-Modified") != [when] and (
            seen.all("Last-Modified") or not seen.one("Content-Encoding")
        ):
            yield "Last-Modified", when, seen.one("Last-Modified")
        if not seen.one("ETag"):
            yield "ETag", "…", ""
    if seen.one("Content-Encoding") and "accept-encoding" not in seen.one("Vary").lower():
        yield "Vary", "Accept-Encoding", seen.one("Vary")
    yield from _headers(shown, seen, manner)


def _headers(shown: str, seen: Seen, manner: Manner) -> _Found:
    wanted = headers(header_set(shown), noindex=manner.noindex)
    if manner.tls:
        said = seen.one(_HSTS)
        wanted[_HSTS] = said if said == HSTS_PRELOAD else HSTS  # the owner of the domain may agree to more
    for name, value in wanted.items():
        if seen.all(name) != [value]:
            yield name, value, seen.one(name)
    known = _HARMLESS | {name.lower() for name in wanted} | manner.allowed
    for name, value in seen.headers:
        if name.lower() not in known:
            yield name, "", value


def header_differences(path: str, seen: Seen, manner: Manner) -> Iterator[Difference]:
    """How type and headers of an answer differ from what its path asks for, whatever its body says."""
    if seen.all("Content-Type") != [media_type(path)]:
        yield Difference(path, "Content-Type", media_type(path), seen.one("Content-Type")[:300])
    for name, wanted, instead in _headers(path, seen, manner):
        yield Difference(path, name, wanted[:300], instead[:300])


def _text(seen: Seen) -> str:
    return seen.start[:80].decode("utf-8", "replace").strip()
