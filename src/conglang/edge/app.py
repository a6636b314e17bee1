"""What the web server's tree cannot answer: redirects, gone, not found, unknown hosts, the edge's own status.

A closed list. Every body but three lines of plain text comes from the signed manifest; nothing of the request is
repeated in an answer. Query strings have no meaning here.
"""

import re
from collections.abc import Callable
from email.utils import formatdate
from urllib.parse import unquote_to_bytes

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from conglang.edge import trust
from conglang.edge.caddy import ONLY_READING
from conglang.edge.chain import NotThere
from conglang.edge.folder import EdgeFolder
from conglang.edge.manifest_cache import AppliedManifest
from conglang.edge.tree import parts
from conglang.wire.headers import header_set, headers
from conglang.wire.manifest import Entry
from conglang.wire.objects import digest_of
from conglang.wire.paths import (
    MAX_LENGTH,
    STATE_PATH,
    STATUS_PATH,
    TRUST_PREFIX,
    PathError,
    check_path,
    media_type,
)
from conglang.wire.status import EdgeStatus

_HOST = re.compile(r"(?P<name>[a-z0-9.-]+?)\.?(?P<port>:[0-9]{1,5})?")
_UNKNOWN_HOST = "Địa chỉ này không thuộc mạng lưới trang thông tin điện tử.\n"
_NOT_FOUND = "Không tìm thấy trang.\n"
_CODES = {"br": "br", "gzip": "gzip"}


