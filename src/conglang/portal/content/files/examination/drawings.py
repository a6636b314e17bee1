"""Pictures inside an office file: what a name calls a picture must begin like one, and a drawing may hold no script."""

from .kinds import MARKUP
from .markup import Element, read
from .package import Allowance
from .verdicts import Reason, Refused

HEADS = {
    "png": (b"\x89PNG",), "jpg": (b"\xff\xd8\xff",), "jpeg": (b"\xff\xd8\xff",), "jfif": (b"\xff\xd8\xff",),
    "gif": (b"GIF8",), "bmp": (b"BM",), "tif": (b"II*\0", b"MM\0*"), "tiff": (b"II*\0", b"MM\0*"),
    "emf": (b"\x01\0\0\0",), "wmf": (b"\xd7\xcd\xc6\x9a", b"\x01\0\x09\0", b"\x02\0\x09\0"),
    "wdp": (b"II\xbc",), "webp": (b"RIFF",),
}  # fmt: skip
# Programs give a picture the wrong ending at times; that any picture begins here is what matters.
_ANY_HEAD = tuple(head for heads in HEADS.values() for head in heads)
_PACKED = (b"\x1f\x8b",)  # .emz, .wmz: a metafile in gzip
_UNFIT = frozenset({"script", "foreignObject", "iframe", "handler", "set", "animate"})


def check(name: str, data: bytes, allowance: Allowance) -> None:
    """Refused when the picture is something else, or a drawing that does something."""
    ending = name.lower().rpartition(".")[2]
    if ending == "svg" or MARKUP.match(data[:65536].lower()):
        read(data, allowance, opening=_still)
    elif data and not data.startswith(_PACKED if ending in ("emz", "wmz") else _ANY_HEAD):
        raise Refused(Reason.EMBEDDED_OBJECT)


def is_picture(name: str) -> bool:
    return name.lower().rpartition(".")[2] in {*HEADS, "svg", "emz", "wmz"}


def _still(element: Element) -> None:
    if element.name in _UNFIT or any(key.lower().startswith("on") for key in element.values):
        raise Refused(Reason.CONTROL)
    href = element.values.get("href", "")
    if href and not href.startswith(("#", "data:image/png", "data:image/jpeg")):
        raise Refused(Reason.OUTSIDE_PARTS)
