"""XML of an office file, read as a stream: no declarations of its own, bounded depth and count, cut where needed."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from xml.parsers import expat

from .limits import OFFICE
from .package import Allowance
from .verdicts import Reason, Refused

_TAG = re.compile(rb"""<(?:[^>"']|"[^"]*"|'[^']*')*>""")
_UTF8 = re.compile(
    rb"""^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*?encoding\s*=\s*["']utf-8["'][^>]*\?>|<\?xml(?![^>]*encoding)|<[^?])""",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Element:
    """One element as it opens: its name without the prefix, its namespace, its attributes by local name."""

    name: str
    space: str
    values: Mapping[str, str]
    at: int  # the byte its tag starts at


Opening = Callable[[Element], None]
Wording = Callable[[str, str], None]  # the element's local name, a piece of its text


def read(
    data: bytes, allowance: Allowance, *, opening: Opening | None = None, wording: Wording | None = None
) -> None:
    """Parse ``data`` whole. Refused for a DOCTYPE (no office program writes one), excess, and what is not XML."""
    _Reader(allowance, opening, wording).run(data)


class _Reader:
    def __init__(self, allowance: Allowance, opening: Opening | None, wording: Wording | None) -> None:
        self.allowance, self.opening, self.wording = allowance, opening, wording
        self.open: list[str] = []
        self.parser = expat.ParserCreate(namespace_separator="\n")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.EntityDeclHandler = self._doctype
        if wording is not None:
            self.parser.CharacterDataHandler = self._text

    def run(self, data: bytes) -> None:
        try:
            self.parser.Parse(data, True)
        except expat.ExpatError as trouble:
            raise Refused(Reason.DAMAGED) from trouble

    def _start(self, full: str, values: dict[str, str]) -> None:
        space, _, name = full.rpartition("\n")
        self.open.append(name)
        self.allowance.elements -= 1
        if len(self.open) > OFFICE.nesting or self.allowance.elements < 0:
            raise Refused(Reason.TOO_COMPLEX)
        if self.opening is not None:
            bare = {key.rpartition("\n")[2]: value for key, value in values.items()}
            self.opening(Element(name, space, bare, self.parser.CurrentByteIndex))

    def _end(self, full: str) -> None:
        self.open.pop()

    def _text(self, words: str) -> None:
        if self.open and self.wording is not None:
            self.wording(self.open[-1], words)

    def _doctype(self, *_: object) -> None:
        raise Refused(Reason.ODD_PACKAGE)


TEXT = ""  # in the place of an attribute's name: the text after the tag
Changes = Mapping[str, str] | None  # of one tag; None leaves it out


def with_changes(data: bytes, wanted: Mapping[int, Changes]) -> bytes:
    """Return ``data`` with attributes of the tags at some bytes changed, or with those tags left out.

    ``wanted``: byte the tag starts at → local name of an attribute → its new value. Refused when the bytes are not
    UTF-8, where alone they can be counted, and for a tag to leave out that has content.
    """
    if wanted and not _UTF8.match(data):
        raise Refused(Reason.ODD_PACKAGE)
    out, last = bytearray(), 0
    for at, changes in sorted(wanted.items()):
        tag = _TAG.match(data, at)
        if tag is None or (changes is None and not tag[0].endswith(b"/>")):
            raise Refused(Reason.ODD_PACKAGE)
        out += data[last:at] + (_changed(tag[0], changes) if changes is not None else b"")
        last = tag.end()
        if changes and TEXT in changes:
            out += changes[TEXT].encode()
            last = _end_of_text(data, last)
    return bytes(out + data[last:])


def _end_of_text(data: bytes, start: int) -> int:
    end = data.find(b"<", start)
    if end < 0 or data.startswith(b"<!", end):  # CDATA or a comment: more text may follow
        raise Refused(Reason.ODD_PACKAGE)
    return end


def _changed(tag: bytes, changes: Mapping[str, str]) -> bytes:
    for name, value in changes.items():
        if name == TEXT:
            continue
        pattern = rb"""(\s(?:[\w.-]+:)?%s\s*=\s*)(?:"[^"]*"|'[^']*')""" % re.escape(name.encode())
        tag = re.sub(pattern, rb'\1"%s"' % value.encode(), tag)
    return tag


def elements(data: bytes, allowance: Allowance) -> Iterator[Element]:
    """Every element of a small part, in order."""
    found: list[Element] = []
    read(data, allowance, opening=found.append)
    return iter(found)
