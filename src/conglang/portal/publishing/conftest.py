"""The toy newspaper of rendering's tests, for the tests of both publishing apps."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conglang.portal.publishing.rendering import holding, registry
from conglang.portal.publishing.rendering.tests import toy


@pytest.fixture
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The test's database without a transaction around the test: publishing opens its own, of several kinds.

    Instead of pytest-django's ``transactional_db``, which empties every table afterwards, also what migrations had put
    in, and fills those of contenttypes again (seconds).
    """
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def newspaper(db: None, tmp_path: Path, settings: Any) -> Iterator[None]:
    """Two sites with the toy families and no other, an empty store, a database without a surrounding transaction.

    Clears the few tables it writes.
    """
    settings.DATA = tmp_path
    real = dict(registry._families)
    registry._families.clear()
    for family in (*toy.FAMILIES, *(held() for held in holding.FAMILIES)):
        registry.register(family)
    toy.run(toy.SCHEMA)
    toy.empty()
    yield
    toy.empty()
    toy.NoteFamily.hindrance = staticmethod(lambda ident: None)
    registry._families.clear()
    registry._families.update(real)
