"""A small newspaper in three tables, enough to exercise every duty of rendering without knowing a real page."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from django.db import connection, transaction

from conglang.portal.publishing.rendering.actions import touch
from conglang.portal.publishing.rendering.rules import Output, Rendered, Source, Subject
from conglang.wire.release import Authority, AuthorityKind

LONG_AGO = datetime(2025, 7, 1, tzinfo=UTC)
SITES = ("badinh", "hoankiem")

SCHEMA = """
    CREATE TABLE IF NOT EXISTS toy_note (ident text PRIMARY KEY, site text, section text, slug text, title text,
                                         closes_at timestamptz);
    CREATE TABLE IF NOT EXISTS toy_former (site text, slug text, ident text, PRIMARY KEY (site, slug))
"""

WRITTEN = (
    "toy_note, toy_former, rendering_touch, rendering_stale, rendering_entry, rendering_claim, rendering_production, "
    "rendering_blob, rendering_prepared, rendering_deed, rendering_reached, rendering_pendingcause, rendering_pin, "
    "rendering_lingering, moments_moment, releases_edition, releases_version, releases_rollback, releases_rebuild, "
    "procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, procrastinate_workers"
)


def run(statement: str, *values: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def empty() -> None:
    run(f"TRUNCATE {WRITTEN} CASCADE")


def source(text: str) -> frozenset[Source]:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return frozenset({Source(digest, Authority(AuthorityKind.TECHNICAL, ("test",), LONG_AGO))})


def page(path: str, text: str) -> Output:
    return Output(path, body=f"<!doctype html><title>{text}</title><p>{text}".encode())


# what editors do


def keys_of(row: tuple) -> set[str]:
    ident, site, section = row[:3]
    return {f"note:{ident}", f"list:{site}:{section}", f"front:{site}"}


def note(ident: str) -> tuple | None:
    rows = run("SELECT ident, site, section, slug, title, closes_at FROM toy_note WHERE ident = %s", ident)
    return rows[0] if rows else None


def write(
    ident: str, *, site: str, section: str, slug: str, title: str, closes_at: datetime | None = None
) -> None:
    """Create a note, edit it, move it, rename it: whatever differs. Old and new keys are touched."""
    with transaction.atomic():
        old = note(ident)
        new = (ident, site, section, slug, title, closes_at)
        run("DELETE FROM toy_note WHERE ident = %s", ident)
        run("INSERT INTO toy_note VALUES (%s, %s, %s, %s, %s, %s)", *new)
        keys = keys_of(new) | (keys_of(old) if old else set())
        first = {Subject("note", site, ident)} | ({Subject("note", old[1], ident)} if old else set())
        if old and (old[1], old[3]) != (site, slug):
            run("DELETE FROM toy_former WHERE site = %s AND slug = %s", old[1], old[3])
            run("INSERT INTO toy_former VALUES (%s, %s, %s)", old[1], old[3], ident)
            keys |= {f"former:{old[1]}/{old[3]}"}
        touch(keys, first=first)


def unpublish(ident: str) -> None:
    with transaction.atomic():
        old = note(ident)
        if old:
            run("DELETE FROM toy_note WHERE ident = %s", ident)
            touch(keys_of(old))


# what readers get


class NoteFamily:
    name, rank, version = "note", 1, "1"
    hindrance: Callable[[str], None] = staticmethod(lambda ident: None)  # tests make it raise

    def subjects(self, site: str) -> Iterable[str]:
        return [ident for (ident,) in run("SELECT ident FROM toy_note WHERE site = %s", site)]

    def born_of(self, keys: Collection[str]) -> Iterable[Subject]:
        idents = [key.removeprefix("note:") for key in keys if key.startswith("note:")]
        rows = run("SELECT site, ident FROM toy_note WHERE ident = ANY(%s)", idents)
        return [Subject(self.name, site, ident) for site, ident in rows]

    def render(self, site: str, idents: Sequence[str], *, at: datetime) -> Iterator[Rendered]:
        rows = run(
            "SELECT ident, slug, title, closes_at FROM toy_note WHERE site = %s AND ident = ANY(%s)",
            site,
            list(idents),
        )
        for ident, slug, title, closes_at in rows:
            type(self).hindrance(ident)
            open_still = closes_at is not None and at < closes_at
            text = f"{title} (đang lấy ý kiến)" if open_still else title
            yield Rendered(
                ident, (page(f"/tin/{slug}/", text),), frozenset({f"note:{ident}"}), source(title),
                changes_at=closes_at if open_still else None,
            )  # fmt: skip


class ListFamily:
    name, rank, version = "list", 1, "1"
    sections = ("van-hoa", "y-te")

    def subjects(self, site: str) -> Iterable[str]:
        return [*self.sections, "front"]

    def born_of(self, keys: Collection[str]) -> Iterable[Subject]:
        return ()

    def render(self, site: str, idents: Sequence[str], *, at: datetime) -> Iterator[Rendered]:
        for ident in idents:
            front = ident == "front"
            rows = run(
                "SELECT ident, title, slug FROM toy_note WHERE site = %s AND (section = %s OR %s) ORDER BY ident",
                site, ident, front,
            )  # fmt: skip
            key = f"front:{site}" if front else f"list:{site}:{ident}"
            text = "; ".join(f"{title} /tin/{slug}/" for _, title, slug in rows[: 3 if front else 99])
            reads = {key, *(f"note:{row[0]}" for row in rows)}
            yield Rendered(
                ident, (page("/" if front else f"/{ident}/", text),), frozenset(reads), source(text)
            )


class FormerFamily:
    """Redirects from addresses that were; a living note at the same address wins by rank."""

    name, rank, version = "former", 9, "1"

    def subjects(self, site: str) -> Iterable[str]:
        return [slug for (slug,) in run("SELECT slug FROM toy_former WHERE site = %s", site)]

    def born_of(self, keys: Collection[str]) -> Iterable[Subject]:
        for key in keys:
            if key.startswith("former:"):
                site, _, slug = key.removeprefix("former:").partition("/")
                yield Subject(self.name, site, slug)

    def render(self, site: str, idents: Sequence[str], *, at: datetime) -> Iterator[Rendered]:
        rows = run(
            "SELECT slug, ident FROM toy_former WHERE site = %s AND slug = ANY(%s)", site, list(idents)
        )
        for slug, ident in rows:
            target = note(ident)
            reads = frozenset({f"former:{site}/{slug}", f"note:{ident}"})
            path = f"/tin/{slug}/"
            if target is None:
                yield Rendered(slug, (Output(path, status=410),), reads, source(slug))
            elif (target[1], target[3]) != (site, slug):
                there = f"http://{target[1]}.test/tin/{target[3]}/"
                yield Rendered(slug, (Output(path, status=301, location=there),), reads, source(slug))
            else:
                yield Rendered(slug, (), reads)  # it came home: nothing to redirect


FAMILIES = (NoteFamily(), ListFamily(), FormerFamily())
