"""The registers a network names, and reading codes by them."""

import re
from dataclasses import dataclass
from datetime import date

from ...units.rules import LEVELS, REGISTER, BadUnitCode, UnitCode
from .records import Record, Unreadable


@dataclass(frozen=True)
class Register:
    """Who numbered the units of a level, and since when the list is known to be whole."""

    name: str
    level: str
    pattern: str
    complete_from: date

    def code(self, text: object, where: str) -> UnitCode:
        """Return the code in this register; raise Unreadable when it does not look like one."""
        if not isinstance(text, str) or not re.fullmatch(self.pattern, text):
            raise Unreadable(
                f"{where}: code {text!r} is none of register {self.name} (pattern {self.pattern})"
            )
        return UnitCode(self.name, text)


@dataclass(frozen=True)
class Registers:
    """All registers of a network by name."""

    by_name: dict[str, Register]

    def named(self, name: str, where: str) -> Register:
        """Return the register; raise Unreadable naming those there are."""
        if name not in self.by_name:
            known = ", ".join(sorted(self.by_name)) or "none"
            raise Unreadable(f"{where}: register {name!r} is not in [registers] (there: {known})")
        return self.by_name[name]

    def code(self, text: str, where: str) -> UnitCode:
        """Read ``register:code``."""
        try:
            parsed = UnitCode.parse(text)
        except BadUnitCode as error:
            raise Unreadable(f"{where}: {error}") from error
        return self.named(parsed.register, where).code(parsed.code, where)


def read_registers(top: Record) -> Registers:
    """Return the registers under ``[registers]``; raise Unreadable."""
    table = top.table("registers")
    return Registers({name: _register(name, table.table(name)) for name in table.values})


def _register(name: str, record: Record) -> Register:
    pattern, level = record.take("pattern", str), record.take("level", str)
    if not REGISTER.fullmatch(name):
        raise Unreadable(f"{record.where}: a register's name is lower-case letters, digits and hyphens")
    if level not in LEVELS:
        raise Unreadable(f"{record.where}: level {level!r} is none of {', '.join(LEVELS)}")
    try:
        re.compile(pattern)
    except re.error as error:
        raise Unreadable(f"{record.where}: pattern {pattern!r} is no regular expression ({error})") from error
    return Register(name, level, pattern, record.take("complete_from", date))
