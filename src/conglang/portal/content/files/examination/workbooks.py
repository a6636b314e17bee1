"""What a workbook does by itself: formulas that fetch or start something, names that run, old macros."""

import re

from .markup import Element
from .verdicts import Reason, Refused

# «cmd|'/c calc'!A1»: a program, an argument, an item. Words in quotation marks are text.
EXCHANGE = re.compile(r"(?<![\w\"])[\w.]+\s*\|\s*(?:'[^']*'|[\w.\\/: -]+)\s*!", re.I)
FETCHING = re.compile(r"\b(?:WEBSERVICE|RTD|CALL|REGISTER(?:\.ID)?|EXEC|SQL\.REQUEST|DDE)\s*\(", re.I)
TEXTS = re.compile(r'"(?:[^"]|"")*"')
RUNS_BY_ITSELF = re.compile(r"(?:_xlnm\.)?auto_(?:open|close|activate|deactivate)", re.I)
FORMULAS = frozenset({"f", "formula", "formula1", "formula2", "definedName", "oddFormula"})
MACRO_WORDS = frozenset({"FmlaMacro"})


class Formulas:
    """Takes the elements and texts of one part; one that is no sheet has none of these."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.macro = False

    def opening(self, element: Element) -> None:
        """Note where a formula begins. Refused for an exchange of data with another program."""
        if element.name in FORMULAS:
            self.told.append("\n")
            values = element.values
            named = RUNS_BY_ITSELF.match(values.get("name", ""))
            if element.name == "definedName" and (named or {"function", "vbProcedure", "xlm"} & set(values)):
                raise Refused(Reason.MACRO)
        elif element.name in ("ddeLink", "ddeItems", "oleLink"):
            raise Refused(Reason.COMMAND_FIELD)

    def wording(self, name: str, words: str) -> None:
        """Take a piece of a formula."""
        if name in FORMULAS:
            self.told.append(words)
        elif name in MACRO_WORDS and words.strip():
            self.macro = True

    def judge(self) -> None:
        """Refused when a formula starts a program or asks a server."""
        if self.macro:
            raise Refused(Reason.MACRO)
        told = TEXTS.sub('""', "".join(self.told))
        if EXCHANGE.search(told) or FETCHING.search(told):
            raise Refused(Reason.COMMAND_FIELD)
