"""How large a thing may be: one output by its kind, one site as a whole.

A portal that was broken into shall not be able to fill the disks of every edge, nor to have something signed that no
reader's telephone can open.
"""

from collections.abc import Iterable
from typing import NamedTuple

from conglang.wire.manifest import Entry
from conglang.wire.paths import media_type

MIB = 2**20
TEXT = 8 * MIB
LARGEST = {"text": TEXT, "image": 15 * MIB, "font": 2 * MIB, "audio": 100 * MIB, "video": 500 * MIB}
OTHER = 50 * MIB  # documents: what the desk takes
PATHS_OF_A_SITE = 100_000
BYTES_OF_A_SITE = 20 * 2**30
SITES = 2_000  # more than any province has communes
SOURCES_OF_AN_OUTPUT = 20_000


class Weight(NamedTuple):
    """How many paths, and how many bytes their bodies have uncompressed."""

    paths: int = 0
    bytes: int = 0


def weigh(entries: Iterable[Entry]) -> Weight:
    sizes = [entry.size for entry in entries]
    return Weight(len(sizes), sum(sizes))


def too_large(path: str, entry: Entry) -> str | None:
    """Why one output must not be signed, or None. PathError for a path with an unknown extension."""
    most = largest(path)
    if entry.size <= most:
        return None
    return f"{entry.size} bytes are more than the {most} that a file of this kind may have"


def largest(path: str) -> int:
    """The most bytes an output under this path may have."""
    kind = media_type(path).partition(";")[0]
    if kind.startswith("application/") and kind.endswith(("json", "xml")):
        return TEXT
    return LARGEST.get(kind.partition("/")[0], OTHER)


def too_heavy(before: Weight, after: Weight) -> str | None:
    """Why a site must not become like this, or None. One that is too heavy already may always become lighter."""
    if after.paths > PATHS_OF_A_SITE and after.paths > before.paths:
        return f"the site would have {after.paths} paths, and {PATHS_OF_A_SITE} are the most"
    if after.bytes > BYTES_OF_A_SITE and after.bytes > before.bytes:
        return f"the site would hold {after.bytes} bytes, and {BYTES_OF_A_SITE} are the most"
    return None