class EdgeApp:
    """ASGI application over one edge folder. `report` tells how the edge stands."""

    def __init__(self, folder: EdgeFolder, *, report: Callable[[], EdgeStatus]) -> None:
        self._folder = folder
        self._report = report
        self._manifest = AppliedManifest(folder)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        response = self.answer(Request(scope))
        await response(scope, receive, send)

    def answer(self, request: Request) -> Response:
        """The response for one request; never raises for what a client sent."""
        raw = request.scope.get("raw_path", request.scope["path"].encode()).partition(b"?")[0]
        if request.method in ("GET", "HEAD"):
            if raw == STATUS_PATH.encode():
                return self._status()
            if raw.startswith(TRUST_PREFIX.encode()):
                return self._trust(raw)
        asked = request.headers.get("host", "")
        host = _HOST.fullmatch(asked.lower())
        hosts = self._manifest.hosts()
        site = hosts.hosts.get(host["name"]) if host else None
        if request.method not in ("GET", "HEAD"):
            return self._plain(ONLY_READING, 405, {"Allow": "GET, HEAD"})
        if site is None or host is None:
            return self._plain(_UNKNOWN_HOST, 421)
        proper = host["name"] + (host["port"] or "")
        if asked != proper:
            return self._redirect(f"//{proper}{canonical(raw) or '/'}")
        return self._by_path(request, site, raw)

    def _by_path(self, request: Request, site: str, raw: bytes) -> Response:
        path = canonical(raw)
        if path == STATE_PATH:
            return self._shared_state(request, site) if path.encode() == raw else self._redirect(path)
        entry = self._manifest.entry(site, path) if path else None
        if path and entry is None and not path.endswith("/") and _fits(path + "/"):
            path += "/"
            entry = self._manifest.entry(site, path)
        if entry is None or path is None:
            return self._error(request, site, 404)
        if entry.status == 301:
            return self._redirect(entry.location or "/")
        if entry.status == 410:
            return self._body(request, path, entry) if entry.digest else self._error(request, site, 410)
        if path.encode() != raw and entry.status == 200:
            return self._redirect(path)
        return self._body(request, path, entry)

    def _error(self, request: Request, site: str, status: int) -> Response:
        """The site's own signed error page; one plain line before there is any."""
        path = f"/_/{status}/"
        entry = self._manifest.entry(site, path)
        if entry is None or entry.digest is None:
            return self._plain(_NOT_FOUND, status)
        return self._body(request, path, entry)

    def _body(self, request: Request, path: str, entry: Entry) -> Response:
        encoding = _chosen(request.headers.get("accept-encoding", ""), entry)
        try:
            data = self._object(entry, encoding)
        except OSError:
            return self._plain(_NOT_FOUND, 404 if entry.status == 200 else entry.status)
        extra = {
            "Content-Type": media_type(path),
            "Vary": "Accept-Encoding",
            "ETag": f'"{(entry.digest or "")[:20]}{"-" + encoding if encoding else ""}"',
        }
        if entry.status == 200:
            extra["Last-Modified"] = formatdate(entry.mtime, usegmt=True)
            if extra["ETag"] in request.headers.get("if-none-match", ""):
                return Response(status_code=304, headers=self._headers(path) | extra)
        if encoding:
            extra["Content-Encoding"] = _CODES[encoding]
        return Response(data, entry.status, self._headers(path) | extra)

    def _shared_state(self, request: Request, site: str) -> Response:
        """What the web server answers from one file, for one that does not know it yet."""
        file = self._folder.shared / "network.json"
        try:
            data, mtime = file.read_bytes(), int(file.stat().st_mtime)
        except OSError:
            return self._error(request, site, 404)
        extra = {
            "Content-Type": media_type(STATE_PATH),
            "ETag": f'"{mtime:x}-{len(data):x}"',
            "Last-Modified": formatdate(mtime, usegmt=True),
        }
        known = extra["ETag"] in request.headers.get("if-none-match", "")
        return Response(b"" if known else data, 304 if known else 200, self._headers(STATE_PATH) | extra)

    def _object(self, entry: Entry, encoding: str | None) -> bytes:
        """The bytes of a body, checked: these few are read at each request, so nobody can change them unseen."""
        data = self._folder.object(entry.digest or "", entry.mtime, encoding).read_bytes()
        if digest_of(data) != dict(parts(entry))[encoding].digest:
            raise OSError("not the bytes that were signed")
        return data

    def _headers(self, path: str) -> dict[str, str]:
        return headers(header_set(path), noindex=self._manifest.hosts().noindex)

    def _plain(self, text: str, status: int, extra: dict[str, str] | None = None) -> Response:
        return PlainTextResponse(text, status, self._headers("/plain.txt") | (extra or {}))

    def _redirect(self, location: str) -> Response:
        return Response(status_code=301, headers=self._headers("/") | {"Location": location})

    def _status(self) -> Response:
        known = self._report().to_json()
        return JSONResponse(known, headers=self._headers("/status.json") | {"Cache-Control": "no-store"})

    def _trust(self, raw: bytes) -> Response:
        """Signed metadata and shards of what is applied here, to whoever wants to check the pages."""
        try:
            data = trust.read(self._folder, raw.decode("ascii", "replace").removeprefix(TRUST_PREFIX))
        except NotThere:
            return self._plain(_NOT_FOUND, 404)
        return Response(data, headers=self._headers("/trust.json") | {"Content-Type": "application/json"})


def canonical(raw: bytes) -> str | None:
    """The one spelling of a path: decoded once, lower case, without `index.html`. None outside the grammar."""
    if len(raw) > 3 * MAX_LENGTH:
        return None
    try:
        path = unquote_to_bytes(raw).decode("ascii").lower().removesuffix("index.html")
    except UnicodeDecodeError:
        return None
    return path if _fits(path) or _fits(path + "/") else None


def _fits(path: str) -> bool:
    try:
        check_path(path)
    except PathError:
        return False
    return True


def _chosen(accepted: str, entry: Entry) -> str | None:
    """The first encoding we have that the client takes; `q=0` means it does not."""
    offers = {part.strip().partition(";")[0].lower(): part.replace(" ", "") for part in accepted.split(",")}
    for encoding, _ in parts(entry):
        if encoding and encoding in offers and not re.search(r";q=0(\.0*)?$", offers[encoding]):
            return encoding
    return None
