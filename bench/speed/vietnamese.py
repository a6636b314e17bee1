"""Text that looks like Vietnamese to a compressor, a renderer and a lint: seeded, never real prose.

Syllables are those of Django's and Wagtail's Vietnamese catalogues and, for the long tail, combinations of onset and
rime; drawn by a Zipf law. Compression ratios are therefore near those of real articles, not equal to them.
"""

from __future__ import annotations

import random
import re
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from conglang.signer.spam import planted_word

SYLLABLES = 130  # in one paragraph, as in the peer's article
FULL, SHORT = 24, 3  # paragraphs of an article, and of one deep in the archive
_WORD = re.compile(r"[a-zà-ỹđ]{2,6}")
_ONSETS = "b c ch d đ g gi h kh l m n ng nh ph qu r s t th tr v x".split()  # noqa: SIM905 (as it is spoken)
_RIMES = [
    "an",
    "ang",
    "anh",
    "ao",
    "ay",
    "ăm",
    "ăn",
    "ăng",
    "âm",
    "ân",
    "âu",
    "ây",
    "em",
    "en",
    "ên",
    "êu",
    "inh",
    "iên",
    "iêu",
    "oa",
    "oan",
    "ong",
    "ông",
    "ơi",
    "ơn",
    "ua",
    "ung",
    "uyên",
    "ươi",
    "ương",
]
_POOL = 1500  # paragraphs; an article is a choice of them, so that making a quarter of a million does not take hours


@cache
def syllables() -> tuple[list[str], list[float]]:
    """Syllables and their accumulated weights, the commonest first."""
    import django
    import wagtail

    counted: dict[str, int] = {}
    for package in (django, wagtail):
        for file in sorted(Path(package.__file__).parent.glob("**/locale/vi/LC_MESSAGES/django.po")):
            for text in re.findall(r'^msgstr "(.*)"', file.read_text(), re.M):
                for word in _WORD.findall(text.lower()):
                    counted[word] = counted.get(word, 0) + 1
    native = sorted((word for word in counted if counted[word] > 1), key=lambda word: (-counted[word], word))
    tail = [onset + rime for onset in _ONSETS for rime in _RIMES if onset + rime not in counted]
    found = native + tail
    return found, list(accumulate(1 / (rank + 2.7) for rank in range(len(found))))


def words(chance: random.Random, count: int) -> str:
    """So many syllables, the first with a capital; by chance they may not say what a signer refuses in a link."""
    known, weights = syllables()
    while True:
        text = " ".join(chance.choices(known, cum_weights=weights, k=count)).capitalize()
        if not planted_word(text, linked=True):
            return text


def sentence_text(chance: random.Random, count: int) -> str:
    """A paragraph of sentences of eight to twenty-six syllables, `count` in all."""
    parts = []
    while count > 0:
        length = min(count, chance.randint(8, 26))
        parts.append(words(chance, length))
        count -= length
    return ". ".join(parts) + "."


@cache
def paragraphs() -> list[str]:
    chance = random.Random(9567)
    return [f"<p>{sentence_text(chance, SYLLABLES)}</p>" for _ in range(_POOL)]


def article(chance: random.Random, *, full: bool, picture: int | None) -> dict[str, Any]:
    """The fields of one article: title, summary and a body of blocks as they are stored."""
    chosen = chance.choices(paragraphs(), k=FULL if full else SHORT)
    blocks: list[tuple[str, Any]] = [("text", "".join(chosen[:6]))]
    if full:
        blocks += [
            ("heading", {"text": words(chance, 7), "level": "2"}),
            ("text", "".join(chosen[6:15])),
            *([("image", {"image": picture, "caption": words(chance, 12)})] if picture else []),
            ("table", _table(chance)),
            ("heading", {"text": words(chance, 6), "level": "2"}),
            ("text", "".join(chosen[15:])),
        ]
    return {
        "title": words(chance, 11),
        "summary": sentence_text(chance, 30),
        "body": [{"type": kind, "value": value} for kind, value in blocks],
    }


def _table(chance: random.Random) -> dict[str, Any]:
    rows = [[words(chance, 3), *(str(chance.randrange(10_000)) for _ in range(3))] for _ in range(8)]
    header = [words(chance, 2) for _ in range(4)]
    return {"caption": words(chance, 6), "header": header, "rows": rows, "first_column_is_head": True}
