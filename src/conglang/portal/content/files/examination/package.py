"""A ZIP package read within bounds and packed anew: only what its directory names, each thing once.

What stands before, after or between the entries, what lies hidden behind a second entry of the same name, and what
claims another size than it has does not come along or is refused.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO

from .limits import OFFICE
from .verdicts import Reason, Refused

MOMENT = (1980, 1, 1, 0, 0, 0)  # the same content gives the same bytes
CHUNK = 1 << 20
_NAME = re.compile(r"(?!/)(?!.*//)[^\\\x00-\x1f:*?\"<>|]{1,400}")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_SYMLINK = 0o120000


@dataclass
class Allowance:
    """How much may still be unpacked, shared by a package and the packages within it."""

    bytes: int = OFFICE.unpacked
    entries: int = OFFICE.entries
    elements: int = OFFICE.elements

    def take(self, count: int) -> None:
        """Note that ``count`` bytes were unpacked. Refused when that is more than a package may hold."""
        self.bytes -= count
        if self.bytes < 0:
            raise Refused(Reason.UNPACKS_TOO_LARGE)


def unpack(data: bytes, allowance: Allowance) -> dict[str, bytes]:
    """Return every part by name. Refused for tricks with names, doubled or encrypted entries, and bombs."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            entries = package.infolist()
            _check_directory(entries, allowance)
            return {
                entry.filename: _read(package, entry, allowance) for entry in entries if not entry.is_dir()
            }
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, OSError, UnicodeError,
            RuntimeError, OverflowError) as trouble:  # fmt: skip
        raise Refused(Reason.DAMAGED) from trouble


def _check_directory(entries: list[zipfile.ZipInfo], allowance: Allowance) -> None:
    allowance.entries -= len(entries)
    if allowance.entries < 0:
        raise Refused(Reason.UNPACKS_TOO_LARGE)
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename
        if entry.flag_bits & 1:
            raise Refused(Reason.PASSWORD)
        if not _is_plain(name) or name.lower() in seen or entry.orig_filename != name:
            raise Refused(Reason.ODD_PACKAGE)
        if entry.compress_type not in _METHODS or (entry.external_attr >> 16) & 0o170000 == _SYMLINK:
            raise Refused(Reason.ODD_PACKAGE)
        seen.add(name.lower())


def _is_plain(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) and not {"..", "."} & set(name.split("/"))


def _read(package: zipfile.ZipFile, entry: zipfile.ZipInfo, allowance: Allowance) -> bytes:
    """Read one entry by pieces: the size in the directory is only what somebody wrote there."""
    out = bytearray()
    with package.open(entry) as part:
        while piece := part.read(CHUNK):
            out += piece
            allowance.take(len(piece))
            if len(out) > OFFICE.entry or _is_bomb(len(out), entry.compress_size):
                raise Refused(Reason.UNPACKS_TOO_LARGE)
    return bytes(out)


def _is_bomb(unpacked: int, packed: int) -> bool:
    return unpacked > OFFICE.ratio_from and unpacked > packed * OFFICE.ratio


def pack(parts: Mapping[str, bytes]) -> bytes:
    """Return a package of exactly these parts, in this order. Same parts, same bytes."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as package:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, MOMENT)
            # OpenDocument: the first entry is read without unpacking. A picture is packed already.
            stored = name == "mimetype" or name.lower().endswith((".png", ".jpg", ".jpeg", ".gif"))
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            package.writestr(entry, content)
    return out.getvalue()


def by_ending(parts: Mapping[str, bytes], *endings: str) -> Iterator[tuple[str, bytes]]:
    """The parts whose names end so, whatever the case."""
    return ((name, content) for name, content in parts.items() if name.lower().endswith(endings))
