"""An empty record for each test, whatever tests of other apps left in it for good; and a real signer at hand."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from conglang.signer import keys
from conglang.signer.office import Office
from conglang.wire.release import SignerClient

OFF = """
ALTER TABLE audit_entry DISABLE TRIGGER USER; ALTER TABLE audit_stump DISABLE TRIGGER USER;
DELETE FROM audit_entry; DELETE FROM audit_stump;
ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_turn, ENABLE ALWAYS TRIGGER audit_seal,
    ENABLE ALWAYS TRIGGER audit_refuse, ENABLE ALWAYS TRIGGER audit_refuse_truncate;
ALTER TABLE audit_stump ENABLE ALWAYS TRIGGER audit_refuse, ENABLE ALWAYS TRIGGER audit_refuse_truncate;
"""


@pytest.fixture
def empty_record(db: None) -> None:
    """For a test inside a transaction, which takes everything back."""
    _empty()


@pytest.fixture
def lasting_record(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """For a test with transactions of its own. Clears what it wrote: pytest-django would empty every table, also what
    migrations had put in."""
    from conglang.portal.identity.accounts.models import User

    with django_db_blocker.unblock():
        _empty()
        known = set(User.objects.values_list("pk", flat=True))
        yield
        _empty()
        User.objects.exclude(pk__in=known).delete()
        _empty()


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(OFF)


class AtHand(SignerClient):
    """Hands each line to the signer's office in this process."""

    def __init__(self, data: Path) -> None:
        super().__init__(data / "nowhere.sock")
        keys.create(data / "keys")
        self.data, self.office = data, Office(data)

    def _exchange(self, line: bytes) -> bytes:
        return self.office.answer(line)


@pytest.fixture
def signer(settings: Any, empty_record: None) -> Iterator[AtHand]:
    """The real one, asked without a socket; nothing is signed yet, and nothing recorded."""
    folder = Path(tempfile.mkdtemp(prefix="cl-audit-"))
    (folder / "spool").mkdir()
    settings.DATA = folder
    yield AtHand(folder)
    shutil.rmtree(folder, ignore_errors=True)
