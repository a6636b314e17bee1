"""Keys by which Vietnamese names and words are compared, and the ASCII forms made from them.

One name is written in many ways: composed or decomposed (NFC, NFD), with the tone on either vowel (hoà, hòa), with y
or i (Mỹ, Mĩ), with or without diacritics (ha noi). Everything that compares names uses these functions, so the desk,
the search of the edge and the import agree.
"""

import re
import unicodedata

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")  # huyền, sắc, ngã, hỏi, nặng
_D = str.maketrans({"đ": "d", "ð": "d"})  # eth is a frequent slip for đ: both look alike in capitals
_NOT_WORD = re.compile(r"[\W_]+")
# A syllable of consonants and a final y sounds the same with i: kỹ = kĩ, quý = quí. «tây» and «tai» stay apart.
_FINAL_Y = re.compile(r"\b((?:qu|[bcdghklmnprstvx])?[bcdghklmnprstvx]*)y\b")


def _decomposed(text: str) -> str:
    """Lower case, compatibility-decomposed, until nothing changes any more (some letters need two rounds)."""
    while (lower := unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())) != text:
        text = lower
    return text


def _bare(text: str) -> str:
    """Letters without any mark, đ as d, lower case."""
    kept = "".join(c for c in _decomposed(text) if not unicodedata.category(c).startswith("M"))
    return kept.translate(_D)


def _words(text: str) -> str:
    return _NOT_WORD.sub(" ", text).strip()


def fold(text: str) -> str:
    """Return the loosest key: no diacritics, lower case, đ as d, y as i where they sound alike, single spaces.

    Punctuation counts as a space: «Văn Miếu - Quốc Tử Giám» and «van mieu quoc tu giam» are equal.
    """
    return _FINAL_Y.sub(r"\1i", _words(_bare(text)))


def _tone_last(word: str) -> str:
    tones = "".join(sorted(c for c in word if c in _TONES))
    return unicodedata.normalize("NFC", "".join(c for c in word if c not in _TONES)) + tones


def fold_tone(text: str) -> str:
    """Return the strict key: diacritics count, but not where the tone mark sits (hoà = hòa), case or spacing.

    The result is for comparing only; its tone marks stand at the end of each word.
    """
    letters = _decomposed(text).replace("ð", "đ")
    marks_kept = re.sub(r"[^\w\u0300-\u036f]+|_+", " ", letters)
    return " ".join(_tone_last(word) for word in marks_kept.split())


def slugify(text: str) -> str:
    """Return lower-case ASCII words joined by hyphens («Đống Đa» → ``dong-da``); may be empty."""
    return "-".join(re.findall(r"[a-z0-9]+", _bare(text)))


def host_label(name: str) -> str:
    """Return the name as one host label: unaccented, no separators («Ba Đình» → ``badinh``).

    Nghị định 224/2026/NĐ-CP, Điều 11 khoản 4 điểm c: the full name of the phường or xã in unaccented Vietnamese.
    """
    return slugify(name).replace("-", "")
