"""What a template shows as a figure and would compute badly itself: points on a map, a week of office hours."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

MARGIN = 10


class Located(Protocol):
    @property
    def latitude(self) -> float: ...
    @property
    def longitude(self) -> float: ...


@dataclass(frozen=True)
class Dot:
    point: Located
    x: float
    y: float


@dataclass(frozen=True)
class Drawing:
    """A map ``width`` × ``height`` user units large, north up, with one dot per point."""

    width: int
    height: int
    dots: tuple[Dot, ...]


def plot(points: Sequence[Located], width: int) -> Drawing:
    """Place points on a plain map of the given width. A degree of longitude is shortened by the cosine of latitude."""
    west, east = min(point.longitude for point in points), max(point.longitude for point in points)
    south, north = min(point.latitude for point in points), max(point.latitude for point in points)
    shrink = math.cos(math.radians((south + north) / 2))
    scale = (width - 2 * MARGIN) / (((east - west) * shrink) or 1)
    height = math.ceil((north - south) * scale) + 2 * MARGIN
    dots = (
        Dot(
            point,
            x=round(MARGIN + (point.longitude - west) * shrink * scale, 1),
            y=round(MARGIN + (north - point.latitude) * scale, 1),
        )
        for point in points
    )
    return Drawing(width, height, tuple(dots))


@dataclass(frozen=True)
class SameHours:
    """Neighbouring weekdays (1 = Monday) with the same opening spans (opens, closes)."""

    first: int
    last: int
    spans: tuple[tuple[str, str], ...]


def same_hours(hours: Iterable[tuple[str, str, str]]) -> list[SameHours]:
    """Group (ISO weekday, opens, closes) rows into runs of neighbouring days with equal hours."""
    days: dict[int, list[tuple[str, str]]] = {}
    for weekday, opens, closes in hours:
        days.setdefault(int(weekday), []).append((opens, closes))
    runs: list[SameHours] = []
    ordered = sorted((day, tuple(sorted(spans))) for day, spans in days.items())
    # In a run of neighbours, the day minus its place in the list stays the same.
    for (_offset, spans), run in groupby(
        enumerate(ordered), key=lambda item: (item[1][0] - item[0], item[1][1])
    ):
        members = [day for _place, (day, _spans) in run]
        runs.append(SameHours(members[0], members[-1], spans))
    return runs
