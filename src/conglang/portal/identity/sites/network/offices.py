"""The offices of a network: the city's own, and the bodies that every unit of a level has."""

from collections.abc import Mapping, Sequence

from conglang.wire.folding import slugify

from ...units.facts import OfficeFacts, UnitFacts
from ...units.rules import UnitCode
from .records import Record, Unreadable
from .units import in_words


def office(row: Record, unit: UnitCode) -> OfficeFacts:
    """Return one of the city's offices; raise Unreadable."""
    return OfficeFacts(row.take("key", str), unit, row.take("kind", str), row.take("name", str))


def bodies_of(top: Record, by_level: Mapping[str, Sequence[UnitFacts]]) -> list[tuple[OfficeFacts, bool]]:
    """Return every body of every unit, each with whether it owns its unit's site; raise Unreadable."""
    made = []
    for row in top.tables("bodies"):
        level = row.take("level", str)
        if level not in by_level:
            raise Unreadable(f"{row.where}: level {level!r} has no bodies; write {' or '.join(by_level)}")
        owns = bool(row.maybe("owns_site", bool))
        made += [(_body(row, unit), owns) for unit in by_level[level]]
    return made


def _body(row: Record, unit: UnitFacts) -> OfficeFacts:
    words = {"label": unit.label, "type": slugify(unit.type), "unit": in_words(unit.type, unit.name)}
    try:
        key, name = row.take("key", str).format_map(words), row.take("name", str).format_map(words)
    except (KeyError, ValueError, IndexError) as error:
        raise Unreadable(f"{row.where}: use only {{label}}, {{type}} and {{unit}}, not {error}") from error
    return OfficeFacts(key, unit.code, row.take("kind", str), name, unit.valid_to)
