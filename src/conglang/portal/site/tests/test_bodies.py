"""A request that would fill the disk of the desk is answered before it does."""

import asyncio
from typing import Any

import pytest

from conglang.portal.site.asgi import with_bounded_body


def asked(headers: list[tuple[bytes, bytes]], *pieces: bytes) -> tuple[list[dict[str, Any]], bytes]:
    """What the browser gets, and how much the application read before it was told that the browser left."""
    sent: list[dict[str, Any]] = []
    read = bytearray()

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        for _ in range(len(pieces)):
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            read.extend(message["body"])
        await send({"type": "http.response.start", "status": 200})

    async def run() -> None:
        waiting = iter(pieces)

        async def receive() -> Any:
            return {"type": "http.request", "body": next(waiting), "more_body": True}

        async def send(message: Any) -> None:
            sent.append(message)

        await with_bounded_body(inner, 100)({"type": "http", "headers": headers}, receive, send)

    asyncio.run(run())
    return sent, bytes(read)


def test_body_within_the_limit_reaches_the_desk() -> None:
    sent, read = asked([(b"content-length", b"100")], b"a" * 60, b"b" * 40)

    assert sent[0]["status"] == 200 and len(read) == 100


@pytest.mark.parametrize("stated", [b"101", b"99999999999999999999", b"-1", b"1e9", b""])
def test_longer_one_is_refused_by_what_it_states_with_a_word_of_advice(stated: bytes) -> None:
    sent, read = asked([(b"content-length", stated)], b"a" * 101)

    assert sent[0]["status"] == 413 and read == b""
    assert "giảm dung lượng hoặc tách tệp" in sent[1]["body"].decode()


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"10")]])
def test_one_that_states_less_than_it_sends_is_cut_off(headers: list[tuple[bytes, bytes]]) -> None:
    sent, read = asked(headers, b"a" * 60, b"b" * 60, b"c" * 60)

    assert sent == [] and len(read) == 60
