"""One entry of a list of the desk: what and where, how it stands, what a person should do about it."""

from dataclasses import dataclass
from typing import ClassVar

from .troubles import Told


@dataclass(frozen=True)
class Standing:
    """How something stands. The word and the shape say it, so that nobody has to see the colour."""

    word: str
    sign: str
    tone: str  # good, warn, soft: the desk's colours

    SIGNS: ClassVar[dict[str, str]] = {"good": "●", "warn": "▲", "soft": "◷", "half": "◐"}

    @classmethod
    def of(cls, tone: str, word: str) -> "Standing":
        """``half``: under way."""
        return cls(word, cls.SIGNS[tone], "warn" if tone == "half" else tone)


@dataclass(frozen=True)
class Entry:
    """``url``: where it is looked at or mended. ``retry``: where a press on «Try again now» goes; empty: no button."""

    heading: str
    facts: tuple[str, ...] = ()
    url: str = ""
    standing: Standing | None = None
    troubles: tuple[Told, ...] = ()
    retry: str = ""
