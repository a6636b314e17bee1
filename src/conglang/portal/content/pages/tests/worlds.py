"""A living network for tests that publish for real: a database that can be put back, and what a full rebuild says."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection
from django.utils import timezone

from conglang.portal.publishing.rendering import actions, queries
from conglang.portal.publishing.rendering.actions.recording import record
from conglang.portal.publishing.rendering.drawing import draw
from conglang.portal.publishing.rendering.models import Stale
from conglang.portal.publishing.rendering.shelving import shelve


class Database:
    """The test's database as a template, so that every example starts from the same network in a blink."""

    def __init__(self, maintenance: str) -> None:
        self.maintenance = maintenance
        self.name = connection.settings_dict["NAME"]

    def keep(self, label: str) -> None:
        self._run(f'CREATE DATABASE "{self.name}_{label}" TEMPLATE "{self.name}"')

    def restore(self, label: str) -> None:
        self._run(
            f'DROP DATABASE "{self.name}"', f'CREATE DATABASE "{self.name}" TEMPLATE "{self.name}_{label}"'
        )

    def forget(self, *labels: str) -> None:
        self._run(*(f'DROP DATABASE IF EXISTS "{self.name}_{label}"' for label in labels))

    def _run(self, *statements: str) -> None:
        connection.close()
        with psycopg.connect(self.maintenance, autocommit=True) as server:
            for statement in statements:
                server.execute(statement.encode())


def settle(sites: Iterable[str]) -> None:
    """Dispatch and render until nothing waits."""
    actions.dispatch()
    for site in sites:
        while actions.render_next(site, at=timezone.now()):
            pass


def differences(site: str) -> dict[str, tuple[object, object]]:
    """What the site answers and what a full rebuild would, where the two are not the same."""
    served, full = queries.answers(site), queries.full_render(site, at=timezone.now())
    return {path: (served.get(path), full.get(path)) for path in served.keys() | full.keys()
            if served.get(path) != full.get(path)}  # fmt: skip


@contextmanager
def rendering(site: str) -> Iterator[None]:
    """The block runs between the snapshot of a render and its being recorded."""
    marks = list(Stale.objects.filter(site=site).order_by("id")[:10])
    drawings = list(draw(site, [mark.subject for mark in marks], at=timezone.now()))
    yield
    shelve(drawings)
    for drawing in drawings:
        record([drawing], {mark.subject: mark.generation for mark in marks})
