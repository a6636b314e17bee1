"""What an edge says of itself at `/_/status`: which edition of each site it shows, how fresh, what is wrong.

Read by the portal (who has what) and by people. It is not signed: believe it as far as you believe that machine;
`conglang verify` is for whoever does not.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from conglang.wire.paths import check_site_key


def _(text: str) -> str:
    """Marks a text for the catalogue; whoever shows it translates it."""
    return text


LIMIT = 1 << 20  # bytes of a report; 127 sites are about 20 kB


class StatusError(ValueError):
    """What was answered is not the report of an edge."""


class Trouble(StrEnum):
    """Why nothing new is applied. What is shown stays as it was."""

    NONE = ""
    UNREACHABLE = "unreachable"  # the store does not answer, or lacks a file
    EXPIRED = "expired"  # the store's newest state is past its end: the signer has been away
    OLDER = "older"  # the store offers an older state than was seen before
    UNSIGNED = "unsigned"  # the signatures are not those of this network
    DAMAGED = "damaged"  # bytes differ from what is signed
    DISK_FULL = "disk-full"
    READ_ONLY = "read-only"  # the edge may not write into its own folder
    UNFORESEEN = "unforeseen"  # the log says more


WORDS = {
    Trouble.NONE: "",
    Trouble.UNREACHABLE: _("the store does not answer or lacks a file; what is shown stays"),
    Trouble.EXPIRED: _("the newest signed state is past its end: the signer has been away"),
    Trouble.OLDER: _("the store offers an older state than was seen before; it was refused"),
    Trouble.UNSIGNED: _("the signatures are not those of this network; the new state was refused"),
    Trouble.DAMAGED: _("the store holds other bytes than those that were signed; they were refused"),
    Trouble.DISK_FULL: _("the disk is full: it shows what it has and takes nothing new"),
    Trouble.READ_ONLY: _("it may not write into its own folder: it shows what it has and takes nothing new"),
    Trouble.UNFORESEEN: _("something unforeseen; its log says more"),
}


@dataclass(frozen=True)
class ShownSite:
    """`edition` became visible `at`; `manifest` is `repo.manifest_digest` of what was signed."""

    edition: int
    at: str
    manifest: str = ""


@dataclass(frozen=True)
class TreeReport:
    """What comparing the tree with the manifest has found since the process began. Instants are UTC, RFC 3339.

    `read_at`: end of the last time every byte was read, which took `read_seconds`, over `read_files` files, and found
    `read_found` that differed. `looked_at`: end of the last quick look (names, sizes, times, kinds of file).
    `mended`: how many were put right since the start; `wrong`: how many could not be, as of the last look.
    """

    read_at: str = ""
    read_seconds: float = 0.0
    read_files: int = 0
    read_found: int = 0
    looked_at: str = ""
    look_seconds: float = 0.0
    mended: int = 0
    wrong: int = 0


@dataclass(frozen=True)
class SharedShown:
    """The shared state an edge answers: 0 is none yet. `trouble`: why it did not take the source's."""

    version: int = 0
    fresh_until: str | None = None
    stale: bool = False
    trouble: str = ""


@dataclass(frozen=True)
class EdgeStatus:
    """`age`: seconds since the newest timestamp was accepted, None before the first. `stale`: it is past its end."""

    edge: str
    at: str
    stale: bool
    fresh_until: str | None = None
    age: float | None = None
    trouble: Trouble = Trouble.NONE
    hosts: int = 0
    sites: Mapping[str, ShownSite] = field(default_factory=dict)
    tree: TreeReport = TreeReport()
    shared: SharedShown = SharedShown()

    def to_json(self) -> dict[str, Any]:
        sites = {site: vars(shown) for site, shown in self.sites.items()}
        parts = {"sites": sites, "tree": vars(self.tree), "shared": vars(self.shared)}
        return {"v": 1, **vars(self), "trouble": self.trouble.value, **parts}


def decode_status(data: bytes) -> EdgeStatus:
    """The report an edge answered. StatusError for anything that is not exactly of this form."""
    try:
        found: dict[str, Any] = json.loads(data)
        return _status(found)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StatusError(f"not the report of an edge: {error}") from error


def _status(found: Mapping[str, Any]) -> EdgeStatus:
    if found["v"] != 1:
        raise StatusError("not the report of an edge of this version")
    sites = {check_site_key(site): _shown(one) for site, one in found["sites"].items()}
    age = found["age"]
    return EdgeStatus(
        edge=str(found["edge"])[:80],
        at=_instant(found["at"]),
        stale=found["stale"] is True,
        fresh_until=None if found["fresh_until"] is None else _instant(found["fresh_until"]),
        age=None if age is None else float(age),
        trouble=Trouble(found["trouble"]),
        hosts=int(found["hosts"]),
        sites=sites,
        tree=_tree(found["tree"]),
        shared=_shared(found["shared"]),
    )


def _shown(data: Mapping[str, Any]) -> ShownSite:
    return ShownSite(int(data["edition"]), _instant(data["at"]), str(data["manifest"])[:64])


def _tree(data: Mapping[str, Any]) -> TreeReport:
    return TreeReport(
        read_at=data["read_at"] and _instant(data["read_at"]),
        read_seconds=float(data["read_seconds"]),
        read_files=int(data["read_files"]),
        read_found=int(data["read_found"]),
        looked_at=data["looked_at"] and _instant(data["looked_at"]),
        look_seconds=float(data["look_seconds"]),
        mended=int(data["mended"]),
        wrong=int(data["wrong"]),
    )


def _shared(data: Mapping[str, Any]) -> SharedShown:
    until = data["fresh_until"] and _instant(data["fresh_until"])
    return SharedShown(int(data["version"]), until, data["stale"] is True, str(data["trouble"])[:500])


def _instant(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise StatusError(f"{text!r} has no time zone")
    return text
