"""A catalogue in which every translation stands between ⟦ and ⟧, and what a screen shows outside of them.

Text that an editor sees without these marks came through no catalogue: it is English, or written into a template, or
the library never asked for a translation. Values put into a sentence are outside of its marks, so that they are
judged by themselves.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import trans_real
from lxml import html
from lxml.html import HtmlElement

OPEN, CLOSE = "⟦", "⟧"
# What must stay as it is inside a translation: tags, and the places of values (%(name)s, %s, {name}).
KEPT = re.compile(r"(<[^>]*>|%\(\w+\)[a-z]|%[a-zA-Z%]|\{\{?\w*\}?\})")
MARKED = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*(?:{CLOSE}|$)")  # a sentence that was cut short has no end
LETTERS = re.compile(r"[^\W\d_]{2,}")

SHOWN_ATTRIBUTES = frozenset(
    {"title", "placeholder", "alt", "aria-label", "aria-description", "aria-placeholder", "aria-roledescription",
     "aria-valuetext", "label", "summary"}
)  # fmt: skip
UNSEEN_ELEMENTS = frozenset({"script", "style", "template", "noscript"})
BUTTONS = frozenset({"submit", "button", "reset"})


def marked(translation: str) -> str:
    """Return a translation with marks around each of its pieces of text: «⟦Đã lưu ⟧%(title)s⟦.⟧»."""
    pieces = KEPT.split(translation)
    return "".join(
        piece if place % 2 or not LETTERS.search(piece) else f"{OPEN}{piece}{CLOSE}"
        for place, piece in enumerate(pieces)
    )


@contextmanager
def pseudo_catalogue() -> Iterator[None]:
    """Let every Vietnamese translation, of whatever library, carry the marks, in screens and in scripts."""
    ours = trans_real.DjangoTranslation

    class Marked(ours):  # type: ignore[misc, valid-type]
        def __init__(self, language: str, *args: Any, **kwargs: Any) -> None:
            super().__init__(language, *args, **kwargs)
            if language == "vi":
                for catalogue in self._catalog._catalogs:
                    catalogue.update({key: marked(said) for key, said in catalogue.items() if key})

    kept, before = dict(trans_real._translations), trans_real.get_language()
    trans_real.DjangoTranslation = Marked
    trans_real._translations.clear()
    _start_again(before)
    try:
        yield
    finally:
        trans_real.DjangoTranslation = ours
        trans_real._translations.clear()
        trans_real._translations.update(kept)
        _start_again(before)


def _start_again(language: str | None) -> None:
    trans_real._default = None
    trans_real.deactivate()
    if language:
        trans_real.activate(language)


def unmarked(text: str, stored: re.Pattern[str]) -> str:
    """Return what is left of a text without what is marked and what is stored data; empty when no word is left."""
    left = stored.sub(" ", MARKED.sub(" ", text))
    return " ".join(left.split()) if LETTERS.search(left) else ""


def leftovers(page: str, stored: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Yield what a page shows that came through no catalogue, and where: («title», «Page 2»)."""
    root = html.document_fromstring(page)
    for place, text in _texts(root):
        if left := unmarked(text, stored):
            yield place, left


def _texts(element: HtmlElement) -> Iterator[tuple[str, str]]:
    if not isinstance(element.tag, str):
        return
    for name, value in element.attrib.items():
        yield from _of_attribute(element, name, value)
    if element.tag == "script" and "json" in element.get("type", ""):
        yield from ((f"script#{element.get('id')}", text) for text in _phrases(element.text or ""))
    if element.tag == "template":  # parsed as ordinary children; shown as soon as a script takes it out
        pass
    elif element.tag in UNSEEN_ELEMENTS or element.get("aria-hidden") == "true" and element.tag == "svg":
        return
    if element.text:
        yield element.tag, element.text
    for child in element:
        yield from _texts(child)
        if child.tail:
            yield element.tag, child.tail


def _of_attribute(element: HtmlElement, name: str, value: str) -> Iterator[tuple[str, str]]:
    place = f"{element.tag} {name}"
    if name in SHOWN_ATTRIBUTES or name == "value" and element.get("type") in BUTTONS:
        yield place, value
    elif name.startswith("data-"):
        yield from ((place, text) for text in _phrases(value))


def _phrases(value: str) -> Iterator[str]:
    """The texts in a value that a script reads: itself, or every string in it when it is JSON."""
    if value[:1] in '[{"':
        try:
            yield from _strings(json.loads(value))
            return
        except ValueError:
            pass
    yield value


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from _phrases(value) if value[:1] in "[{" else (value,)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
