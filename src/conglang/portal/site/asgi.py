"""What uvicorn runs: the desk and the preview host."""

import os
from collections.abc import Awaitable, Callable
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conglang.portal.site.settings.base")

Scope = dict[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]


def with_port(inner: Application, port: int) -> Application:
    """Tell the application the port readers use. On a UNIX socket a server has none, and says so as None, which
    Django makes the text "None" and Wagtail looks for among its sites."""

    async def outer(scope: Scope, receive: Any, send: Any) -> None:
        name, own = scope.get("server") or ("localhost", None)
        await inner({**scope, "server": (name, own or port)}, receive, send)

    return outer


def _port() -> int:
    from django.conf import settings

    return int(settings.PORT)


application = with_port(get_asgi_application(), _port())
