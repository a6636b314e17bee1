"""Plain text and tables in text: one encoding, no control characters, no cell that a spreadsheet would run."""

import csv
import re
import unicodedata
from io import StringIO

from .limits import TEXT
from .verdicts import Kind, Passed, Reason, Refused

STARTS = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"[+-]?[\d\s.,()/%–-]*")  # «-1.250,5», «+84 24 3825 4000»
DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
ALLOWED = frozenset("\t\n")


def examine(data: bytes, kind: Kind) -> Passed:
    """Return the text as UTF-8 with a mark in front, which Excel needs to read Vietnamese. Refused when it is none."""
    text = unicodedata.normalize("NFC", _decoded(data)).replace("\r\n", "\n").replace("\r", "\n")
    unfit = {letter for letter in set(text) if _is_unfit(letter)}
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > TEXT.line or not unfit.isdisjoint(line):
            raise Refused(Reason.ENCODING, line=number)
    if kind is Kind.CSV:
        _refuse_formulas(text)
    return Passed(kind, b"\xef\xbb\xbf" + text.encode())


def _decoded(data: bytes) -> str:
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as trouble:
        raise Refused(Reason.ENCODING, line=data[: trouble.start].count(b"\n") + 1) from trouble


def _is_unfit(letter: str) -> bool:
    return letter in DIRECTIONS or (
        letter not in ALLOWED and unicodedata.category(letter) in ("Cc", "Cs", "Cn", "Co")
    )


def _refuse_formulas(text: str) -> None:
    separator = max(",;\t", key=text.partition("\n")[0].count)
    try:
        csv.field_size_limit(TEXT.line)
        for row, cells in enumerate(csv.reader(StringIO(text), delimiter=separator), start=1):
            for column, cell in enumerate(cells, start=1):
                if cell.lstrip(" \u00a0").startswith(STARTS) and not NUMBER.fullmatch(cell.strip()):
                    raise Refused(Reason.FORMULA, row=row, column=column, start=cell.strip()[:1] or "⇥")
    except csv.Error as trouble:
        raise Refused(Reason.DAMAGED) from trouble
