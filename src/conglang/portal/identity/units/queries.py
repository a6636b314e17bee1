"""Which unit answers for another on a day, what became of it, what it was formed from."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.db.models import Count, QuerySet

from .lineage import Land, Piece, Residents, follow
from .models import Office, Succession, Unit
from .rules import UnitCode

Standing = Literal["not-yet", "in-force", "succeeded", "no-successor"]


class UnknownUnit(LookupError):
    """No unit has this code in this register."""


@dataclass(frozen=True)
class Landing:
    """A unit that got a piece of the one asked for: how much land, how many residents, in the words of ``lineage``."""

    unit: Unit
    land: Land
    residents: Residents
    detail: str  # a value of rules.DETAILS; empty when that much is not known

    @property
    def share(self) -> str:
        """``whole`` or ``part``."""
        return "whole" if self.detail == "whole" else "part"


@dataclass(frozen=True)
class Answer:
    """Who answers for the unit ``asked`` on the day ``on``: all that may, those with most of its residents first."""

    asked: Unit
    on: date
    standing: Standing
    landings: tuple[Landing, ...]

    @property
    def units(self) -> tuple[Unit, ...]:
        return tuple(landing.unit for landing in self.landings)

    @property
    def vouched(self) -> bool:
        """False for days before our records begin: other units may have been there then."""
        return self.on >= self.asked.recorded_from

    @property
    def certain(self) -> bool:
        """True only when one unit has all land and all residents, on a day our records cover."""
        return self.vouched and len(self.landings) == 1

    @property
    def unit(self) -> Unit | None:
        """The one unit that answers, or None when that is not certain."""
        return self.landings[0].unit if self.certain else None

    @property
    def unit_of_residents(self) -> Unit | None:
        """The one unit in which all residents live, though land may have gone elsewhere; else None."""
        whole = [landing.unit for landing in self.landings if landing.residents == "all"]
        return whole[0] if whole and self.vouched else None


@dataclass(frozen=True)
class Fate:
    """What became of a unit: the pieces it ended in, and who answers for it on the day asked about."""

    asked: Unit
    pieces: tuple[Succession, ...]  # with their successors; empty while the unit is in force
    answer: Answer

    @property
    def divided(self) -> bool:
        return len(self.pieces) > 1


def unit(code: UnitCode) -> Unit:
    """Return the unit with its parent; raise UnknownUnit."""
    try:
        return Unit.objects.select_related("parent").get(code=code)
    except Unit.DoesNotExist:
        raise UnknownUnit(f"No unit has the code {code.code} in the register {code.register}.") from None


def units_in_force(*, on: date, level: str = Unit.Level.COMMUNE) -> QuerySet[Unit]:
    """Return the units of a level that are in force on a day, by code."""
    begun = Unit.objects.filter(level=level).exclude(valid_from__gt=on)
    return begun.exclude(valid_to__lte=on).select_related("parent")


def answers_for(code: UnitCode, *, on: date) -> Answer:
    """Return which units answer for the unit ``code`` on the day ``on``; raise UnknownUnit."""
    return answers([unit(code)], on=on)[code]


def answers(units: Iterable[Unit], *, on: date) -> dict[UnitCode, Answer]:
    """Return an Answer for each unit, with a number of database queries that does not grow with theirs."""
    asked = list(units)
    everyone, pieces = _lineage(asked, on)
    ended = {pk: found.valid_to for pk, found in everyone.items()}
    return {one.code: _answer(one, on, everyone, pieces, ended) for one in asked}


def _answer(
    asked: Unit,
    on: date,
    everyone: dict[int, Unit],
    pieces: dict[int, list[Piece]],
    ended: dict[int, date | None],
) -> Answer:
    if asked.valid_from is not None and on < asked.valid_from:
        return Answer(asked, on, "not-yet", ())
    shares = follow(asked.pk, on, pieces, ended)
    landings = tuple(Landing(everyone[s.unit], s.land, s.residents, s.detail) for s in shares)
    if asked.valid_to is None or on < asked.valid_to:
        return Answer(asked, on, "in-force", landings)
    return Answer(asked, on, "succeeded" if landings else "no-successor", landings)


def became_of(code: UnitCode, *, on: date) -> Fate:
    """Return what became of the unit ``code``, seen on the day ``on``; raise UnknownUnit."""
    asked = unit(code)
    pieces = Succession.objects.filter(predecessor=asked, date__lte=on).select_related("successor__parent")
    answer = answers([asked], on=on)[code]
    order = {landing.unit.pk: n for n, landing in enumerate(answer.landings)}
    ranked = sorted(pieces, key=lambda p: (order.get(p.successor_id, len(order)), p.successor_id))
    return Fate(asked, tuple(ranked), answer)


def formed_from(units: Collection[Unit]) -> dict[int, list[Succession]]:
    """Return, by id of the unit, the pieces it was formed from with predecessors and their districts: one query.

    Whole predecessors come first, then by code.
    """
    rows = Succession.objects.filter(successor__in=[one.pk for one in units])
    found: dict[int, list[Succession]] = {one.pk: [] for one in units}
    for row in rows.select_related("predecessor__parent").order_by("-share", "predecessor__code"):
        found[row.successor_id].append(row)
    return found


def offices_of(units: Collection[Unit], *, on: date) -> dict[int, list[Office]]:
    """Return the offices in force on a day by id of their unit: one query."""
    found: dict[int, list[Office]] = {one.pk: [] for one in units}
    for office in Office.objects.filter(unit__in=found).exclude(valid_to__lte=on).order_by("key"):
        found[office.unit_id].append(office)
    return found


def _lineage(asked: Sequence[Unit], on: date) -> tuple[dict[int, Unit], dict[int, list[Piece]]]:
    """Return all units reached from ``asked`` until ``on``, and the pieces between them."""
    everyone = {one.pk: one for one in asked}
    pieces: dict[int, list[Piece]] = {}
    frontier = list(asked)
    while frontier := [one for one in frontier if one.valid_to is not None and one.valid_to <= on]:
        steps = _successions(frontier, on)
        without = [one for one in frontier if one.pk not in {piece.predecessor for piece, _ in steps}]
        steps += _children(without)
        frontier = []
        for piece, successor in steps:
            pieces.setdefault(piece.predecessor, []).append(piece)
            if successor.pk not in everyone:
                frontier.append(successor)
                everyone[successor.pk] = successor
    return everyone, pieces


def _successions(ended: Sequence[Unit], on: date) -> list[tuple[Piece, Unit]]:
    rows = Succession.objects.filter(predecessor__in=ended, date__lte=on).select_related("successor__parent")
    origins = dict(
        Unit.objects.filter(pk__in={row.successor_id for row in rows})
        .annotate(count=Count("origins"))
        .values_list("pk", "count")
    )
    return [(_piece(row, origins[row.successor_id]), row.successor) for row in rows]


def _piece(row: Succession, origins: int) -> Piece:
    newborn = row.successor.valid_from == row.date
    return Piece(row.predecessor_id, row.successor_id, row.date, row.detail, newborn and origins == 1)


def _children(ended: Sequence[Unit]) -> list[tuple[Piece, Unit]]:
    """Take a unit that only ended, such as a district, to be all that it consisted of on its last day."""
    parents = {one.pk: one for one in ended}
    found: dict[int, list[Unit]] = {}
    for child in Unit.objects.filter(parent__in=ended).select_related("parent"):
        last = parents[child.parent_id or 0].valid_to
        if last is not None and (child.valid_to is None or child.valid_to >= last):
            found.setdefault(child.parent_id or 0, []).append(child)
    return [
        (Piece(pk, child.pk, parents[pk].valid_to or date.max, _part_of(children), True), child)
        for pk, children in found.items()
        for child in children
    ]


def _part_of(children: Sequence[Unit]) -> str:
    return "whole" if len(children) == 1 else "area+population"
