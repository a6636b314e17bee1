"""The map of communes and the week of office hours."""

from dataclasses import dataclass

from conglang.portal.publishing.rendering.figures import SameHours, plot, same_hours


@dataclass(frozen=True)
class Place:
    latitude: float
    longitude: float


def test_north_is_up_and_every_commune_lies_inside_the_map() -> None:
    north, south, east = Place(21.3, 105.5), Place(20.6, 105.7), Place(21.0, 106.0)

    drawing = plot([north, south, east], 640)

    dots = {dot.point: dot for dot in drawing.dots}
    assert dots[north].y < dots[east].y < dots[south].y
    assert dots[north].x < dots[south].x < dots[east].x
    assert all(10 <= dot.x <= 630 and 10 <= dot.y <= drawing.height - 10 for dot in drawing.dots)


def test_a_kilometre_is_as_long_eastward_as_northward() -> None:
    # At 60° north a degree of longitude is half a degree of latitude.
    drawing = plot([Place(59.5, 10.0), Place(60.5, 12.0)], 220)

    assert abs((drawing.height - 20) - (drawing.width - 20)) <= 1


def test_one_commune_alone_can_be_drawn() -> None:
    assert len(plot([Place(21.0, 105.8)], 640).dots) == 1


def test_weekdays_with_equal_hours_are_told_in_one_line() -> None:
    morning, afternoon = ("08:00", "12:00"), ("13:30", "17:00")
    week = [(str(day), *span) for day in range(1, 6) for span in (afternoon, morning)] + [("6", *morning)]

    assert same_hours(week) == [SameHours(1, 5, (morning, afternoon)), SameHours(6, 6, (morning,))]


def test_a_closed_day_between_divides_the_line() -> None:
    runs = same_hours([("1", "08:00", "12:00"), ("3", "08:00", "12:00"), ("4", "08:00", "12:00")])

    assert [(run.first, run.last) for run in runs] == [(1, 1), (3, 4)]
