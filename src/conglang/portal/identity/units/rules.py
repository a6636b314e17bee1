"""What a unit's code is, and the words for its kinds, levels, endings and shares. Plain Python."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

REGISTER = re.compile(r"[a-z][a-z0-9-]{1,30}")
CODE = re.compile(r"[0-9A-Za-z]{1,15}")

TYPES = ("tỉnh", "thành phố", "quận", "huyện", "thị xã", "phường", "xã", "thị trấn", "đặc khu")
COMMUNE_TYPES = ("phường", "xã", "đặc khu")  # Luật 72/2025/QH15, Điều 1: the kinds there are since 2025-07-01
LEVELS = ("province", "district", "commune")
ENDINGS = ("merged", "split", "renamed", "replaced")
SHARES = ("whole", "part")
DETAILS = ("whole", "area+population", "area+all-population", "area-only")


class BadUnitCode(ValueError):
    """The text is not ``register:code``."""


@dataclass(frozen=True, order=True, slots=True)
class UnitCode:
    """A code together with the register that gave it.

    Registers reuse numbers: 00004 is phường Trúc Bạch in the register of 2024 and phường Ba Đình in that of
    2025, so a number on its own names nothing. ``str()`` gives ``nso-2025:00004``.
    """

    register: str
    code: str

    def __post_init__(self) -> None:
        if not REGISTER.fullmatch(self.register):
            raise BadUnitCode(f"{self.register!r} is not the name of a register, such as nso-2025")
        if not CODE.fullmatch(self.code):
            raise BadUnitCode(f"{self.code!r} is not a unit's code, such as 00004")

    def __str__(self) -> str:
        return f"{self.register}:{self.code}"

    @classmethod
    def parse(cls, text: str) -> "UnitCode":
        """Return the code written as ``register:code``; raise BadUnitCode for anything else."""
        register, colon, code = text.partition(":")
        if not colon:
            raise BadUnitCode(f"{text!r} does not say its register; write it as nso-2025:00004")
        return cls(register, code)


def full_name(type_name: str, name: str) -> str:
    """Return the name as the law writes it: ``Phường Ba Đình``."""
    return f"{type_name[:1].upper()}{type_name[1:]} {name}"


class BadEnding(ValueError):
    """A unit cannot end like this; the text says what to do instead."""


def check_ending(ending: str, details: Sequence[str]) -> None:
    """Raise BadEnding unless pieces that carry ``details`` fit the way a unit ends."""
    if ending not in ENDINGS:
        raise BadEnding(f"{ending!r} is no way to end; use one of {', '.join(ENDINGS)}.")
    if unknown := [detail for detail in details if detail not in DETAILS]:
        raise BadEnding(f"A piece carries one of {', '.join(DETAILS)}, not {unknown[0]!r}.")
    if ending == "split" and (len(details) < 2 or "whole" in details):
        raise BadEnding("A divided unit goes in parts to two units or more.")
    if ending != "split" and list(details) != ["whole"]:
        raise BadEnding(f"A unit that is {ending} goes whole to exactly one unit.")
    if "area+all-population" in details and details.count("area-only") != len(details) - 1:
        raise BadEnding("When one piece has all residents, every other piece is area-only.")
