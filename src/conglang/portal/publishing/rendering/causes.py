"""Who is acting, and why outputs change: from the desk's request to the edition, without anybody passing it along."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from .rules import Cause


@dataclass(frozen=True)
class Actor:
    """A person (``by`` their UUID) or a program (its name)."""

    by: str
    name: str = ""


_actor: ContextVar[Actor | None] = ContextVar("publishing_actor", default=None)


@contextmanager
def acting(by: str, name: str = "") -> Iterator[None]:
    """Everything touched inside the block is put down to this person or program."""
    token = _actor.set(Actor(by, name))
    try:
        yield
    finally:
        _actor.reset(token)


def signed_off(cause: Cause | None) -> Cause | None:
    """Return the cause with whoever is acting now; a bare «change» when only the actor is known."""
    actor = _actor.get()
    if actor is None:
        return cause
    cause = cause or Cause("change")
    return cause if cause.by else replace(cause, by=actor.by, name=actor.name)
