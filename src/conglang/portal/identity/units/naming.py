"""Finding units by what people type: «Phường Ba Đình», «p. ngoc ha», «Quang Trung, Hà Đông».

A name borne by several units is never decided by guessing: all of them come back, each with its district and with
who answers for it on the day asked about.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from conglang.wire.folding import fold, fold_tone

from .models import Unit
from .queries import Answer, answers

TYPE_WORDS = {
    "phường": ("phuong", "p"),
    "xã": ("xa", "x"),
    "thị trấn": ("thi tran", "tt"),
    "đặc khu": ("dac khu", "dk"),
    "quận": ("quan", "q"),
    "huyện": ("huyen", "h"),
    "thị xã": ("thi xa", "tx"),
    "thành phố": ("thanh pho", "tp"),
    "tỉnh": ("tinh", "t"),
}


@dataclass(frozen=True)
class Match:
    """One unit that bears the name."""

    unit: Unit
    district: Unit | None  # of a commune until 30 June 2025; afterwards communes have none
    exact: bool  # the same diacritics, not only the same letters
    answer: Answer

    @property
    def in_force(self) -> bool:
        return self.answer.standing == "in-force"


@dataclass(frozen=True)
class Matches:
    """All units that bear a name: those in force first, then by code."""

    text: str
    on: date
    found: tuple[Match, ...]

    @property
    def in_force(self) -> tuple[Match, ...]:
        return tuple(match for match in self.found if match.in_force)

    @property
    def certain(self) -> bool:
        """True only when every unit that bears the name leads, certainly, to one and the same unit."""
        return self.unit is not None

    @property
    def unit(self) -> Unit | None:
        """The one unit meant by the name on that day, or None when it could be another."""
        meant = {match.answer.unit for match in self.found}
        return meant.pop() if len(meant) == 1 else None


@dataclass(frozen=True)
class _Reading:
    """One way to read the text: a name, and the type before it if there is one."""

    name: str
    type: str = ""


def units_named(text: str, *, on: date, levels: Collection[str] = (Unit.Level.COMMUNE,)) -> Matches:
    """Return every unit that bears the name, now or formerly, with who answers for it on the day ``on``.

    Where the text has diacritics and some unit matches them exactly, only such units are returned («Sơn Đông» is not
    «Sơn Đồng»); «son dong» returns both. A type before the name and a district after a comma narrow the search.
    """
    name, _, place = text.partition(",")
    found = [one for one in _candidates(name, levels, on) if not fold(place) or _lies_in(one, place)]
    exact = [one for one in found if _is_exact(one, name)]
    chosen = found if name.isascii() else exact or found
    answered = answers(chosen, on=on)
    matches = [Match(one, _district(one), one in exact, answered[one.code]) for one in chosen]
    matches.sort(key=lambda match: (not match.in_force, match.unit.code))
    return Matches(text, on, tuple(matches))


def _readings(text: str) -> list[_Reading]:
    """Return the text as a name, and without a leading word for a type («phuong canh» is Phương Canh, too)."""
    folded = fold(text)
    readings = [_Reading(folded)]
    for type_name, words in TYPE_WORDS.items():
        readings += [_Reading(folded[len(w) + 1 :], type_name) for w in words if folded.startswith(w + " ")]
    return [reading for reading in readings if reading.name]


def _candidates(text: str, levels: Collection[str], on: date) -> list[Unit]:
    wanted = Q(pk__in=[])
    for reading in _readings(text):
        wanted |= Q(folded_name=reading.name, **({"type": reading.type} if reading.type else {}))
    known = Unit.objects.filter(wanted, level__in=levels).exclude(valid_from__gt=on)
    return list(known.select_related("parent"))


def _is_exact(one: Unit, text: str) -> bool:
    typed = fold_tone(text)
    if typed == fold_tone(one.name):
        return True
    spelt = [one.type, *TYPE_WORDS.get(one.type, ())]
    return typed in {fold_tone(f"{word} {one.name}") for word in spelt}


def _district(one: Unit) -> Unit | None:
    parent = one.parent
    return parent if parent is not None and parent.level == Unit.Level.DISTRICT else None


def _lies_in(one: Unit, place: str) -> bool:
    """Say whether a unit lay in the district ``place``, or, without a district of its own, was formed from it."""
    district = _district(one)
    names = [district.full_name] if district else one.facts.get("districts", [])
    wanted = {reading.name for reading in _readings(place)}
    return any(wanted & {reading.name for reading in _readings(name)} for name in names)
