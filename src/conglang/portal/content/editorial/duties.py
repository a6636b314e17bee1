"""What a person should have done by now. Apps that know of duties say so here; «My work» asks them all.

The desk itself knows of texts whose moment passed. Whoever adds a source: `owed_to` gets the person and answers for
them alone, in a query or two, never once for each site.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from conglang.portal.identity.accounts.models import User


@dataclass(frozen=True)
class Duty:
    """One thing that is late: what, since which day, where it is put right, and for which office when that matters."""

    what: str
    due: date
    url: str
    place: str = ""
    why: str = ""  # one sentence: who asks for it, or what happens without it


Source = Callable[[User], Iterable[Duty]]
_sources: dict[str, Source] = {}


def register(name: str, owed_to: Source) -> None:
    """Let ``owed_to(viewer)`` add its duties to «My work» from now on. ValueError when the name is taken."""
    if name in _sources:
        raise ValueError(f"Duties are already told by another source called {name!r}.")
    _sources[name] = owed_to


def unregister(name: str) -> None:
    """Ask that source no more."""
    _sources.pop(name, None)


def overdue(*, viewer: User, at_most: int = 12) -> tuple[list[Duty], int]:
    """Return what ``viewer`` owes, longest overdue first, and how many there are in all."""
    found = sorted(
        (duty for source in _sources.values() for duty in source(viewer)), key=lambda one: (one.due, one.what)
    )
    return found[:at_most], len(found)
