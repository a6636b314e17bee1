"""A statement that is kept asks what its query set asks."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import F, Q, Value, Window
from django.db.models.functions import RowNumber
from django.test.utils import CaptureQueriesContext

from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pages.queries.prepared import prepared
from conglang.portal.identity.units.models import Unit
from conglang.portal.identity.units.rules import UnitCode

pytestmark = pytest.mark.django_db
FIELDS = ("code", "name", "pk")


@pytest.fixture
def units() -> Iterator[list[Unit]]:
    since = date(2025, 7, 1)
    yield [
        Unit.objects.create(
            code=UnitCode("nso-2025", f"9900{number}"),
            name=f"Xã {number}",
            type="xa",
            level="commune",
            recorded_from=since,
        )
        for number in range(5)
    ]


def test_kept_statement_gives_what_the_query_set_gives_for_every_list(units: list[Unit]) -> None:
    def build(numbers: list[int], names: list[str]):  # type: ignore[no-untyped-def]
        return (
            Unit.objects.filter(~Q(type="phuong"), pk__in=numbers, name__in=names)
            .annotate(percent=Value("100 %"), place=Window(RowNumber(), order_by=[F("name").desc()]))
            .order_by("pk")
            .values_list("place", *FIELDS, "percent")
        )

    ask = prepared(build)
    every = [unit.pk for unit in units]

    for numbers, names in (
        (every[:1], ["Xã 0"]),
        (every, ["Xã 1", "Xã 3", "Xã 9"]),
        (every[2:], ["Xã 0", "Xã 1", "Xã 4"]),
    ):
        assert ask(numbers, names) == list(build(numbers, names)) != []


def test_statement_is_written_once(units: list[Unit]) -> None:
    built = []
    ask = prepared(lambda numbers: built.append(1) or Unit.objects.filter(pk__in=numbers).values_list("pk"))
    ask([units[0].pk])

    with CaptureQueriesContext(connection) as asked:
        assert ask([units[1].pk, units[2].pk]) == [(units[1].pk,), (units[2].pk,)]

    assert (len(built), len(asked)) == (1, 1)


def test_nothing_is_asked_for_an_empty_list(units: list[Unit]) -> None:
    ask = prepared(lambda numbers: Unit.objects.filter(pk__in=numbers).values_list("pk"))

    with CaptureQueriesContext(connection) as asked:
        assert ask([]) == []

    assert not asked.captured_queries


def test_identities_are_a_list_too() -> None:
    ask = prepared(lambda uuids: BasePage.objects.filter(uuid__in=uuids).values_list("uuid"))

    assert ask([UUID(int=1), UUID(int=2)]) == []


def test_list_that_stands_elsewhere_is_refused(units: list[Unit]) -> None:
    ask = prepared(lambda numbers: Unit.objects.filter(pk=numbers[0]).values_list("pk"))

    with pytest.raises(ValueError, match="elsewhere than behind IN"):
        ask([units[0].pk])
