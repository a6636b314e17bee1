"""From a body's stored JSON to the blocks a template prints. Our own walk: no stream value, no query inside.

Two passes: ``wanted`` names the pictures, files and pages the bodies of a batch refer to, so that they are loaded
together; ``blocks`` then makes the views and says what it read. Whatever is not in the data is left out, never guessed.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import urlsplit

import nh3

from conglang.wire.folding import slugify

from .public_views import Block, FileLink, Picture
from .rules import LINK_SCHEMES

Json = dict[str, Any]
TAGS = {"p", "br", "b", "strong", "i", "em", "ul", "ol", "li", "a", "sub", "sup"}
ATTRIBUTES = {"a": {"href", "linktype", "id"}}
ANCHOR = re.compile(r"<a(?: ([^>]*))?>")
ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
REFERENCE = re.compile(r'<a\b[^>]*\blinktype="(page|document)"[^>]*>')
ID = re.compile(r'\bid="(\d{1,18})"')


@dataclass
class Wanted:
    """Primary keys of what bodies refer to."""

    images: set[int] = field(default_factory=set)
    documents: set[int] = field(default_factory=set)
    pages: set[int] = field(default_factory=set)
    predecessors: bool = False

    def add(self, body: Iterable[Json]) -> None:
        for block in body:
            self._add_block(block.get("type", ""), block.get("value"))

    def _add_block(self, kind: str, value: Any) -> None:
        if kind == "text":
            self._add_text(str(value))
        elif kind == "gallery":
            self.images.update(pk for item in items(value) if (pk := reference(item, "image")))
        elif kind == "predecessors":
            self.predecessors = True
        elif isinstance(value, dict):
            self.images.update(pk for name in ("image", "poster") if (pk := reference(value, name)))
            self.documents.update(pk for pk in [reference(value, "document")] if pk)

    def _add_text(self, html: str) -> None:
        for link in REFERENCE.finditer(html):
            if found := ID.search(link[0]):
                (self.pages if link[1] == "page" else self.documents).add(int(found[1]))


def reference(value: Any, name: str) -> int | None:
    """The primary key a chooser stored, if it is one."""
    pk = value.get(name) if isinstance(value, dict) else None
    return pk if isinstance(pk, int) else None


def items(value: Any) -> list[Any]:
    """The values of a stored list block, in its present form or the older plain one."""
    if not isinstance(value, list):
        return []
    return [
        item["value"] if isinstance(item, dict) and item.get("type") == "item" else item for item in value
    ]


@dataclass(frozen=True)
class Resolver:
    """How a walk turns references into views. Each answers None for what is not there and records what it read."""

    picture: Callable[[int, str], Picture | None]  # primary key, caption
    file: Callable[[int, str], FileLink | None]  # primary key, title
    page: Callable[[int], str | None]  # primary key → address
    predecessors: Callable[[], Sequence[tuple[str, str, bool, str]]]


class Walk:
    """One body. A fresh walk for each page: anchors are unique within it."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.anchors: set[str] = set()

    def blocks(self, body: Iterable[Json]) -> tuple[Block, ...]:
        found = []
        for block in body:
            make = getattr(self, f"_{block.get('type', '')}", None)
            data = make(block.get("value")) if make else None
            if data is not None:
                found.append(Block(block["type"], data))
        return tuple(found)

    def clean(self, html: str) -> str:
        """Return rich text that is safe to print: known tags only, links resolved, no other attribute."""
        cleaned = nh3.clean(
            html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=set(LINK_SCHEMES), link_rel=None
        )
        return ANCHOR.sub(self._anchor, cleaned) if "<a" in cleaned else cleaned

    def _anchor(self, match: "re.Match[str]") -> str:
        given = dict(ATTRIBUTE.findall(match[1] or ""))
        href = self._address(given)
        return f'<a href="{href}">' if href else "<a>"  # an anchor without an address is plain text

    def _address(self, given: dict[str, str]) -> str:
        if (kind := given.get("linktype")) is None:
            return _external(given.get("href", ""))
        pk = int(given["id"]) if given.get("id", "").isdigit() else 0
        if kind == "page":
            return escape(self.resolver.page(pk) or "")
        file = self.resolver.file(pk, "") if kind == "document" else None
        return escape(file.url) if file else ""

    def _text(self, value: Any) -> Json | None:
        html = self.clean(str(value or ""))
        return {"html": html} if html.strip() else None

    def _heading(self, value: Any) -> Json | None:
        text = str(value.get("text", "")).strip()
        return (
            {"text": text, "level": value.get("level", "2"), "anchor": self._free_anchor(text)}
            if text
            else None
        )

    def _free_anchor(self, text: str) -> str:
        wanted = slugify(text) or "phan"
        anchor, number = wanted, 1
        while anchor in self.anchors:
            number += 1
            anchor = f"{wanted}-{number}"
        self.anchors.add(anchor)
        return anchor

    def _image(self, value: Any) -> Json | None:
        picture = self._picture(value, "image", str(value.get("caption") or ""))
        return {"picture": picture} if picture else None

    def _picture(self, value: Any, name: str, caption: str = "") -> Picture | None:
        pk = reference(value, name)
        return self.resolver.picture(pk, caption) if pk else None

    def _gallery(self, value: Any) -> Json | None:
        found = [self._picture(item, "image", str(item.get("caption") or "")) for item in items(value)]
        pictures = tuple(picture for picture in found if picture)
        return {"pictures": pictures} if pictures else None

    def _table(self, value: Any) -> Json | None:
        header = tuple(str(cell) for cell in items(value.get("header")))
        rows = tuple(tuple(str(cell or "") for cell in items(row)) for row in items(value.get("rows")))
        return {
            "caption": value.get("caption", ""),
            "header": header,
            "rows": rows,
            "first_column_is_head": bool(value.get("first_column_is_head", True)),
        }

    def _quote(self, value: Any) -> Json | None:
        return {"text": value.get("text", ""), "source": value.get("source") or ""}

    def _file(self, value: Any) -> Json | None:
        pk = reference(value, "document")
        file = self.resolver.file(pk, str(value.get("title") or "")) if pk else None
        return {"file": file} if file else None

    def _video(self, value: Any) -> Json | None:
        pk = reference(value, "document")
        own = self.resolver.file(pk, "") if pk else None
        url = own.url if own else _external(value.get("link") or "", schemes=frozenset({"https"}))
        if not url:
            return None
        return {
            "title": value.get("title", ""),
            "url": url,
            "own": own is not None,
            "poster": self._picture(value, "poster"),
            "transcript": value.get("transcript") or "",
        }

    def _timeline(self, value: Any) -> Json | None:
        return {
            "entries": tuple((str(item.get("when", "")), str(item.get("text", ""))) for item in items(value))
        }

    def _facts(self, value: Any) -> Json | None:
        entries = (
            (item.get("label", ""), item.get("value", ""), item.get("note") or "") for item in items(value)
        )
        return {"entries": tuple(entries)}

    def _predecessors(self, value: Any) -> Json | None:
        entries = tuple(self.resolver.predecessors())
        return {"entries": entries, "note": (value or {}).get("note") or ""} if entries else None


def _external(href: str, *, schemes: frozenset[str] = LINK_SCHEMES) -> str:
    """Return an address of the outside world, or of this host, that is safe to link to; empty for any other."""
    parts = urlsplit(href)
    if parts.scheme in schemes or (
        not parts.scheme and href.startswith(("/", "#")) and not href.startswith("//")
    ):
        return href
    return ""
