"""Where the land and the residents of a unit are on a day, as far as the recorded successions tell. Plain Python.

A statement made here is true whatever the map looks like; what cannot be known is said to be unknown. «some» means at
least a part, «unknown» means perhaps nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

Land = Literal["whole", "some", "unknown"]
Residents = Literal["all", "some", "none", "unknown"]

CARRIED: dict[str, tuple[Land, Residents]] = {
    "whole": ("whole", "all"),
    "area+population": ("some", "some"),
    "area+all-population": ("some", "all"),
    "area-only": ("some", "none"),
}


@dataclass(frozen=True, slots=True)
class Piece:
    """One step: a piece of ``predecessor`` went to ``successor``.

    ``within`` says that the successor consists of nothing else: it was born that day of this predecessor alone. Then
    whatever becomes of the successor becomes of the predecessor too.
    """

    predecessor: int
    successor: int
    date: date
    detail: str
    within: bool


@dataclass(frozen=True, slots=True)
class Share:
    """What of the first unit is in ``unit``."""

    unit: int
    land: Land
    residents: Residents

    @property
    def detail(self) -> str:
        """The same in the words of ``rules.DETAILS``; empty when that much is not known."""
        if self.residents == "none":
            return "area-only"
        return {carried: detail for detail, carried in CARRIED.items()}.get((self.land, self.residents), "")


def follow(
    start: int, on: date, pieces: Mapping[int, Sequence[Piece]], ended: Mapping[int, date | None]
) -> tuple[Share, ...]:
    """Return where unit ``start`` is on the day ``on``, through any number of steps; shares with residents first.

    ``pieces`` are the steps by predecessor; ``ended`` gives each unit's first day after its end. A unit that ended
    without a successor has no share: nobody answers for it.
    """
    found: dict[int, list[Share]] = {}
    lost = False
    todo: list[tuple[Share, bool, frozenset[int]]] = [(Share(start, "whole", "all"), True, frozenset())]
    while todo:
        here, inside, seen = todo.pop()
        end = ended.get(here.unit)
        if end is None or on < end:
            found.setdefault(here.unit, []).append(here)
            continue
        steps = [p for p in pieces.get(here.unit, ()) if p.successor not in seen and p.date <= on]
        lost |= not steps
        for step in steps:
            todo.append((_carry(here, step, inside), inside and step.within, seen | {here.unit}))
    return _concluded([_together(shares) for shares in found.values()], lost)


def _carry(here: Share, step: Piece, inside: bool) -> Share:
    """Return what of the first unit the step brings along. ``inside``: all of ``here`` came from the first unit."""
    land, residents = CARRIED[step.detail]
    if land == "whole":
        return Share(step.successor, here.land, here.residents)
    kept: Residents = "unknown"
    if residents == "none" or here.residents == "none":
        kept = "none"
    elif residents == "all":
        kept = here.residents
    elif inside:
        kept = "some"
    return Share(step.successor, "some" if inside else "unknown", kept)


def _together(shares: Sequence[Share]) -> Share:
    """Return one share for several ways into the same unit."""
    lands, residents = {s.land for s in shares}, {s.residents for s in shares}
    return Share(
        shares[0].unit,
        next(word for word in LAND_ORDER if word in lands),
        next(word for word in RESIDENTS_ORDER if word in residents),
    )


LAND_ORDER: tuple[Land, ...] = ("whole", "some", "unknown")
RESIDENTS_ORDER: tuple[Residents, ...] = ("all", "some", "unknown", "none")


def _concluded(shares: list[Share], lost: bool) -> tuple[Share, ...]:
    """Add what follows because nothing vanishes: residents that can be in one place only are there, all of them."""
    if not lost:
        if len(shares) == 1:
            shares = [Share(shares[0].unit, "whole", "all")]
        peopled = [s for s in shares if s.residents != "none"]
        everyone = [s for s in peopled if s.residents == "all"] or (peopled if len(peopled) == 1 else [])
        if everyone:
            home = everyone[0].unit
            shares = [replace(s, residents="all" if s.unit == home else "none") for s in shares]
    order = [*RESIDENTS_ORDER]
    return tuple(sorted(shares, key=lambda s: (order.index(s.residents), LAND_ORDER.index(s.land), s.unit)))
