"""What rendering knows: what waits, what failed, what a path answers, and what a full rebuild would give."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Exists, OuterRef, Q

from conglang.wire.manifest import Encoded
from conglang.wire.manifest import Entry as WireEntry

from . import registry
from .drawing import fault_of, snapshot
from .models import Blob, Entry, Prepared, Production, Reached, Stale, Touch
from .rules import MOST_TRIES, Answer, Claim, Family, Rendered, Subject, gate_closed, served, winner
from .shelving import output_digest


@dataclass(frozen=True)
class Unreleased:
    """A path whose answer the signer has not seen. ``entry`` None: the path is to go."""

    path: str
    generation: int
    entry: WireEntry | None
    sources: dict[str, Any]  # {digest: authority as JSON}
    family: str = ""  # of what claims the path
    ident: str = ""


@dataclass(frozen=True)
class Failure:
    """Something that needs a person: a subject set aside, a touch that cannot be dispatched, a refused path."""

    site: str
    what: str
    error: str
    since: datetime


def unreleased(
    site: str, *, everything: bool = False, only: Collection[str] | None = None
) -> list[Unreleased]:
    """The paths to tell the signer about; with ``everything`` all that answer, whether he knows or not.

    ``only``: of these paths, and only what they answer now. What is to go waits for the pages that still show it.
    """
    which = Q(status__isnull=False) if everything else Q(dirty=True)
    if only is not None:
        which &= Q(path__in=list(only), status__isnull=False)
    entries = Entry.objects.filter(which, site=site, refused="").select_related("production")
    entries = entries.defer("production__reads").order_by("path")
    blobs = Blob.objects.in_bulk({entry.digest for entry in entries if entry.digest})
    return [_unreleased(entry, blobs) for entry in entries]


def _unreleased(entry: Entry, blobs: dict[str, Blob]) -> Unreleased:
    made, wire = entry.production, _wire_entry(entry, blobs)
    if made is None:
        return Unreleased(entry.path, entry.generation, wire, {})
    return Unreleased(entry.path, entry.generation, wire, made.sources, made.family, made.ident)


def _wire_entry(entry: Entry, blobs: dict[str, Blob]) -> WireEntry | None:
    if entry.status is None:
        return None
    if entry.digest is None:
        return WireEntry(entry.status, mtime=entry.mtime, location=entry.location)
    return _with_body(entry.status, blobs[entry.digest], entry.mtime)


def _with_body(status: int, blob: Blob, mtime: int) -> WireEntry:
    return WireEntry(
        status, blob.digest, blob.size, mtime,
        br=Encoded(blob.br_digest, blob.br_size) if blob.br_digest else None,
        gzip=Encoded(blob.gzip_digest, blob.gzip_size) if blob.gzip_digest else None,
    )  # fmt: skip


def prepared_entries(site: str, *, moment: datetime) -> dict[str, WireEntry]:
    """The paths with a body that were rendered beforehand for a moment, as the signer will be told of them."""
    rows = Prepared.objects.filter(site=site, moment=moment).values_list("outputs", flat=True)
    found = {path: (status, digest) for outputs in rows for path, status, digest, _ in outputs if digest}
    blobs = Blob.objects.in_bulk({digest for _, digest in found.values()})
    at = int(moment.timestamp())
    return {
        path: _with_body(status, blobs[digest], at)
        for path, (status, digest) in found.items()
        if digest in blobs
    }


def answers(site: str) -> dict[str, Answer]:
    """What every path of the site answers by the incremental way, without history."""
    found = Entry.objects.filter(site=site, status__isnull=False)
    return {entry.path: Answer(*row) for entry in found if (row := entry.answer)}


def full_render(site: str, *, at: datetime) -> dict[str, Answer]:
    """What a full rebuild of the site gives, path by path; writes nothing. The judge of incremental rendering.

    Raises whatever a family raises, and ValueError for a rendering that may not be published.
    """
    claims: dict[str, list[Claim]] = {}
    with snapshot():
        for family in registry.families():
            for rendered in _render_all(family, site, at=at):
                _collect(claims, family, rendered)
    best = {path: winner(rivals) for path, rivals in claims.items()}
    return {path: answer for path, claim in best.items() if (answer := served(claim)) is not None}


def _render_all(family: Family, site: str, *, at: datetime) -> Iterable[Rendered]:
    idents = iter(sorted(set(family.subjects(site))))
    while batch := list(islice(idents, 200)):
        yield from family.render(site, batch, at=at)


def _collect(claims: dict[str, list[Claim]], family: Family, rendered: Rendered) -> None:
    if fault := fault_of(rendered):
        raise ValueError(f"{family.name} {rendered.ident}: {fault}")
    for output in rendered.outputs:
        answer = Answer(output.status, output_digest(output), output.location)
        claims.setdefault(output.path, []).append(Claim(family.rank, family.name, rendered.ident, answer))


def stale(site: str) -> Sequence[Stale]:
    """What waits to be rendered on a site, in the order it will be."""
    return list(Stale.objects.filter(site=site, quarantined=False).order_by("priority", "id"))


def failures(sites: Iterable[str]) -> list[Failure]:
    """What went wrong for these sites and will not mend itself."""
    wanted = list(sites)
    aside = Stale.objects.filter(site__in=wanted, quarantined=True)
    refused = Entry.objects.filter(site__in=wanted).exclude(refused="")
    return [
        *(Failure(mark.site, f"{mark.family} {mark.ident}", mark.error, mark.since) for mark in aside),
        *(Failure(entry.site, entry.path, entry.refused, entry.dirty_since) for entry in refused),
    ]


def is_held(site: str) -> bool:
    """Whether the gate is closed: so much of what the site had before fails that nothing of it may be released."""
    failing = Stale.objects.filter(site=site).exclude(error="")
    same = Production.objects.filter(site=site, family=OuterRef("family"), ident=OuterRef("ident"))
    broken = failing.filter(Exists(same)).count()
    return broken > 0 and gate_closed(broken, Production.objects.filter(site=site).count())


def failed_touches() -> list[Failure]:
    """Changes of which it is unknown whom they concern; for the people who run the installation."""
    found = Touch.objects.filter(dispatched_at=None, tries__gte=MOST_TRIES)
    return [Failure("", str(touch), touch.error, touch.created_at) for touch in found]


def sites_with_work(*, at: datetime, older_than: datetime) -> frozenset[str]:
    """Sites where something waited since before ``older_than``: to be rendered, or to be told to the signer."""
    ready = Q(not_before=None) | Q(not_before__lte=at)
    marks = Stale.objects.filter(ready, quarantined=False, since__lt=older_than).values_list(
        "site", flat=True
    )
    entries = Entry.objects.filter(dirty=True, refused="", dirty_since__lt=older_than).values_list(
        "site", flat=True
    )
    return frozenset(marks.distinct()) | frozenset(entries.distinct())


def touches_waiting(*, older_than: datetime) -> bool:
    """Whether the outbox holds something that nobody took."""
    return Touch.objects.filter(dispatched_at=None, tries__lt=MOST_TRIES, created_at__lt=older_than).exists()


def last_reached() -> datetime | None:
    """The last moment at which pages changed by themselves, or None."""
    return Reached.objects.filter(pk=1).values_list("at", flat=True).first()


def paths_of(subject: Subject) -> tuple[str, ...]:
    """The paths a subject claims at present, sorted."""
    made = Production.objects.filter(family=subject.family, site=subject.site, ident=subject.ident)
    return tuple(
        made.filter(claims__isnull=False).values_list("claims__path", flat=True).order_by("claims__path")
    )


def is_waiting(subject: Subject) -> bool:
    """Whether a change that concerns the subject is still on its way to being rendered."""
    mark = Stale.objects.filter(family=subject.family, site=subject.site, ident=subject.ident)
    if mark.filter(quarantined=False).exists():
        return True
    waiting = Q(first__contains=[list(subject)])
    made = Production.objects.filter(family=subject.family, site=subject.site, ident=subject.ident).first()
    if made is not None:
        waiting |= Q(keys__overlap=made.reads)
    return Touch.objects.filter(waiting, dispatched_at=None, tries__lt=MOST_TRIES).exists()
