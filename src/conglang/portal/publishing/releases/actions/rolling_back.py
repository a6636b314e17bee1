"""Showing an older edition again: pins over every path, released as a newer edition. Nothing is rendered anew.

Rows only: what a pin answers lies in the store. All of it is one transaction, so a kill leaves the pins complete or
not there; the outbox does the rest.
"""

import re
from collections.abc import Collection, Iterable, Mapping

from django.db import connection, transaction
from django.utils import timezone

from conglang.portal.identity.audit.actions import note
from conglang.portal.identity.audit.rules import Kind, Thing, ThingKind
from conglang.portal.identity.sites.models import Site
from conglang.portal.publishing.rendering import registry
from conglang.portal.publishing.rendering.actions import touch
from conglang.portal.publishing.rendering.holding import ASSETS, PINNED, pin_key
from conglang.portal.publishing.rendering.locks import hold_site
from conglang.portal.publishing.rendering.models import Entry, Pin
from conglang.portal.publishing.rendering.rules import ABSENT, Cause, Subject
from conglang.portal.publishing.rendering.shelving import store

from .. import history
from ..models import Rollback, Version

PATIENCE = 10.0  # seconds for the site's publishing to finish what it is at
_REFERENCE = re.compile(rb"/_/[amd]/[A-Za-z0-9._/-]+")
_NAMED = (
    "/_/a/",
    "/_/m/",
    "/_/d/",
)  # files whose address names their content: never taken away by a rollback

_PIN = """
    INSERT INTO rendering_pin (site, path, status, digest, location, sources, edition, by, reason, at)
    SELECT site, path, status, digest, location, sources, %s, %s, %s, statement_timestamp()
    FROM releases_version WHERE id = ANY(%s)
    ON CONFLICT (site, path) DO UPDATE SET status = excluded.status, digest = excluded.digest,
        location = excluded.location, sources = excluded.sources, edition = excluded.edition, by = excluded.by,
        reason = excluded.reason, at = excluded.at
"""
_PIN_EMPTY = """
    INSERT INTO rendering_pin (site, path, status, sources, edition, by, reason, at)
    SELECT %s, path, 0, '{}', %s, %s, %s, statement_timestamp() FROM unnest(%s::text[]) AS x(path)
    ON CONFLICT (site, path) DO UPDATE SET status = 0, digest = NULL, location = NULL, sources = '{}',
        edition = excluded.edition, by = excluded.by, reason = excluded.reason, at = excluded.at
"""


class CannotRollBack(ValueError):
    """What was asked cannot be shown again; the text says why and what is left as it is."""


@transaction.atomic
def roll_back(
    site: str, edition: int, *, by: str, reason: str, name: str = "", path: str | None = None
) -> Rollback:
    """Have a site, or one path of it, answer as it did in a kept edition, until lifted or published anew.

    Readers get it with the next release, seconds later. ``by``: a person's UUID. Raises CannotRollBack,
    history.NotKept, and SiteBusy when the site is being published for longer than ten seconds.
    """
    if not reason.strip():
        raise CannotRollBack("A rollback needs a reason. Nothing was changed.")
    history.edition(site, edition)
    hold_site(site, patience=PATIENCE)
    rows = {row.path: row for row in history.rows_at(site, edition)}
    chosen, empty = _whole(site, rows) if path is None else _one(site, rows, path)
    _check_kept(chosen)
    former = set(Pin.objects.filter(site=site).values_list("path", flat=True)) if path is None else set()
    if path is None:
        Pin.objects.filter(site=site).delete()
        Rollback.objects.filter(site=site, lifted_at=None).update(lifted_at=timezone.now(), lifted_by=by)
    _write(site, edition, [row.pk for row in chosen], sorted(empty), by=by, reason=reason.strip())
    paths = {row.path for row in chosen} | empty
    title = f"{edition}" if path is None else f"{edition} {path}"
    _tell(site, paths | former, Cause("roll-back", title=title, by=by, name=name, site=site))
    note(Kind.EDITION_RESTORED, _edition(site, edition), ordered_by=by, path=path or "", paths=len(paths))
    return Rollback.objects.create(
        site=site, path=path or "", edition=edition, by=by, name=name, reason=reason.strip(), paths=len(paths)
    )


