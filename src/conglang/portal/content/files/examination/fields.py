"""Fields of a Word document: what each tells Word to do when the document is opened, updated or printed.

A field is spread over many elements, and its words over many pieces; they are put together before they are judged.
"""

import re
from dataclasses import dataclass, field

from .markup import TEXT, Changes, Element
from .verdicts import Reason, Refused

# Start a program, or bring in the text of another file without being asked.
COMMANDS = re.compile(r"\b(?:DDEAUTO|DDE|INCLUDETEXT|IMPORT|INCLUDE|LINK|DATABASE)\b", re.I)
SPELT = re.compile(r"\bQUOTE\s+(?:\d+\s*){3,}", re.I)  # a command written in the numbers of its letters
FETCHED = re.compile(r"\bINCLUDEPICTURE\b", re.I)
UNSEEN = re.compile(r"[\u200b-\u200f\u00ad\ufeff]")
QUOTED = re.compile(r'"[^"]*"|“[^”]*”')  # an argument: a bookmark called «link» does nothing
NO_INSTRUCTION = " ADDIN "  # Word shows what stood there last, and does nothing


@dataclass
class _Field:
    words: list[str] = field(default_factory=list)
    tags: list[int] = field(default_factory=list)
    told: bool = False  # what follows is its result


class Fields:
    """Takes the elements of one part in order. ``changes`` says what to rewrite, once the part is at its end."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self.open: list[_Field] = []
        self.changes: dict[int, Changes] = {}

    def opening(self, element: Element) -> None:
        """Note where a field begins, turns to its result, and ends."""
        if element.name == "fldSimple":
            instruction = element.values.get("instr", "")
            self.all.append(" " + instruction)
            if FETCHED.search(instruction):
                self.changes[element.at] = {"instr": NO_INSTRUCTION}
        elif element.name == "fldChar":
            self._mark(element.values.get("fldCharType", ""))
        elif element.name in ("instrText", "delInstrText") and self.open:
            self.open[-1].tags.append(element.at)

    def _mark(self, kind: str) -> None:
        if kind == "begin":
            self.all.append(" ")
            self.open.append(_Field())
        elif kind == "separate" and self.open:
            self.open[-1].told = True
        elif kind == "end" and self.open:
            self._close(self.open.pop())

    def _close(self, done: _Field) -> None:
        if FETCHED.search("".join(done.words)):
            self.changes.update({at: {TEXT: NO_INSTRUCTION} for at in done.tags})

    def wording(self, name: str, words: str) -> None:
        """Take a piece of an instruction."""
        if name in ("instrText", "delInstrText"):
            self.all.append(words)
            if self.open:
                self.open[-1].words.append(words)

    def judge(self) -> None:
        """Refused when a field runs a program or brings in another file."""
        told = UNSEEN.sub("", "".join(self.all))
        if COMMANDS.search(QUOTED.sub('""', told)) or SPELT.search(told):
            raise Refused(Reason.COMMAND_FIELD)
        while self.open:
            self._close(self.open.pop())
