"""The files a page asks for besides itself: one stylesheet, one script, fonts and the mark, named by their content.

Every address carries the first 16 hex digits of the file's SHA-256, so a file is never changed, only replaced.
"""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

PREFIX = "/_/a/"
_REFERENCE = re.compile(r"url\(asset:([A-Za-z0-9._-]+)\)")


class UnknownAsset(LookupError):
    """A template or stylesheet names a file that ``design/`` does not hold."""


class Bundle:
    """The assets of one design folder. ``address(name)`` for templates, ``files`` for whoever publishes them."""

    def __init__(self, folder: Path) -> None:
        self.files: dict[str, bytes] = {}
        self._addresses: dict[str, str] = {}
        for path in _plain_files(folder):
            self._add(path.name, path.read_bytes())
        self._add("site.css", self._stylesheet(folder).encode())
        self._add("site.js", _script(folder).encode())

    def address(self, name: str) -> str:
        """Return the site-relative address of ``name`` (``"site.css"``); UnknownAsset when there is none."""
        try:
            return self._addresses[name]
        except KeyError:
            known = ", ".join(sorted(self._addresses))
            raise UnknownAsset(f"design/ holds no asset «{name}». It has: {known}") from None

    def _add(self, name: str, content: bytes) -> None:
        stem, dot, extension = name.rpartition(".")
        address = f"{PREFIX}{stem}.{hashlib.sha256(content).hexdigest()[:16]}{dot}{extension}"
        self._addresses[name] = address
        self.files[address] = content

    def _stylesheet(self, folder: Path) -> str:
        parts = [
            folder / "tokens.css",
            folder / "fonts.css",
            folder / "base.css",
            *_component_files(folder, "css"),
        ]
        text = "\n".join(part.read_text() for part in [*parts, folder / "print.css"] if part.exists())
        return _REFERENCE.sub(lambda found: f"url({self.address(found[1])})", _without_comments(text))


def _plain_files(folder: Path) -> Iterable[Path]:
    return [
        *sorted((folder / "fonts").glob("*.woff2")),
        *sorted(folder.glob("*.svg")),
        *sorted(folder.glob("*.png")),
    ]


def _component_files(folder: Path, extension: str) -> list[Path]:
    return sorted((folder / "components").glob(f"*/*.{extension}"))


def _without_comments(css: str) -> str:
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    return "\n".join(line.strip() for line in css.splitlines() if line.strip())


def _script(folder: Path) -> str:
    """Each component's script in its own block, so that none sees another's names."""
    return "".join(f"{{\n{path.read_text().strip()}\n}}\n" for path in _component_files(folder, "js"))
