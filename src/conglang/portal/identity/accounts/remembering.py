"""What roles somebody holds is asked of the database once a request, however many rows of a list want to know."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_known: ContextVar[dict[int, frozenset[str]] | None] = ContextVar("roles-known", default=None)


@contextmanager
def one_request() -> Iterator[None]:
    """Remember answers until the end of the block. Outside of one nothing is remembered."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def recall(person: int, ask: Callable[[], frozenset[str]]) -> frozenset[str]:
    """Return what was answered for a person in this request; ask otherwise."""
    known = _known.get()
    if known is None:
        return ask()
    if person not in known:
        known[person] = ask()
    return known[person]


def forget() -> None:
    """Somebody was given a role, or lost one: ask again."""
    known = _known.get()
    if known is not None:
        known.clear()
