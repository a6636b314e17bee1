"""Rendering a batch of subjects in one frozen view of the database, and finding the one that spoils it."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from django.db import connection, transaction

from conglang.wire.paths import PathError, check_path

from . import registry
from .rules import Rendered, SeveralSites, Subject

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Snapshot:
    """Which transactions a render could see. ``began`` is the database's clock, not later than the snapshot."""

    text: str
    began: datetime


@dataclass
class Drawing:
    """What one snapshot gave. A subject in ``nothing`` produces no output (any more)."""

    site: str
    snapshot: Snapshot
    results: dict[Subject, Rendered] = field(default_factory=dict)
    nothing: list[Subject] = field(default_factory=list)
    failures: dict[Subject, str] = field(default_factory=dict)
    adopted: bool = False  # rendered beforehand


@contextmanager
def snapshot() -> Iterator[Snapshot]:
    """One unchanging, read-only view of the database for as long as the block lasts."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_current_snapshot()::text, now()")
        yield Snapshot(*cursor.fetchone())


View = Callable[[], AbstractContextManager[Snapshot]]


def draw(site: str, subjects: Sequence[Subject], *, at: datetime, view: View = snapshot) -> Iterator[Drawing]:
    """Render subjects of one site. When the batch fails, halve it until the culprit stands alone.

    Raises what broke the connection to the database: no page is to blame, and with it went the lock of the site.
    ``view`` opens what is looked at: the database as it stands, unless somebody looks ahead.
    """
    connection.ensure_connection()
    held = connection.connection
    try:
        yield draw_together(site, subjects, at=at, view=view)
    except Exception as error:  # whatever a template or a family can raise
        if connection.connection is not held:
            raise
        if len(subjects) > 1:
            middle = len(subjects) // 2
            yield from draw(site, subjects[:middle], at=at, view=view)
            yield from draw(site, subjects[middle:], at=at, view=view)
        else:
            logger.exception("%s cannot be rendered", subjects[0])
            yield Drawing(site, _no_snapshot(at), failures={subjects[0]: _in_words(error)})


def _no_snapshot(at: datetime) -> Snapshot:
    return Snapshot("", at)  # never compared: there are no results


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:2000]


def draw_together(site: str, subjects: Sequence[Subject], *, at: datetime, view: View) -> Drawing:
    """Render subjects of one site; raises what the first that fails raises."""
    with view() as seen:
        return draw_several({site: subjects}, seen, at=at)[0]


def draw_several(wanted: Mapping[str, Sequence[Subject]], seen: Snapshot, *, at: datetime) -> list[Drawing]:
    """Render subjects of several sites, each family those of all; raises what the first that fails raises.

    Runs in the view that ``seen`` names. Returns one drawing per site, in their order.
    """
    drawings = {site: Drawing(site, seen) for site in wanted}
    subjects = sorted(subject for some in wanted.values() for subject in some)
    for name, group in groupby(subjects, key=lambda subject: subject.family):
        some = list(group)
        made = _made_by(name, some, at=at)
        for subject in some:
            _note(drawings[subject.site], subject, made.get(subject))
    return list(drawings.values())


def _made_by(name: str, subjects: Sequence[Subject], *, at: datetime) -> dict[Subject, Rendered]:
    family = registry.family(name)
    if family is None:
        return {}
    wanted = {site: [one.ident for one in some] for site, some in groupby(subjects, key=lambda one: one.site)}
    if isinstance(family, SeveralSites):
        made = family.render_several(wanted, at=at)
    else:
        made = ((site, one) for site, idents in wanted.items() for one in family.render(site, idents, at=at))
    return {Subject(name, site, one.ident): one for site, one in made}


def _note(drawing: Drawing, subject: Subject, made: Rendered | None) -> None:
    if made is None:
        drawing.nothing.append(subject)
    elif fault := fault_of(made):
        drawing.failures[subject] = fault
    else:
        drawing.results[subject] = made


def fault_of(rendered: Rendered) -> str:
    """What is wrong with a rendering by itself, in one sentence; empty when it may be published."""
    if rendered.outputs and not rendered.sources:
        return "It names no source: the signer would not know who stands for it."
    if len({output.path for output in rendered.outputs}) < len(rendered.outputs):
        return "It has two outputs for one path."
    try:
        for output in rendered.outputs:
            check_path(output.path)
    except PathError as error:
        return str(error)
    return ""
