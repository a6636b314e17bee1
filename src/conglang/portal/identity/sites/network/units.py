"""From the rows of a network's files to units and what followed them."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from conglang.wire.folding import fold_tone, host_label

from ...units.facts import UnitFacts
from ...units.rules import UnitCode, full_name
from .records import Record
from .registers import Register

OLD_COLUMNS = ("old_code", "old_name", "old_type", "old_district", "new_code", "new_name", "share", "detail")


def province(top: Record, code: UnitCode, register: Register) -> UnitFacts:
    """Return the unit the whole network is of."""
    name = top.take("name", str)
    return UnitFacts(
        code=code,
        name=name,
        type=top.take("type", str),
        level="province",
        label=host_label(name),
        recorded_from=register.complete_from,
        area_km2=top.maybe("area_km2", Decimal),
        population=top.maybe("population", int),
    )


def district(row: Record, register: Register, ended: date, legal_act: str, parent: UnitCode) -> UnitFacts:
    """Return one district unit, which ended with its whole level."""
    name = row.take("name", str)
    return UnitFacts(
        code=register.code(row.take("code", str), row.where),
        name=name,
        type=row.take("type", str),
        level="district",
        label=host_label(name),
        recorded_from=register.complete_from,
        parent=parent,
        valid_to=ended,
        ending="replaced",
        facts={"legal_act": legal_act},
    )


def commune(
    row: Record, code: UnitCode, label: str, since: date, parent: UnitCode, facts: Mapping[str, object]
) -> UnitFacts:
    """Return one unit of today."""
    return UnitFacts(
        code=code,
        name=row.take("name", str),
        type=row.take("type", str),
        level="commune",
        label=label,
        recorded_from=since,
        parent=parent,
        valid_from=since,
        area_km2=row.maybe("area_km2", Decimal),
        population=row.maybe("population", int),
        latitude=row.maybe("latitude", float),
        longitude=row.maybe("longitude", float),
        facts=facts,
    )


def predecessor(
    rows: Sequence[Record], register: Register, parent: UnitCode, ended: date, ending: str
) -> UnitFacts:
    """Return one unit that was, from all rows that name it."""
    name = rows[0].take("old_name", str)
    return UnitFacts(
        code=register.code(rows[0].take("old_code", str), rows[0].where),
        name=name,
        type=rows[0].take("old_type", str),
        level="commune",
        label=host_label(name),
        recorded_from=register.complete_from,
        parent=parent,
        valid_to=ended,
        ending=ending,
    )


def ending_of(rows: Sequence[Record], joined_by_others: bool) -> str:
    """Say how the unit of ``rows`` ended: divided, joined with others, or going on alone with or without its name."""
    if len(rows) > 1:
        return "split"
    if joined_by_others:
        return "merged"
    old, new = rows[0].take("old_name", str), rows[0].take("new_name", str)
    return "replaced" if fold_tone(old) == fold_tone(new) else "renamed"


def in_words(type_name: str, name: str) -> str:
    """Return a unit's name inside a sentence: «phường Ba Đình»."""
    whole = full_name(type_name, name)
    return whole[:1].lower() + whole[1:]


def grouped(rows: Sequence[Record], key: str) -> dict[str, list[Record]]:
    """Return rows by the text in column ``key``, in order of first appearance."""
    groups: dict[str, list[Record]] = {}
    for row in rows:
        groups.setdefault(row.take(key, str), []).append(row)
    return groups
