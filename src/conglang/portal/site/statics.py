"""Styles, scripts and pictures of the desk, straight from the installed packages and from memory.

There is nothing to collect after an update, so nothing to forget. Each file is read once, compressed once, and answered
whole: the server speaks ASGI, where Django's streamed files are read in one piece anyway.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse

TEXT = frozenset(
    {"text/css", "text/javascript", "application/javascript", "application/json", "image/svg+xml"}
)


@dataclass(frozen=True)
class Static:
    """One file with its gzip form (None where that is no smaller)."""

    content: bytes
    zipped: bytes | None
    media_type: str
    etag: str


@cache
def _load(name: str) -> Static | None:
    path = finders.find(name)
    if not isinstance(path, str) or not Path(path).is_file():
        return None
    content = Path(path).read_bytes()
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    zipped = gzip.compress(content, 6, mtime=0) if media_type in TEXT else None
    return Static(content, zipped, media_type, f'"{hashlib.sha256(content).hexdigest()[:24]}"')


def answer(request: HttpRequest, name: str) -> HttpResponse:
    """Return the file ``name`` of any installed package, 304 when the browser has it, 404 when there is none."""
    found = _load(name)
    if found is None:
        return HttpResponse(status=404)
    known = request.headers.get("If-None-Match", "")
    response = HttpResponse(status=304) if known == found.etag else _whole(request, found)
    response["ETag"] = found.etag
    response["Cache-Control"] = "public, max-age=3600"
    response["Vary"] = "Accept-Encoding"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _whole(request: HttpRequest, found: Static) -> HttpResponse:
    kind = found.media_type + ("; charset=utf-8" if found.media_type in TEXT else "")
    if found.zipped is None or "gzip" not in request.headers.get("Accept-Encoding", ""):
        return HttpResponse(found.content, content_type=kind)
    response = HttpResponse(found.zipped, content_type=kind)
    response["Content-Encoding"] = "gzip"
    return response
