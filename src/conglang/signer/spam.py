"""Words that rings plant in the websites of offices, found in folded text however their letters are set apart.

The lists are `spam.txt`: names of brands are refused wherever they stand, words of the trade in a link or three on one
page. Who sets letters apart, or pulls words together, does it to be read by people and not by us: that counts more.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import NamedTuple

from conglang.signer.spelling import fold

TOPICS_ALLOWED = 2
_LONG = 5  # letters: so long a name is no accident inside another word
_ORDINARY = frozenset({"letou", "fabet"})  # begin or end words that mean something
_APART = re.compile(r"(?<= )(?:[a-z0-9] ){4,}")


class _Word(NamedTuple):
    """A word of the list, and the same with its letters together."""

    plain: str
    joined: str
    pieces: re.Pattern[str]

    def stands_in(self, page: str, joined: str) -> bool:
        """As itself, with its letters together, or in more pieces than it has words."""
        if f" {self.plain} " in page:
            return True
        return self.joined in joined and (self._together(page) or self._in_pieces(page))

    def _together(self, page: str) -> bool:
        return f" {self.joined} " in page

    def within(self, page: str) -> bool:
        """Inside a longer word: `kubet88`, `linkkubet`."""
        return len(self.joined) >= _LONG and self.joined not in _ORDINARY and self.joined in page

    def _in_pieces(self, page: str) -> bool:
        if len(self.joined) < _LONG or not self.joined.isalpha():
            return False
        ordinary = self.plain.count(" ") + 1
        return any(found[0].count(" ") > ordinary for found in self.pieces.finditer(page))


class Found(NamedTuple):
    """What stands in a text: a name, or a word whose letters were set apart, which is refused; words of the trade."""

    refused: str = ""
    topics: tuple[str, ...] = ()


@cache
def words() -> dict[str, tuple[_Word, ...]]:
    """The lists "brand" and "topic" of spam.txt."""
    found: dict[str, list[_Word]] = {}
    section = ""
    for line in resources.files(__package__).joinpath("spam.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            found.setdefault(section, []).append(_word(line))
    return {name: tuple(listed) for name, listed in found.items()}


def _word(plain: str) -> _Word:
    joined = plain.replace(" ", "")
    return _Word(plain, joined, re.compile("(?<= )" + " ?".join(joined) + "(?= )"))


def look(text: str) -> Found:
    """What a plain text, folded here, holds."""
    page = f" {fold(text)} "
    joined = page.replace(" ", "")
    near = [[word for word in listed if word.joined in joined] for listed in words().values()]
    if not any(near):
        return Found()
    brands, topics = near
    for word in brands:
        if word.stands_in(page, joined) or word.within(page):
            return Found(word.plain)
    if apart := next(_set_apart(page, [*brands, *topics]), ""):
        return Found(apart)
    return Found("", tuple(word.plain for word in topics if word.stands_in(page, joined)))


def _set_apart(page: str, near: list[_Word]) -> Iterator[str]:
    """Words of which every letter stands alone: «n h à c á i», «k.u.b.e.t»."""
    for run in _APART.findall(page):
        letters = run.replace(" ", "")
        for word in near:
            if letters == word.joined or len(word.joined) >= _LONG and word.joined in letters:
                yield word.plain


def planted_word(text: str, *, linked: bool) -> str | None:
    """The word for which plain text must not be published, by the rule for pages. `linked`: it stands on a link."""
    found = look(text)
    if found.refused or len(found.topics) > (0 if linked else TOPICS_ALLOWED):
        return found.refused or found.topics[0]
    return None
