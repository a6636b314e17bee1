"""The roles people hold in offices, and when they hold them. Plain Python."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What somebody may do in an office. The value is what the database keeps."""

    UNIT_AUTHOR = "unit-author"
    UNIT_APPROVER = "unit-approver"
    UNIT_MANAGER = "unit-manager"
    CENTRE_EDITOR = "centre-editor"
    CENTRE_APPROVER = "centre-approver"
    CENTRE_SUPPORT = "centre-support"
    PRESS_OFFICER = "press-officer"
    POLICE_OBSERVER = "police-observer"
    CITY_ADMINISTRATOR = "city-administrator"


# Roles that see every site of the network, not only those of the office they are held in.
NETWORK_ROLES = frozenset(
    {
        Role.CENTRE_EDITOR,
        Role.CENTRE_APPROVER,
        Role.CENTRE_SUPPORT,
        Role.POLICE_OBSERVER,
        Role.CITY_ADMINISTRATOR,
    }
)


UNIT_ROLES = frozenset({Role.UNIT_AUTHOR, Role.UNIT_APPROVER, Role.UNIT_MANAGER})
# Which roles the holder of a role may give, and end. A unit's manager makes no second manager.
MAY_GIVE: Mapping[Role, frozenset[Role]] = MappingProxyType(
    {
        Role.UNIT_MANAGER: frozenset({Role.UNIT_AUTHOR, Role.UNIT_APPROVER}),
        Role.CITY_ADMINISTRATOR: frozenset(Role),
    }
)
INVITATION_LIFE = timedelta(hours=24)


def fits(role: Role, *, of_city: bool) -> bool:
    """Say whether a role can be held in an office: a unit's in any, every other in the city's own."""
    return role in UNIT_ROLES or of_city


def may_give(held: Iterable[tuple[str, int]], role: Role, *, unit: int, of_city: bool) -> bool:
    """Say whether somebody who holds ``held`` (role, unit) may give ``role`` in an office of ``unit``, or end it there.

    An administrator of the city may in every office, everybody else in those of their own unit.
    """
    givers = {Role(name) for name, where in held if where == unit or name == Role.CITY_ADMINISTRATOR}
    return fits(role, of_city=of_city) and any(role in MAY_GIVE.get(giver, ()) for giver in givers)


def holds_on(valid_from: date | None, valid_to: date | None, on: date) -> bool:
    """Say whether a holding from ``valid_from`` until the day before ``valid_to`` covers the day ``on``."""
    return (valid_from is None or valid_from <= on) and (valid_to is None or on < valid_to)


CLEAR_CHARACTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without i, l, o, 0, 1
ROWS = (
    "01234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb",
)


def is_pattern(password: str) -> bool:
    """Say whether a password is one short piece repeated, or all made of runs along a row of keys or numbers."""
    lower = password.lower()
    for size in range(1, len(lower) // 2 + 1):
        if lower == (lower[:size] * len(lower))[: len(lower)]:
            return True
    steps = {row[i : i + 2] for line in ROWS for row in (line, line[::-1]) for i in range(len(row) - 1)}
    steps |= {character * 2 for character in lower}
    breaks = sum(lower[i : i + 2] not in steps for i in range(len(lower) - 1))
    return breaks < 3


def is_own_words(password: str, words: Iterable[str]) -> bool:
    """Say whether fewer than six letters or digits are left of a password without ``words`` and the years in it."""
    rest = password
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, " ")
    rest = re.sub(r"(19|20)\d\d", " ", rest)
    return sum(character.isalnum() for character in rest) < 6
