"""The words of rendering, in plain Python: what is rendered, what comes out, and which of two outputs wins a path.

A *family* turns subjects (a page, a feed, a sitemap) into outputs (paths with bytes). It says which keys each
subject read; whoever changes something touches the key, and exactly the subjects that read it are rendered again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from conglang.wire.release import Authority


class Subject(NamedTuple):
    """One thing a family renders on one site. ``ident`` means something to the family only (mostly a UUID)."""

    family: str
    site: str
    ident: str


@dataclass(frozen=True, slots=True)
class Source:
    """What an output was made from: the digest that was approved, and who stands for it."""

    digest: str  # sha256, 64 hex digits
    authority: Authority


ABSENT = 0  # an output's status: the path is claimed so that nobody answers there


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something changed, for the list of editions. ``by``: a person's UUID or the name of a program; ``name``: what
    the person was called then. ``verb`` is a word of VERBS, ``title`` what it was done to, ``site`` where (empty: the
    network). ``rebuild`` numbers the ordered rebuild it belongs to.
    """

    verb: str
    title: str = ""
    by: str = ""
    name: str = ""
    site: str = ""
    rebuild: int = 0

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value}


VERBS = frozenset(
    {
        "publish",
        "update",
        "move",
        "withdraw",
        "delete",
        "change",
        "rebuild",
        "roll-back",
        "lift",
        "upgrade",
        "announce",
    }
)


@dataclass(frozen=True, slots=True)
class Output:
    """What one path of a site answers.

    ``status`` ABSENT claims the path for nobody: it answers nothing, whoever else would. Otherwise at most one of
    ``body`` (the bytes), ``blob`` (sha256 of bytes already in the store) and ``location`` (a redirect, site-relative or
    absolute) is given. ``status``: 200 needs a body or blob, 301 a location; 404 and 410 may have neither, the site's
    own error page is then shown.
    """

    path: str
    status: int = 200
    body: bytes | None = field(default=None, repr=False)
    blob: str | None = None
    location: str | None = None

    def __post_init__(self) -> None:
        bodies = (self.body is not None) + (self.blob is not None)
        if bodies > 1 or (bodies == 0 and self.status == 200) or (bodies and self.status in (301, ABSENT)):
            raise ValueError(f"Output {self.path}: status {self.status} with {bodies} of body and blob.")
        if (self.location is not None) != (self.status == 301):
            raise ValueError(f"Output {self.path}: 301 needs a location, and only 301 has one.")


@dataclass(frozen=True, slots=True)
class Rendered:
    """All outputs of one subject, and everything that would make them different.

    ``reads``: every key whose touch may change these outputs, also keys of things that were looked for and not found.
    ``changes_at``: the next instant at which the same input would give other bytes; the sweep touches it then.
    """

    ident: str
    outputs: tuple[Output, ...]
    reads: frozenset[str]
    sources: frozenset[Source] = frozenset()
    changes_at: datetime | None = None


class Family(Protocol):
    """A kind of output. Registered once, in ``AppConfig.ready()``, with ``registry.register``."""

    name: str  # lower-case letters, digits and hyphens; never renamed, it is stored
    rank: int  # two families claim one path: the lower rank wins (a page over an old redirect)
    version: str  # changes when the code would render other bytes from the same data, or reads other keys

    def subjects(self, site: str) -> Iterable[str]:
        """Every ident that a full rebuild of the site must render."""

    def born_of(self, keys: Collection[str]) -> Iterable[Subject]:
        """Subjects that may come into being because of these keys. Too many is harmless, too few is a fault."""

    def render(self, site: str, idents: Sequence[str], *, at: datetime) -> Iterator[Rendered]:
        """Render a batch in one read-only transaction; an ident without an answer produces nothing (any more).

        Deterministic: same data and same ``at`` give the same bytes. ``at`` is the only clock.
        """


@runtime_checkable
class SeveralSites(Protocol):
    """What a family adds whose outputs change on many sites at once: it loads what these sites ask of it together."""

    def render_several(
        self, wanted: Mapping[str, Sequence[str]], *, at: datetime
    ) -> Iterator[tuple[str, Rendered]]:
        """Yield what `Family.render` would yield for each site and its idents, with the site's key, in any order."""


class Answer(NamedTuple):
    """What a path answers, without history: the meaning that incremental and full rendering must agree on."""

    status: int
    digest: str | None
    location: str | None


class Claim(NamedTuple):
    """One production's wish for one path."""

    rank: int
    family: str
    ident: str
    answer: Answer


_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")


def is_family_name(name: str) -> bool:
    """Whether the name may be registered (it is stored in the database and shown to editors)."""
    return _NAME.fullmatch(name) is not None


def winner(claims: Iterable[Claim]) -> Claim | None:
    """Return the claim that a path answers with: lowest rank, then family and ident so that it never flickers."""
    return min(claims, key=lambda claim: (claim.rank, claim.family, claim.ident), default=None)


def served(claim: Claim | None) -> Answer | None:
    """Return what a path answers when this claim has won it: nothing for a claim that keeps it empty."""
    return None if claim is None or claim.answer.status == ABSENT else claim.answer


def next_mtime(now: int, former: int | None) -> int:
    """Return the whole-second modification time of changed content.

    Strictly later than the path's former one: web servers make ETags of mtime and size, so two contents of equal size
    within one second would otherwise share an ETag.
    """
    return now if former is None else max(now, former + 1)


def rebuild_key(site: str, family: str | None = None) -> str:
    """The key whose touch renders a whole site again, or one family of it. Read by nobody, known to dispatch."""
    return f"rebuild:{site}:{family}" if family else f"rebuild:{site}"


def rebuild_wish(key: str) -> tuple[str, str | None] | None:
    """Take a rebuild key apart into site and family; None for every other key."""
    kind, _, rest = key.partition(":")
    if kind != "rebuild":
        return None
    site, _, family = rest.partition(":")
    return site, family or None


def retry_delay(tries: int) -> int:
    """Seconds to wait before a subject that failed so many times is tried again."""
    return int(2 ** min(tries, 10))


MOST_TRIES = 3  # then a subject is set aside with its error, and its site goes on without it
GATE_LEAST, GATE_SHARE = 5, 0.05


def gate_closed(failing: int, made: int) -> bool:
    """Whether a site must not be released as it is: what was fine before fails in numbers.

    One broken page is set aside and its site goes on; when one in twenty of those that were public cannot be made any
    more, it is the design or the code, and readers keep the whole site as it was. ``failing`` of ``made`` subjects.
    """
    return failing >= GATE_LEAST and failing > GATE_SHARE * made
