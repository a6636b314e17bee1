"""Reading one value from a table of a network file, with a sentence when it is not there or of another kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

T = TypeVar("T")
NAMES = {str: "text", int: "a whole number", float: "a number", date: "a date such as 2025-07-01", dict: "a table",
         list: "a list", bool: "true or false", Decimal: "a number"}  # fmt: skip


class Unreadable(Exception):
    """A record cannot be read; the text says where and why."""


@dataclass
class Record:
    """One table or row, with the words that lead a person to it."""

    where: str
    values: Mapping[str, object]

    def take(self, key: str, kind: type[T]) -> T:
        """Return the value under ``key``; raise Unreadable when it is missing or not of ``kind``."""
        if key not in self.values:
            raise Unreadable(f"{self.where}: «{key}» is missing; give {NAMES[kind]}")
        value = self.values[key]
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if kind is Decimal and isinstance(value, int | float) and not isinstance(value, bool):
            value = Decimal(str(value))
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise Unreadable(f"{self.where}: «{key}» is {value!r}; give {NAMES[kind]}")
        if kind is str and not str(value).strip():
            raise Unreadable(f"{self.where}: «{key}» is empty; give {NAMES[kind]}")
        return value

    def maybe(self, key: str, kind: type[T]) -> T | None:
        """Return the value under ``key``, or None when there is none."""
        return self.take(key, kind) if key in self.values else None

    def table(self, key: str) -> "Record":
        return Record(f"{self.where} [{key}]", self.take(key, dict))

    def tables(self, key: str) -> "list[Record]":
        """Return the list of tables under ``key``; empty when there is none."""
        found = []
        for number, values in enumerate(self.maybe(key, list) or [], 1):
            if not isinstance(values, dict):
                raise Unreadable(f"{self.where} [[{key}]] {number}: give a table")
            found.append(Record(f"{self.where} [[{key}]] {number}", values))
        return found
