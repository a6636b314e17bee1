"""The roles people hold in offices, and when they hold them. Plain Python."""

from datetime import date
from enum import StrEnum


class Role(StrEnum):
    """What somebody may do in an office. The value is what the database keeps."""

    UNIT_AUTHOR = "unit-author"
    UNIT_APPROVER = "unit-approver"
    UNIT_MANAGER = "unit-manager"
    CENTRE_EDITOR = "centre-editor"
    CENTRE_SUPPORT = "centre-support"
    PRESS_OFFICER = "press-officer"
    POLICE_OBSERVER = "police-observer"
    CITY_ADMINISTRATOR = "city-administrator"


# Roles that see every site of the network, not only those of the office they are held in.
NETWORK_ROLES = frozenset(
    {Role.CENTRE_EDITOR, Role.CENTRE_SUPPORT, Role.POLICE_OBSERVER, Role.CITY_ADMINISTRATOR}
)


def holds_on(valid_from: date | None, valid_to: date | None, on: date) -> bool:
    """Say whether a holding from ``valid_from`` until the day before ``valid_to`` covers the day ``on``."""
    return (valid_from is None or valid_from <= on) and (valid_to is None or on < valid_to)