def _edition(site: str, number: int | None = None) -> Thing:
    unit = Site.objects.filter(key=site).values_list("unit__code", flat=True).first()
    ident = site if number is None else f"{site}/{number}"
    return Thing(ThingKind.EDITION, ident, str(unit) if unit else "")


def _whole(site: str, rows: dict[str, Version]) -> tuple[list[Version], set[str]]:
    """Everything of then; and of now what was not there, but for files that only pages of now ask for."""
    current = registry.always_current()
    now = Entry.objects.filter(site=site, status__isnull=False).exclude(production__family__in=current)
    paths = now.values_list("path", flat=True)
    empty = {path for path in paths if path not in rows and not path.startswith(_NAMED)}
    return [row for row in rows.values() if row.family not in current], empty


def _one(site: str, rows: dict[str, Version], path: str) -> tuple[list[Version], set[str]]:
    """One path with every file it asks for; a path that was not there is held empty."""
    if path not in rows:
        if not Entry.objects.filter(site=site, path=path, status__isnull=False).exists():
            raise CannotRollBack(
                f"{path} answered nothing then and answers nothing now. Nothing was changed."
            )
        return [], {path}
    return [rows[path], *(rows[name] for name in sorted(_needs(rows, [path])))], set()


def _needs(rows: Mapping[str, Version] | Mapping[str, Pin], paths: Iterable[str]) -> set[str]:
    """The files that these pages ask for, and those that these ask for (fonts of a stylesheet)."""
    found: set[str] = set()
    waiting = list(paths)
    while waiting:
        digest = rows[waiting.pop()].digest
        if digest is None or not store().has(digest):
            continue
        named = {text.decode() for text in _REFERENCE.findall(store().path(digest).read_bytes())}
        fresh = (named & rows.keys()) - found
        found |= fresh
        waiting += [name for name in fresh if name.startswith(ASSETS) and name.endswith(".css")]
    return found


def _check_kept(rows: Iterable[Version]) -> None:
    for row in rows:
        if row.digest is not None and not store().has(row.digest):
            raise CannotRollBack(
                f"The store does not hold what {row.path} answered then; restore it from a backup, or choose "
                "another edition. Nothing was changed."
            )


def _write(site: str, edition: int, rows: list[int], empty: list[str], *, by: str, reason: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_PIN, [edition, by, reason, rows])
        cursor.execute(_PIN_EMPTY, [site, edition, by, reason, empty])


def _tell(site: str, paths: Collection[str], cause: Cause) -> None:
    """All of them first, so that they are rendered together and released in one edition."""
    first = [Subject(PINNED, site, path) for path in sorted(paths)]
    touch((pin_key(site, path) for path in paths), first=first, decided=(), cause=cause)


@transaction.atomic
def lift(site: str, *, by: str, name: str = "", path: str | None = None) -> int:
    """Let a site, or one path, answer again what its present content gives. Return how many paths were let go.

    Files that other held pages ask for stay held. Raises SiteBusy.
    """
    hold_site(site, patience=PATIENCE)
    held = Pin.objects.filter(site=site) if path is None else Pin.objects.filter(site=site, path=path)
    gone = set(held.values_list("path", flat=True))
    held.delete()
    gone |= _forget_idle_files(site)
    if gone:
        title = path or ""
        _tell(site, gone, Cause("lift", title=title, by=by, name=name, site=site))
        note(Kind.RESTORATION_ENDED, _edition(site), ordered_by=by, path=title, paths=len(gone))
    open_ones = Rollback.objects.filter(site=site, lifted_at=None)
    if path is not None and Pin.objects.filter(site=site).exists():
        open_ones = open_ones.filter(path=path)
    open_ones.update(lifted_at=timezone.now(), lifted_by=by)
    return len(gone)


def _forget_idle_files(site: str) -> set[str]:
    """Let go of held files that no held page asks for any more."""
    pins = {pin.path: pin for pin in Pin.objects.filter(site=site)}
    files = {path for path in pins if path.startswith(_NAMED)}
    pages = pins.keys() - files
    idle = files - _needs(pins, [path for path in pages if pins[path].status != ABSENT])
    Pin.objects.filter(site=site, path__in=idle).delete()
    return idle
