"""The desk behind Caddy on a UNIX socket: the server there has a path and no port."""

import asyncio
from typing import Any

import pytest

from conglang.portal.site.asgi import with_port


@pytest.mark.parametrize(
    ("server", "port"),
    [(("/run/portal.sock", None), 8000), (None, 8000), (("127.0.0.1", 8123), 8123)],
)
def test_the_application_always_hears_of_a_port(server: tuple[str, int | None] | None, port: int) -> None:
    heard: list[Any] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        heard.append(scope["server"])

    asyncio.run(with_port(inner, 8000)({"type": "http", "server": server}, None, None))

    assert heard[0][1] == port
