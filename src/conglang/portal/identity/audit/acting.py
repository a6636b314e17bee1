"""Who is acting now: set once by whatever lets somebody in, read when something is recorded."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from .rules import SYSTEM, Actor

_acting: ContextVar[Callable[[], Actor] | None] = ContextVar("audit_acting", default=None)


@contextmanager
def acting(actor: Callable[[], Actor]) -> Iterator[None]:
    """Put down whatever is recorded inside the block to the actor; asked for once, and only if something is."""
    found: list[Actor] = []

    def once() -> Actor:
        if not found:
            found.append(actor())
        return found[0]

    token = _acting.set(once)
    try:
        yield
    finally:
        _acting.reset(token)


def current() -> Actor:
    """Whoever acts now: a person at the desk, else this program."""
    held = _acting.get()
    return held() if held is not None else Actor(name=_program(), role=SYSTEM)


def _program() -> str:
    """«worker», «create_network»: the command, never its arguments."""
    words = [Path(sys.argv[0]).stem, *sys.argv[1:2]]
    return next((word for word in reversed(words) if word.replace("_", "").replace("-", "").isalnum()), "")[
        :150
    ]
