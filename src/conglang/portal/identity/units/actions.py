"""Bringing units and offices into the database, and ending a unit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Model

from conglang.portal.identity.audit.actions import note
from conglang.portal.identity.audit.rules import Kind, Thing, ThingKind
from conglang.wire.folding import fold

from .facts import OfficeFacts, SuccessionFacts, UnitFacts
from .models import Office, Succession, Unit
from .rules import BadEnding, UnitCode, check_ending
from .signals import units_changed

PLACE = ("latitude", "longitude")
FIGURES = ("area_km2", "population", *PLACE, "facts")


@dataclass(frozen=True)
class Imported:
    """How many rows an import made, and which units got new figures."""

    units: int = 0
    successions: int = 0
    offices: int = 0
    corrected: tuple[UnitCode, ...] = ()


@transaction.atomic
def import_units(
    units: Sequence[UnitFacts], successions: Sequence[SuccessionFacts], offices: Sequence[OfficeFacts]
) -> Imported:
    """Add what is not there yet and correct figures that differ; a second call changes nothing.

    What happened to a unit after its import (an ending, a new name) is never overwritten.
    """
    there = {unit.code: unit for unit in Unit.objects.all()}
    corrected, moved = _correct_figures(units, there)
    fresh = _add_units([facts for facts in units if facts.code not in there], there)
    heirs = _add_successions(successions, there)
    if corrected or heirs:
        units_changed.send(Unit, figures=frozenset(corrected), moved=moved, origins=frozenset(heirs))
    made = Imported(
        units=fresh, successions=len(heirs), offices=_add_offices(offices, there), corrected=corrected
    )
    if made != Imported():
        note(
            Kind.UNITS_CHANGED, Thing(ThingKind.UNIT), what="imported", units=made.units, offices=made.offices,
            successions=made.successions, corrected=[str(code) for code in corrected],
        )  # fmt: skip
    return made


def _add_units(missing: Sequence[UnitFacts], there: dict[UnitCode, Unit]) -> int:
    """Insert units into the database and into ``there``, parents before children."""
    waiting = list(missing)
    while ready := [facts for facts in waiting if facts.parent is None or facts.parent in there]:
        there |= {unit.code: unit for unit in Unit.objects.bulk_create(_unit(f, there) for f in ready)}
        waiting = [facts for facts in waiting if facts.code not in there]
    if waiting:
        raise LookupError(f"{waiting[0].full_name} lies in {waiting[0].parent}, which is not there.")
    return len(missing)


def _unit(facts: UnitFacts, there: Mapping[UnitCode, Unit]) -> Unit:
    return Unit(
        code=facts.code,
        name=facts.name,
        type=facts.type,
        level=facts.level,
        folded_name=fold(facts.name),
        parent=there[facts.parent] if facts.parent else None,
        valid_from=facts.valid_from,
        recorded_from=facts.recorded_from,
        valid_to=facts.valid_to,
        ending=facts.ending,
        **{name: getattr(facts, name) for name in FIGURES},
    )


def _correct_figures(
    units: Iterable[UnitFacts], there: Mapping[UnitCode, Unit]
) -> tuple[tuple[UnitCode, ...], frozenset[UnitCode]]:
    """Return the units that got new figures, and those of them that are elsewhere on the map now."""
    changed, moved = [], set()
    for facts in units:
        unit = there.get(facts.code)
        new = {name: getattr(facts, name) for name in FIGURES}
        names = {name for name, value in new.items() if unit is not None and getattr(unit, name) != value}
        if unit is not None and names:
            _assign(unit, new)
            changed.append(unit)
        if names.intersection(PLACE):
            moved.add(facts.code)
    Unit.objects.bulk_update(changed, FIGURES)
    return tuple(unit.code for unit in changed), frozenset(moved)


def _assign(row: Model, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def _add_successions(
    successions: Iterable[SuccessionFacts], there: Mapping[UnitCode, Unit]
) -> tuple[UnitCode, ...]:
    """Insert what is missing; return the successor of each piece that was."""
    known = set(Succession.objects.values_list("predecessor_id", "successor_id", "date"))
    rows = [
        Succession(
            predecessor=there[piece.predecessor],
            successor=there[piece.successor],
            date=piece.date,
            share=piece.share,
            detail=piece.detail,
            legal_act=piece.legal_act,
        )
        for piece in successions
        if (there[piece.predecessor].pk, there[piece.successor].pk, piece.date) not in known
    ]
    return tuple(row.successor.code for row in Succession.objects.bulk_create(rows))


def _add_offices(offices: Iterable[OfficeFacts], there: Mapping[UnitCode, Unit]) -> int:
    known = set(Office.objects.values_list("key", flat=True))
    rows = [
        Office(key=o.key, unit=there[o.unit], kind=o.kind, name=o.name, valid_to=o.valid_to)
        for o in offices
        if o.key not in known
    ]
    return len(Office.objects.bulk_create(rows))


@dataclass(frozen=True)
class Heir:
    """A unit that takes over a piece of another, and what the piece carries (a value of ``rules.DETAILS``)."""

    unit: Unit
    detail: str


@transaction.atomic
def end_unit(unit: Unit, *, on: date, ending: str, heirs: Sequence[Heir], legal_act: str) -> None:
    """Record that ``unit`` is no more from the day ``on``, how it ended, and who took over.

    Raises BadEnding, with nothing changed, when the ending and the pieces do not fit, the unit has ended before, or
    an heir is not in force on that day.
    """
    unit = Unit.objects.select_for_update().get(pk=unit.pk)
    if unit.valid_to is not None:
        raise BadEnding(f"{unit} ended on {unit.valid_to:%d/%m/%Y} already; correct that entry instead.")
    check_ending(ending, [heir.detail for heir in heirs])
    for heir in heirs:
        _check_heir(unit, heir.unit, on)
    unit.valid_to, unit.ending = on, ending
    unit.save(update_fields=["valid_to", "ending"])
    Succession.objects.bulk_create(
        Succession(
            predecessor=unit,
            successor=heir.unit,
            date=on,
            share="whole" if heir.detail == "whole" else "part",
            detail=heir.detail,
            legal_act=legal_act,
        )
        for heir in heirs
    )
    thing = Thing(ThingKind.UNIT, str(unit.code), str(unit.code))
    note(
        Kind.UNITS_CHANGED,
        thing,
        what="ended",
        day=on.isoformat(),
        heirs=[str(one.unit.code) for one in heirs],
    )
    origins = frozenset(heir.unit.code for heir in heirs)
    units_changed.send(Unit, figures=frozenset(), moved=frozenset(), origins=origins)


def _check_heir(unit: Unit, heir: Unit, on: date) -> None:
    if heir.pk == unit.pk:
        raise BadEnding(f"{unit} cannot succeed itself; name the unit that takes over.")
    begun = heir.valid_from is None or heir.valid_from <= on
    if not begun or (heir.valid_to is not None and heir.valid_to <= on):
        raise BadEnding(f"{heir} is not in force on {on:%d/%m/%Y}; name a unit that is, or another day.")
