"""What readers will see differently: the draft beside what is public, paragraph by paragraph, word by word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from bs4 import BeautifulSoup, Tag

_BLOCKS = (
    "h1",
    "h2",
    "h3",
    "h4",
    "p",
    "li",
    "td",
    "th",
    "figcaption",
    "img",
    "dt",
    "dd",
    "blockquote",
    "time",
)
_PICTURE = "🖼"
_WORDS = re.compile(r"\S+\s*")
_AROUND = "nav, .page-tools, .latest, .page-head__kicker, .page-head__meta"  # of design/
MOST_BLOCKS = 2000


class Change(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class Piece:
    """Some words, and whether readers get them new, lose them or keep them."""

    change: Change
    text: str


Line = tuple[Piece, ...]


def lines_of(html: str) -> list[str]:
    """The text of a page's main part, a line for each paragraph, heading, cell or picture. Nothing twice.

    Where a link leads stands behind its words: a link to somewhere else under the same words is what intruders plant.
    What the site puts around every text is left out.
    """
    soup = BeautifulSoup(html, "html.parser")
    main = soup.find("main") or soup
    for around in main.select(_AROUND) if isinstance(main, Tag) else ():
        around.decompose()
    for link in main.find_all("a", href=True) if isinstance(main, Tag) else ():
        link.append(f" ⟨{link['href']}⟩")
    found: list[str] = []
    for block in main.find_all(_BLOCKS) if isinstance(main, Tag) else ():
        if not isinstance(block, Tag) or (block.name != "img" and block.find(_BLOCKS)):
            continue
        text = _picture(block) if block.name == "img" else " ".join(block.get_text(" ").split())
        if text:
            found.append(text)
    return found[:MOST_BLOCKS]


def _picture(block: Tag) -> str:
    return f"{_PICTURE} {block.get('alt') or ''} ({str(block.get('src') or '').rpartition('/')[2][:12]})"


def compared(before: Sequence[str], after: Sequence[str]) -> list[Line]:
    """The lines of both, in reading order, each made of pieces. Equal lines stand once."""
    found: list[Line] = []
    for what, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            found += [(Piece(Change.SAME, text),) for text in after[c:d]]
        elif what == "replace" and b - a == d - c:
            found += [_words(old, new) for old, new in zip(before[a:b], after[c:d], strict=True)]
        else:
            found += [(Piece(Change.REMOVED, text),) for text in before[a:b]]
            found += [(Piece(Change.ADDED, text),) for text in after[c:d]]
    return found


def unmarked(after: Sequence[str]) -> list[Line]:
    """The lines of a page that is new as a whole."""
    return [(Piece(Change.SAME, text),) for text in after]


def _words(old: str, new: str) -> Line:
    a, b = _WORDS.findall(old), _WORDS.findall(new)
    return tuple(_pieces(a, b))


def _pieces(a: list[str], b: list[str]) -> Iterator[Piece]:
    for what, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if what == "equal":
            yield Piece(Change.SAME, "".join(b[k:m]))
            continue
        if i < j:
            yield Piece(Change.REMOVED, "".join(a[i:j]))
        if k < m:
            yield Piece(Change.ADDED, "".join(b[k:m]))


@dataclass(frozen=True)
class Stretch:
    """Lines that are shown, or ``hidden`` many that nobody changed."""

    lines: tuple[Line, ...] = ()
    hidden: int = 0


def folded(lines: Sequence[Line], *, around: int = 1) -> list[Stretch]:
    """Show what changed with ``around`` lines on both sides; say of the rest how much it is."""
    near = {
        place
        for number, line in enumerate(lines)
        if any(piece.change is not Change.SAME for piece in line)
        for place in range(number - around, number + around + 1)
    }
    found: list[Stretch] = []
    start = 0
    for number in range(1, len(lines) + 1):
        if number == len(lines) or (number in near) != (start in near):
            part = tuple(lines[start:number])
            found.append(Stretch(part) if start in near else Stretch(hidden=len(part)))
            start = number
    return found if lines else []
