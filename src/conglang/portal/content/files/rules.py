"""Which derivatives of a picture the public face gets, and where files live. Plain Python, data first."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from conglang.wire.folding import slugify


class Licence(StrEnum):
    OWN = "own"
    PERMITTED = "permitted"
    OPEN = "open"
    PUBLIC_DOMAIN = "public-domain"


@dataclass(frozen=True)
class Spec:
    """One derivative: a width in px, and how it is encoded. ``name`` changes when the bytes would."""

    width: int
    format: str
    quality: int

    @property
    def name(self) -> str:
        return f"{self.format}-{self.width}-q{self.quality}-v1"


WIDTHS = (480, 960, 1440)
SPECS = tuple(Spec(width, "webp", 80) for width in WIDTHS)
PLAIN = Spec(960, "jpeg", 82)  # for readers, feeds and social cards that know no WebP
EXTENSIONS = {"webp": "webp", "jpeg": "jpg"}
NAME = re.compile(r"[^a-z0-9.-]+")


def media_path(digest: str, extension: str) -> str:
    """Return where a derivative is served: addressed by its content, so it may be cached for ever."""
    return f"/_/m/{digest}.{extension}"


def document_path(uuid: object, filename: str) -> str:
    """Return where a document is served: by identity and a readable ASCII name (never longer than the wire allows)."""
    name = PurePosixPath(filename)
    stem = slugify(name.stem)[:80].strip("-") or "tep"
    return f"/_/d/{uuid}/{stem}{NAME.sub('', name.suffix.lower())}"
