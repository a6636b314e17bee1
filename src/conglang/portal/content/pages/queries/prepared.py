"""Statements written once: a publish asks thirty questions, and Django takes longer to write each than PostgreSQL to
answer it.

``prepared(build)`` is a function that asks what ``build(*lists)`` asks: a query set of ``values_list`` over plain
columns, in which each argument stands once or more behind ``__in``. It is built for the first call alone; afterwards
the kept text is executed with other lists, as ``= ANY(list)``.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

Values = list[tuple[Any, ...]]
_IN_ONE = re.compile(r" IN \($")
_PLACE = re.compile(r"%[s%]")


@dataclass(frozen=True)
class Statement:
    """SQL, its parameters, and at which of them which list stands."""

    sql: str
    parameters: tuple[Any, ...]
    lists: tuple[tuple[int, int], ...]  # parameter, argument
    convert: tuple[tuple[int, tuple[Callable[..., Any], ...], Any], ...]

    def rows(self, arguments: Sequence[list[Any]]) -> Values:
        """Ask it with these lists."""
        parameters = list(self.parameters)
        for place, number in self.lists:
            parameters[place] = arguments[number]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, parameters)
            found: Values = cursor.fetchall()
        return [self._converted(row) for row in found] if self.convert else found

    def _converted(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for column, converters, expression in self.convert:
            for converter in converters:
                values[column] = converter(values[column], expression, connection)
        return tuple(values)


def prepared(build: Callable[..., QuerySet[Any]]) -> Callable[..., Values]:
    """Return a function of as many lists as ``build`` has, none of them empty, that answers with rows.

    Raises ValueError at its first call when a list is used otherwise than behind ``__in``.
    """
    kept: dict[tuple[str, ...], Statement] = {}

    def ask(*lists: Iterable[Any]) -> Values:
        arguments = [list(one) for one in lists]
        if not all(arguments):
            return []
        kinds = tuple(_kind(one[0]) for one in arguments)
        if kinds not in kept:
            kept[kinds] = _written(build, [_MARKS[kind](number) for number, kind in enumerate(kinds)])
        return kept[kinds].rows(arguments)

    return ask


# A value of each kind that nothing in a query set has by itself; they tell where the lists stand.
_MARKS: dict[str, Callable[[int], Any]] = {
    "int": lambda number: 2_000_000_011 + number,
    "str": lambda number: f"\x01list {number}\x01",
    "UUID": lambda number: UUID(int=0x636F6E676C616E67 + number),
}


def _kind(value: Any) -> str:
    name = type(value).__name__
    if name not in _MARKS:
        raise ValueError(f"a list of {name} cannot be prepared; give numbers, texts or UUIDs")
    return name


def _written(build: Callable[..., QuerySet[Any]], marks: Sequence[Any]) -> Statement:
    compiler = build(*([mark] for mark in marks)).query.get_compiler(connection=connection)
    sql, parameters = compiler.as_sql()
    numbers = {mark: number for number, mark in enumerate(marks)}
    lists = tuple(
        (place, numbers[value]) for place, value in enumerate(parameters) if _is_mark(value, numbers)
    )
    if {number for _, number in lists} != set(numbers.values()):
        raise ValueError("a list stands nowhere in the statement")
    converters = compiler.get_converters([column[0] for column in compiler.select])
    convert = tuple((column, tuple(found), expression) for column, (found, expression) in converters.items())
    return Statement(_with_arrays(sql, {place for place, _ in lists}), tuple(parameters), lists, convert)


def _is_mark(value: Any, numbers: dict[Any, int]) -> bool:
    return isinstance(value, (int, str, UUID)) and value in numbers


def _with_arrays(sql: str, places: set[int]) -> str:
    """Rewrite «IN (%s)» as «= ANY(%s)» at these parameters."""
    parts, end, number = [], 0, -1
    for place in _PLACE.finditer(sql):
        if place[0] == "%%":
            continue
        number += 1
        if number in places:
            before = sql[end : place.start()]
            if not _IN_ONE.search(before) or sql[place.end()] != ")":
                raise ValueError(f"a list stands elsewhere than behind IN: …{before[-40:]}%s")
            parts.append(_IN_ONE.sub(" = ANY(", before) + "%s")
            end = place.end()
    return "".join([*parts, sql[end:]])
