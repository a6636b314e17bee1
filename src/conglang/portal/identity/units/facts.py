"""What a network's folder says about units and offices, before it is in the database. Plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .rules import UnitCode, full_name


@dataclass(frozen=True)
class UnitFacts:
    """One unit. ``label`` is its short ASCII name, used in host names and keys of offices."""

    code: UnitCode
    name: str
    type: str
    level: str
    label: str
    recorded_from: date
    parent: UnitCode | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    ending: str = ""
    area_km2: Decimal | None = None
    population: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        return full_name(self.type, self.name)


@dataclass(frozen=True)
class SuccessionFacts:
    """One piece of an old unit and where it went."""

    predecessor: UnitCode
    successor: UnitCode
    date: date
    share: str
    detail: str
    legal_act: str = ""


@dataclass(frozen=True)
class OfficeFacts:
    """One office of a unit."""

    key: str
    unit: UnitCode
    kind: str
    name: str
    valid_to: date | None = None
