"""Texts as they are compared: lower case, without marks, and letters of other scripts that pass for ours made ours."""

import re
import unicodedata
from functools import cache


def _is_mark(letter: str) -> bool:
    return unicodedata.combining(letter) > 0 or unicodedata.category(letter) in ("Cf", "Mn", "Me")


# What is invisible between letters, and marks that stand on them: taken out before anything is decomposed, for putting
# thousands of marks on one letter into order takes the square of their number.
_MARKS = "".join(chr(number) for number in range(0xA0, 0x10000) if _is_mark(chr(number)))
_RARE_MARKS = "".join(chr(number) for number in range(0x10000, 0x1E950) if _is_mark(chr(number)))
_INVISIBLE = re.compile(f"[{_MARKS}]+")
# Beyond the first 65,536 letters, looked for only where there are any: such a set is slow to look in.
_RARE = re.compile(f"[{_RARE_MARKS}\U000e0000-\U000e0fff]+")
# One letter that decomposes into as many as eighteen: eight megabytes of it would be a hundred and fifty.
_DENSE = re.compile("[\ufbea-\ufbff\ufc00-\ufdff]+")
# Letters of other scripts, and rare ones of ours, that pass for ours. Vietnamese, once decomposed, has none of them.
_FOREIGN = re.compile(
    "[øłıĸŧħ\u0180-\u019f\u01a2-\u01ae\u01b1-\u01cc\u01dd\u0221-\u02af\u0370-\u058f\u13a0-\u13ff\u1d00-\u1dbf"
    "\u2c60-\u2c7f\ua4d0-\ua4ff\ua720-\ua7ff\uab30-\uabbf\U0001f110-\U0001f1ff]"
)
_LOOK_ALIKE = (
    ("аеорсухіјѕһԁԛԝкмтвнпгӏ", "aeopcyxijshdqwkmtbhnrl"),  # Cyrillic
    ("άαοενικρτυχίβγ", "aaoevikptuxiby"),  # Greek
    ("օսհոցյզ", "ouhngjq"),  # Armenian
    ("ꓐꓑꓓꓔꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ", "bpdtgkjczfmnlsrvhwxyaeiou"),  # Lisu
    ("ᎪᎠᎡᎢᎬᎻᎷᏞᏃᏚᏙᎳᏢᏦᏴᏀᏟᎫᎩ", "adrtehmlzsvwpkbgcjy"),  # Cherokee
    ("øłıĸŧħ", "olikth"),
)
_NAMED = (
    (0x180, 0x2B0),
    (0x1D00, 0x1DC0),
    (0x2C60, 0x2C80),
    (0xA720, 0xA800),
    (0xAB30, 0xAB70),
    (0x1F110, 0x1F200),
)
_NAME = re.compile(r".*(?:LATIN|REGIONAL INDICATOR SYMBOL) .*?LETTER (?:[A-Z]+ )*([A-Z])(?: WITH .+)?")
# UTF-8 of decomposed text, byte by byte: letters and digits stay, U+0300–U+036F (CC and CD with what follows) and the
# rest of every other sequence go, all else separates.
_KEPT = b"abcdefghijklmnopqrstuvwxyz0123456789"
_GONE = bytes([*range(0x80, 0xC0), 0xCC, 0xCD])
_SEPARATED = bytes(byte if byte in _KEPT else 0x20 for byte in range(256))


def fold(text: str) -> str:
    """Lower case without marks, đ as d, words separated by single spaces."""
    plain = _DENSE.sub(" ", _bare(text))
    plain = unicodedata.normalize("NFKC", plain).lower().replace("đ", "d")
    if _FOREIGN.search(plain):
        plain = plain.translate(_look_alikes())
    plain = unicodedata.normalize("NFKD", plain)
    letters = plain.encode("utf-8", "surrogatepass").translate(_SEPARATED, _GONE)
    return b" ".join(letters.split()).decode("ascii")


def _bare(text: str) -> str:
    bare = _INVISIBLE.sub("", text)
    return _RARE.sub("", bare) if bare and max(bare) > "\uffff" else bare


@cache
def _look_alikes() -> dict[int, str | int]:
    """By the letters' own names where they are Latin («small capital K», «B with hook»), else by the table."""
    found: dict[int, str | int] = {}
    for begin, end in _NAMED:
        for number in range(begin, end):
            if name := _NAME.fullmatch(unicodedata.name(chr(number), "")):
                found[number] = name[1].lower()
    for letters, ours in _LOOK_ALIKE:
        found |= str.maketrans(letters.lower(), ours)
    return found
