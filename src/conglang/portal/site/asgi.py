"""What uvicorn runs: the desk and the preview host."""

import os
from collections.abc import Awaitable, Callable
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conglang.portal.site.settings.base")

TOO_LARGE = (
    "413: tệp quá lớn nên chưa được nhận. Ông/Bà trở lại trang trước, giảm dung lượng hoặc tách tệp thành nhiều phần "
    "(ảnh tối đa 20 MB, PDF tối đa 50 MB), rồi tải lên lần nữa."
)
Scope = dict[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]


def with_port(inner: Application, port: int) -> Application:
    """Tell the application the port readers use. On a UNIX socket a server has none, and says so as None, which
    Django makes the text "None" and Wagtail looks for among its sites."""

    async def outer(scope: Scope, receive: Any, send: Any) -> None:
        name, own = scope.get("server") or ("localhost", None)
        await inner({**scope, "server": (name, own or port)}, receive, send)

    return outer


def with_bounded_body(inner: Application, most: int) -> Application:
    """Answer 413 to a request whose body is longer than ``most`` bytes, before any of it is written to a disk.

    Somewhat more than the largest file, so that one a little too large is refused by its form, in words.
    """

    async def outer(scope: Scope, receive: Any, send: Any) -> None:
        stated = dict(scope.get("headers") or ()).get(b"content-length", b"0")
        if scope["type"] == "http" and (not stated.isdigit() or int(stated) > most):
            await _too_large(send)
            return
        taken = 0

        async def counted() -> Any:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            return (
                message if taken <= most else {"type": "http.disconnect"}
            )  # it stated another length, or none

        await inner(scope, counted, send)

    return outer


async def _too_large(send: Any) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": TOO_LARGE.encode()})


def _port() -> int:
    from django.conf import settings

    return int(settings.PORT)


def _longest_body() -> int:
    from django.conf import settings

    return int(settings.LONGEST_BODY)


application = with_port(with_bounded_body(get_asgi_application(), _longest_body()), _port())
