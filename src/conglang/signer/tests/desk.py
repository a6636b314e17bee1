"""What the signer's tests need: a data folder, bodies in a store, requests, and a way to be killed."""

import hashlib
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conglang.signer import keys
from conglang.signer.office import Office
from conglang.wire.encodings import compress
from conglang.wire.manifest import Encoded, Entry
from conglang.wire.objects import ObjectStore
from conglang.wire.release import Authority, AuthorityKind, ReleaseRequest

SOURCE = "5" * 64
_TOUCHES_DISK = {"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "open"}


def open_office(data: Path) -> Office:
    keys.create(data / "keys")
    return Office(data)


def put(data: Path, body: bytes, *, mtime: int = 1000, status: int = 200) -> Entry:
    """Store a body and its encodings; the entry that names them."""
    encodings = compress(body)
    with ObjectStore(data / "store").batch() as batch:
        digest = batch.put(body)
        for name, small in encodings.items():
            batch.put_encoded(digest, name, small)
    named = {
        name: Encoded(hashlib.sha256(small).hexdigest(), len(small)) for name, small in encodings.items()
    }
    return Entry(status, digest, len(body), mtime, **named)


def request(changed: dict[str, Entry | None], *, site: str = "badinh", **more: Any) -> ReleaseRequest:
    """A request in which a rule of the network stands for everything, unless told otherwise."""
    who = more.pop("who", Authority(AuthorityKind.TECHNICAL, (), datetime.now(UTC)))
    sources = {path: [SOURCE] for path, entry in changed.items() if entry}
    return ReleaseRequest(site, changed, more.pop("sources", sources), {SOURCE: who}, **more)


def killed_before_step(number: int, act: Callable[[], object]) -> bool:
    """Run `act` in a child that gets kill -9 before its n-th step on disk. False when it finished before."""
    child = os.fork()
    if child == 0:
        _arm(number)
        try:
            act()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _arm(number: int) -> None:
    steps = 0

    def count(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal steps
        reads = event == "open" and not (
            isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        )
        if event in _TOUCHES_DISK and not reads:
            steps += 1
            if steps > number:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
