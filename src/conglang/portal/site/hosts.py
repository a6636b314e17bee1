"""Two hosts, one program: the desk behind its door, and drafts on a host that knows no cookies.

The preview host answers before any other middleware runs. It reads no cookie, sets none, asks for no session; what
it shows was rendered when the editor asked, under the header set every public page has.
"""

from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from conglang.portal.content.editorial.queries import preview_html, shared_html
from conglang.portal.publishing.rendering import face
from conglang.wire.headers import header_set, headers
from conglang.wire.objects import ObjectStore
from conglang.wire.paths import media_type

from . import statics

HEALTH = "/_/health"
DRAFT = "/xem/"
SHARED = "/cho-xem/"  # for somebody without an account
ASSET = "/_/a/"
MEDIA = "/_/m/"
GONE = (
    '<!doctype html><html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>Bản xem trước đã hết hạn</title><h1>Bản xem trước đã hết hạn</h1>"
    "<p>Mỗi bản xem trước chỉ có một trang đang soạn và chỉ mở được trong một thời gian. Bài đang soạn vẫn được giữ "
    "nguyên.</p><p>Nếu Ông/Bà là người soạn: trở lại bàn làm việc và bấm <strong>Xem trước</strong> một lần nữa. Nếu "
    "Ông/Bà nhận liên kết từ cơ quan: đề nghị cơ quan gửi liên kết mới.</p></html>"
)


class HostGate:
    """Sends each request to the desk, to the preview host, or away (421)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            host = request.get_host().rsplit(":", 1)[0]
        except DisallowedHost:
            return _text("421: tên máy này không thuộc bàn làm việc.", status=421)
        if request.path == HEALTH:
            return _health()
        if host == settings.PREVIEW_HOST:
            return _preview(request)
        if host != settings.DESK_HOST:
            return _text("421: tên máy này không thuộc bàn làm việc.", status=421)
        if request.path.startswith(ASSET):
            return _asset(request.path)  # the desk is set in the same type
        if request.path.startswith(settings.STATIC_URL):
            return statics.answer(request, request.path.removeprefix(settings.STATIC_URL))
        return _with_desk_headers(self.get_response(request))


def _preview(request: HttpRequest) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        return _text("405", status=405)
    if request.path.startswith(ASSET):
        return _asset(request.path)
    if request.path.startswith(MEDIA):
        return _media(request.path)
    if request.path.startswith("/_/"):
        return _text("404", status=404)
    html = _draft(request.path)
    response = HttpResponse(html or GONE, status=200 if html else 410)
    for name, value in headers("page", noindex=True).items():
        response[name] = value.replace("frame-ancestors 'none'", f"frame-ancestors {settings.DESK_URL}")
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"  # the address is the key to the draft
    return response


def _draft(path: str) -> str | None:
    for prefix, found in ((DRAFT, preview_html), (SHARED, shared_html)):
        if path.startswith(prefix):
            return found(path.removeprefix(prefix).rstrip("/"))
    return None


def _asset(path: str) -> HttpResponse:
    found = face.assets().get(path)
    return _bytes(path, found) if found is not None else _text("404", status=404)


def _media(path: str) -> HttpResponse:
    store = ObjectStore(Path(settings.DATA) / "store")
    digest = path.removeprefix(MEDIA).partition(".")[0]
    if len(digest) != 64 or not digest.isalnum() or not store.has(digest):
        return _text("404", status=404)
    return _bytes(path, store.read(digest))


def _bytes(path: str, content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type(path))
    for name, value in headers(header_set(path)).items():
        response[name] = value
    return response


def _text(sentence: str, *, status: int) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")


def _health() -> JsonResponse:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError:
        return JsonResponse({"status": "no database"}, status=503)
    return JsonResponse({"status": "ok"})


# No script stands in a page of the desk, Wagtail's included (templates/wagtailadmin, widgets.py). Wagtail's editor and
# its tooltips still write styles into the page. Nothing may come from, or be sent to, another host.
_DESK_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'; frame-src 'self' "
)


def _with_desk_headers(response: HttpResponseBase) -> HttpResponseBase:
    response.headers.setdefault("Content-Security-Policy", _DESK_POLICY + settings.PREVIEW_URL)
    response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
    return response
