"""Two families that hold paths at what they answered before: pinned (a rollback) and lingering (files of a design).

Their rows are data like any other: a full rebuild reads them too, so that incremental ≡ full holds.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from conglang.wire.release import Authority, AuthorityKind

from .models import Lingering, Pin
from .rules import Output, Rendered, Source, Subject

PINNED, LINGERING = "pinned", "lingering"
ASSETS = "/_/a/"  # files of the design, named by their content
EPOCH = datetime(2025, 1, 1, tzinfo=UTC)


def pin_key(site: str, path: str) -> str:
    """The key whose touch means that a path was pinned, pinned otherwise, or let go."""
    return f"pin:{site}:{path}"


def lingering_key(site: str, path: str) -> str:
    return f"lingering:{site}:{path}"


def _born(name: str, word: str, keys: Collection[str]) -> Iterator[Subject]:
    for key in keys:
        kind, _, rest = key.partition(":")
        if kind == word:
            site, _, path = rest.partition(":")
            yield Subject(name, site, path)


def _sources(stored: Mapping[str, Any]) -> set[Source]:
    return {Source(digest, Authority.from_json(who)) for digest, who in stored.items()}


class PinnedFamily:
    """Ident: the path. What it answered in the chosen edition, over every other family."""

    name, rank, version = PINNED, 0, "1"

    def subjects(self, site: str) -> Iterable[str]:
        return Pin.objects.filter(site=site).values_list("path", flat=True)

    def born_of(self, keys: Collection[str]) -> Iterable[Subject]:
        return _born(self.name, "pin", keys)

    def render(self, site: str, idents: Sequence[str], *, at: datetime) -> Iterator[Rendered]:
        for pin in Pin.objects.filter(site=site, path__in=idents):
            output = Output(pin.path, pin.status, blob=pin.digest, location=pin.location)
            sources = _sources(pin.sources) | {decision_of(pin)}
            yield Rendered(pin.path, (output,), frozenset({pin_key(site, pin.path)}), frozenset(sources))


def decision_of(pin: Pin) -> Source:
    """Who decided that an older answer is shown again; beside those who stood for it then."""
    facts = f"pin {pin.site} {pin.path} {pin.edition} {pin.by} {pin.at.isoformat()} {pin.reason}"
    return Source(
        hashlib.sha256(facts.encode()).hexdigest(), Authority(AuthorityKind.TECHNICAL, (pin.by,), pin.at)
    )


class LingeringFamily:
    """Ident: the path of a file of a former design. Gives way to everybody."""

    name, rank, version = LINGERING, 90, "1"

    def subjects(self, site: str) -> Iterable[str]:
        return Lingering.objects.filter(site=site).values_list("path", flat=True)

    def born_of(self, keys: Collection[str]) -> Iterable[Subject]:
        return _born(self.name, "lingering", keys)

    def render(self, site: str, idents: Sequence[str], *, at: datetime) -> Iterator[Rendered]:
        for row in Lingering.objects.filter(site=site, path__in=idents):
            output = Output(row.path, blob=row.digest)
            reads = frozenset({lingering_key(site, row.path)})
            yield Rendered(row.path, (output,), reads, frozenset(_sources(row.sources)))


FAMILIES = (PinnedFamily, LingeringFamily)
