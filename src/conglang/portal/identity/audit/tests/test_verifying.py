"""Whoever owns the database can switch its triggers off and write what he likes. Verifying finds where."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from conglang.cli import audit_verify
from conglang.cli.audit_sources import checkpoint_files, read_checkpoints
from conglang.cli.audit_verify import _walk_database
from conglang.portal.identity.audit import checkpointing, tasks
from conglang.portal.identity.audit.actions import note, seal_now
from conglang.portal.identity.audit.checkpointing import HistoryDiffers, checkpoint, note_keys
from conglang.portal.identity.audit.models import Entry
from conglang.portal.identity.audit.queries import facts_of, head
from conglang.portal.identity.audit.rules import Actor, Kind, Thing, ThingKind, is_due
from conglang.signer.audit_desk import allow_break
from conglang.wire.audit import Head, leaf_of, link_of
from conglang.wire.audit_walk import Signed, signed_of
from conglang.wire.release import SignerUnavailable

CLERK = Actor("7c0e", "Nguyễn Văn An", "unit-author", "ubnd-badinh", "nso-2025:00004", "a1b2")
LENGTH = 30  # entries; the last checkpoint is at 28
pytestmark = pytest.mark.django_db


def write(count: int) -> None:
    for number in range(count):
        note(Kind.EDITED, Thing(ThingKind.PAGE, f"trang-{number}", CLERK.unit), by=CLERK, revision=number)
    seal_now()


@pytest.fixture
def record(signer: Any) -> Any:
    """Thirty entries with checkpoints at 10, 20 and 28; the triggers are off."""
    at = datetime.now(UTC)
    for number, count in enumerate((10, 10, 8)):
        write(count)
        checkpoint(signer, at=at + timedelta(minutes=number), force=True)
    write(2)
    owner("ALTER TABLE audit_entry DISABLE TRIGGER ALL")
    return signer


def owner(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def signed(data: Path) -> Signed:
    lines, lists = checkpoint_files([data / "store/repo/audit"])
    roots = sorted((data / "store/repo/metadata").glob("*.root.json"))
    found, foreign = read_checkpoints(lines, lists, roots, data / "keys/root.json")
    assert foreign == 0
    return signed_of(found)


def verify(signer: Any, capsys: Any, progress: Path | None = None) -> tuple[int, str]:
    capsys.readouterr()
    status = _walk_database(connection.connection, signed(signer.data), progress)
    return status, capsys.readouterr().out


def rewrite(*, after: int) -> None:
    """Compute digests and hashes of everything behind a number again, as somebody would who knows how it is done."""
    before = Entry.objects.filter(seq=after).values_list("hash", flat=True).first() or Head().hash
    for number, row in enumerate(Entry.objects.filter(seq__gt=after).order_by("seq"), after + 1):
        leaf = leaf_of(facts_of(row))
        link = link_of(number, bytes(before), leaf)
        owner(
            "UPDATE audit_entry SET seq = %s, previous = %s, leaf = %s, hash = %s WHERE id = %s",
            number, bytes(before), leaf, link, row.pk,
        )  # fmt: skip
        before = link


def test_a_whole_record_is_found_whole_and_says_what_has_no_checkpoint_yet(record, capsys):
    status, said = verify(record, capsys)

    assert status == 0
    assert "30" in said and "Nhật ký toàn vẹn đến mục 30" in said
    assert "2 mục cuối chưa có điểm kiểm tra" in said


def test_an_edited_entry_is_named_with_its_instant(record, capsys):
    at = Entry.objects.get(seq=13).at.strftime("%Y-%m-%d %H:%M")
    owner("UPDATE audit_entry SET name = 'Người khác' WHERE seq = 13")
    status, said = verify(record, capsys)

    assert status == 1
    assert "Mục 13" in said and at in said and "bị sửa" in said
    assert "Đến mục 10" in said


def test_a_deleted_entry_is_named(record, capsys):
    owner("DELETE FROM audit_entry WHERE seq = 7")
    status, said = verify(record, capsys)

    assert status == 1
    assert "Thiếu mục 7" in said


def test_two_entries_that_changed_places_are_found(record, capsys):
    owner("UPDATE audit_entry SET seq = 1000 WHERE seq = 14")
    owner("UPDATE audit_entry SET seq = 14 WHERE seq = 15")
    owner("UPDATE audit_entry SET seq = 15 WHERE seq = 1000")
    status, said = verify(record, capsys)

    assert status == 1
    assert "Mục 14" in said and "không đúng vị trí" in said


def test_an_entry_put_in_between_is_found(record, capsys):
    for number in range(LENGTH, 11, -1):
        owner("UPDATE audit_entry SET seq = seq + 1 WHERE seq = %s", number)
    copy = Entry.objects.get(seq=11)
    copy.pk, copy.seq = None, 12
    copy.save(force_insert=True)
    status, said = verify(record, capsys)

    assert status == 1
    assert "Mục 12" in said


def test_an_edit_with_all_hashes_made_anew_is_found_at_the_next_checkpoint(record, capsys):
    owner("UPDATE audit_entry SET kind = 'created' WHERE seq = 13")
    rewrite(after=12)
    status, said = verify(record, capsys)

    assert status == 1
    assert "mục 20" in said.lower() and "bị thay" in said
    assert "Đến mục 10" in said


def test_a_deletion_with_everything_behind_it_numbered_anew_is_found(record, capsys):
    owner("DELETE FROM audit_entry WHERE seq = 13")
    rewrite(after=12)
    status, said = verify(record, capsys)

    assert status == 1
    assert "mục 20" in said.lower() and "bị thay" in said


def test_a_history_replaced_from_the_first_entry_on_is_found(record, capsys):
    owner("UPDATE audit_entry SET name = 'Người khác'")
    rewrite(after=0)
    status, said = verify(record, capsys)

    assert status == 1
    assert "mục 10" in said.lower() and "bị thay" in said


def test_an_end_that_was_cut_off_is_found_as_far_as_it_was_signed(record, capsys):
    owner("DELETE FROM audit_entry WHERE seq > 25")
    status, said = verify(record, capsys)

    assert status == 1
    assert "Mục 26" in said and "bị cắt" in said


def test_an_emptied_record_is_found(record, capsys):
    owner("DELETE FROM audit_entry")
    status, said = verify(record, capsys)

    assert status == 1
    assert "Mục 1 " in said and "bị cắt" in said


def test_an_entry_written_while_the_triggers_were_off_is_found(record, capsys):
    note(Kind.EDITED, by=CLERK)
    status, said = verify(record, capsys)

    assert status == 1
    assert "không có số" in said


def test_checkpoints_of_another_network_count_for_nothing(record, tmp_path, capsys):
    from conglang.portal.identity.audit.tests.conftest import AtHand

    other = AtHand(tmp_path)
    other.checkpoint(Head(), [b"x" * 32])
    lines, lists = checkpoint_files([record.data / "store/repo/audit", tmp_path / "store/repo/audit"])
    roots = sorted((record.data / "store/repo/metadata").glob("*.root.json"))
    found, foreign = read_checkpoints(lines, lists, roots, record.data / "keys/root.json")

    assert foreign == 2  # the month's line and the latest
    assert signed_of(found).last == 28


@pytest.mark.slow
def test_of_a_thousand_random_manipulations_each_is_found_and_a_whole_record_never_blamed(record, capsys):
    chance, wrong = random.Random(42), []
    for trial in range(1000):
        number = chance.randint(1, 28)
        statement, values = chance.choice(
            [
                ("UPDATE audit_entry SET details = '{\"revision\": 99}' WHERE seq = %s", [number]),
                ("UPDATE audit_entry SET at = at + interval '1 second' WHERE seq = %s", [number]),
                ("UPDATE audit_entry SET who = 'khac' WHERE seq = %s", [number]),
                ("UPDATE audit_entry SET unit = '' WHERE seq = %s", [number]),
                ("UPDATE audit_entry SET leaf = hash WHERE seq = %s", [number]),
                ("UPDATE audit_entry SET hash = leaf WHERE seq = %s", [number]),
                ("DELETE FROM audit_entry WHERE seq = %s", [number]),
                ("DELETE FROM audit_entry WHERE seq >= %s", [number]),
            ]
        )
        with transaction.atomic():
            owner(statement, *values)
            if "leaf" not in statement and chance.random() < 0.25:
                rewrite(after=number - 1)
            status, _said = verify(record, capsys)
            if status == 0:
                wrong.append((trial, statement, number))
            transaction.set_rollback(True)

    assert wrong == []
    assert verify(record, capsys)[0] == 0


def test_a_walk_goes_on_where_it_stopped_unless_what_lies_behind_was_changed(record, tmp_path, capsys):
    progress = tmp_path / "da-doi-chieu.json"
    verify(record, capsys, progress)
    owner("ALTER TABLE audit_entry ENABLE TRIGGER ALL")
    write(3)
    owner("ALTER TABLE audit_entry DISABLE TRIGGER ALL")

    status, said = verify(record, capsys, progress)
    assert status == 0
    assert "sau mục 30" in said and "3 mục" in said
    owner("UPDATE audit_entry SET name = 'x' WHERE seq = 4")
    rewrite(after=3)
    status, said = verify(record, capsys, progress)
    assert status == 1
    assert "từ đầu" in said


def test_the_next_checkpoint_itself_finds_a_replaced_history(record):
    owner("UPDATE audit_entry SET kind = 'created' WHERE seq = 5")
    rewrite(after=4)

    with pytest.raises(HistoryDiffers, match="entry 28 was signed"):
        checkpoint(record, at=datetime.now(UTC), force=True)


def test_after_a_restore_an_administrators_word_lets_it_go_on_and_everybody_reads_it(record, capsys):
    owner("DELETE FROM audit_entry WHERE seq > 25")
    owner("ALTER TABLE audit_entry ENABLE TRIGGER ALL")
    write(1)
    with pytest.raises(HistoryDiffers):
        checkpoint(record, at=datetime.now(UTC), force=True)
    allow_break(record.data, "Khôi phục theo lệnh của Trung tâm")
    made = checkpoint(record, at=datetime.now(UTC), force=True)

    assert made.head == head()
    found = signed(record.data)
    assert [(one.after.number, one.lost.number, one.reason) for one in found.breaks] == [
        (26, 28, "Khôi phục theo lệnh của Trung tâm")
    ]
    assert verify(record, capsys)[0] == 0


def test_it_is_signed_every_five_minutes_every_thousand_entries_and_once_an_hour_in_any_case():
    minute = timedelta(minutes=1)

    assert is_due(0, None)
    assert [is_due(3, minute * n) for n in (1, 4, 5)] == [False, False, True]
    assert [is_due(n, minute) for n in (999, 1000)] == [False, True]
    assert [is_due(0, minute * n) for n in (30, 60)] == [False, True]


def test_more_entries_than_one_line_takes_are_signed_in_parts(signer, monkeypatch):
    monkeypatch.setattr(checkpointing, "MOST_LEAVES", 4)
    write(11)
    made = checkpoint(signer, at=datetime.now(UTC))

    assert made.head == head()
    assert sorted(signed(signer.data).hashes) == [4, 8, 11]


def test_keys_in_force_are_recorded_when_they_change_and_only_then(signer):
    signer.office.renew()

    assert [note_keys(), note_keys()] == [True, False]
    entry = Entry.objects.get(kind=Kind.KEYS_CHANGED)
    assert (entry.details["root"], entry.details["targets"]) == (1, 1)
    assert any(key.startswith("audit:") for key in entry.details["keys"])


def test_the_minute_leaves_word_of_what_is_wrong(record, monkeypatch, caplog):
    import json

    word = record.data / "spool/audit.json"
    monkeypatch.setattr(tasks, "signer", lambda: record)
    tasks.sign_the_record(0)
    assert json.loads(word.read_text())["trouble"] == ""
    owner("UPDATE audit_entry SET hash = leaf WHERE seq = 28")
    tasks.checkpoint.__globals__["is_due"] = lambda *_: True
    try:
        tasks.sign_the_record(0)
    finally:
        tasks.checkpoint.__globals__["is_due"] = is_due
    assert "28 was signed" in json.loads(word.read_text())["trouble"]

    class Gone:
        def last_checkpoint(self):
            raise SignerUnavailable("gone")

    monkeypatch.setattr(tasks, "signer", Gone)
    tasks.sign_the_record(0)
    assert json.loads(word.read_text())["trouble"] == "signer"


def test_a_file_is_verified_only_with_ones_own_root_and_checkpoints(tmp_path):
    from conglang.cli.words import Trouble

    with pytest.raises(Trouble, match="--root"):
        audit_verify.main(["--file", str(tmp_path / "x.json")])
