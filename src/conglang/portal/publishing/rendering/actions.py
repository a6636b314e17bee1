"""What changes the state of rendering: touching keys, finding what is stale, recording what was rendered."""

from collections.abc import Iterable

from .rules import Subject


def touch(keys: Iterable[str], *, first: Iterable[Subject] = ()) -> None:
    """Record, in the caller's transaction, that what these keys stand for has changed.

    Give old *and* new keys (a page that leaves a listing changes that listing too). Subjects in ``first`` are rendered
    and released before everything else that read the keys: what the editor just published. Every call defers its own
    job; a run that finds nothing to do is free.
    """
    raise NotImplementedError


def rebuild(sites: Iterable[str], *, by: str, reason: str, families: Iterable[str] | None = None) -> int:
    """Mark every subject of these sites (of all families, or of those named) to be rendered again; return how many.

    Equal bytes stop there, so a rebuild of an unchanged site releases nothing. ``by`` and ``reason`` go to the log.
    """
    raise NotImplementedError
