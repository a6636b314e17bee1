"""`conglang doctor` about the audit record: when it was signed last, and whether it is the one that was."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conglang.cli.doctor import audit_record
from conglang.signer import keys
from conglang.signer.audit_desk import AuditDesk
from conglang.wire.audit import Head


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "spool").mkdir()
    keys.create(tmp_path / "keys")
    return tmp_path


def sign(data: Path, at: datetime) -> None:
    delegations = (1, (data / "keys/targets.json").read_bytes())
    desk = AuditDesk(data, clock=lambda: at)
    desk.sign(Head(), [b"x" * 32], keys.load(data / "keys", "online", "audit"), delegations=delegations)


def test_a_record_that_was_signed_lately_is_well_and_one_that_was_not_has_advice(data: Path) -> None:
    now = datetime.now(UTC)
    assert audit_record(data, now.timestamp()).advice
    sign(data, now - timedelta(minutes=50))

    assert not audit_record(data, now.timestamp()).advice
    assert audit_record(data, (now + timedelta(hours=2)).timestamp()).advice


def test_a_record_that_is_not_the_signed_one_is_an_alarm(data: Path) -> None:
    now = datetime.now(UTC)
    sign(data, now)
    word = {"at": now.timestamp(), "trouble": "entry 5 was signed with another hash"}
    (data / "spool/audit.json").write_text(json.dumps(word))

    finding = audit_record(data, now.timestamp())
    assert "entry 5" in finding.words
    assert "audit verify" in finding.advice
