"""What is done is recorded with it, in one unbroken line, and the database refuses to change what was."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, connections, transaction

from conglang.portal.identity.audit.acting import acting
from conglang.portal.identity.audit.actions import note, seal_now
from conglang.portal.identity.audit.models import Entry, Stump
from conglang.portal.identity.audit.queries import facts_of, head
from conglang.portal.identity.audit.rules import SYSTEM, Actor, Kind, Thing, ThingKind
from conglang.wire.audit import START, AuditError, Head, extend, leaf_of, link_of

CLERK = Actor("7c0e", "Nguyễn Văn An", "unit-author", "ubnd-badinh", "nso-2025:00004", "a1b2")
PAGE = Thing(ThingKind.PAGE, "11111111", "nso-2025:00004")


def chained() -> list[Entry]:
    return list(Entry.objects.filter(seq__isnull=False).order_by("seq"))


def holds_together(rows: list[Entry]) -> bool:
    before = Head(0, START)
    for row in rows:
        right = (row.seq, bytes(row.previous)) == (before.number + 1, before.hash)
        leaf = leaf_of(facts_of(row))
        if not right or leaf != bytes(row.leaf) or link_of(row.seq, before.hash, leaf) != bytes(row.hash):
            return False
        before = Head(row.seq, bytes(row.hash))
    return True


@pytest.mark.usefixtures("empty_record")
def test_an_act_is_recorded_with_who_and_what_and_chained_to_the_one_before():
    note(Kind.CREATED, PAGE, by=CLERK, type="article")
    note(Kind.SUBMITTED, PAGE, by=CLERK)
    seal_now()

    first, second = chained()
    assert (first.seq, first.kind, first.name, first.unit) == (
        1,
        "created",
        "Nguyễn Văn An",
        "nso-2025:00004",
    )
    assert bytes(first.previous) == START
    assert bytes(second.previous) == bytes(first.hash)
    assert holds_together([first, second])
    assert head() == extend(Head(), [bytes(first.leaf), bytes(second.leaf)])


@pytest.mark.usefixtures("lasting_record")
def test_an_act_that_fails_leaves_no_entry_and_no_gap():
    with transaction.atomic():
        note(Kind.CREATED, PAGE, by=CLERK)
    with pytest.raises(RuntimeError), transaction.atomic():
        note(Kind.EDITED, PAGE, by=CLERK)
        raise RuntimeError
    with transaction.atomic():
        note(Kind.DELETED, PAGE, by=CLERK)

    assert [(row.seq, row.kind) for row in chained()] == [(1, "created"), (2, "deleted")]
    assert holds_together(chained())


@pytest.mark.usefixtures("lasting_record")
def test_ten_offices_at_once_make_one_line_without_gap_or_fork():
    def write(office: int) -> None:
        try:
            for number in range(12):
                with transaction.atomic():
                    note(Kind.EDITED, Thing(ThingKind.PAGE, f"{office}-{number}"), by=CLERK)
                    if number % 3 == 0:
                        note(Kind.SUBMITTED, Thing(ThingKind.PAGE, f"{office}-{number}"), by=CLERK)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=[office]) for office in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    rows = chained()
    assert [row.seq for row in rows] == list(range(1, 161))
    assert Entry.objects.count() == 160
    assert holds_together(rows)


@pytest.mark.usefixtures("lasting_record")
def test_the_chain_waits_for_nobody_whose_row_is_held():
    """Foreign keys are checked at the end of a transaction too, before the chain's turn: no two wait for each other."""
    from conglang.portal.identity.accounts.models import SignedIn, User

    user = User.objects.create_user("an")
    locked, go, errors = threading.Event(), threading.Event(), []

    def holder() -> None:
        try:
            with transaction.atomic():
                User.objects.select_for_update().get(pk=user.pk)
                locked.set()
                go.wait(10)
                note(Kind.PERSON_CHANGED, by=CLERK)
        except DatabaseError as error:
            errors.append(error)
        finally:
            connections.close_all()

    def writer() -> None:
        try:
            with transaction.atomic():
                note(Kind.SIGNED_IN, by=CLERK)
                SignedIn.objects.create(user_id=user.pk, session_key="x" * 32)
                threading.Timer(0.3, go.set).start()
        except DatabaseError as error:
            errors.append(error)
        finally:
            connections.close_all()

    first = threading.Thread(target=holder)
    first.start()
    assert locked.wait(10)
    second = threading.Thread(target=writer)
    second.start()
    first.join()
    second.join()

    assert errors == []
    assert holds_together(chained())


REFUSED = (
    "UPDATE audit_entry SET name = 'Ai đó'",
    "UPDATE audit_entry SET hash = previous",
    "UPDATE audit_entry SET seq = seq + 100",
    "DELETE FROM audit_entry",
    "INSERT INTO audit_entry (seq, at, kind, who, name, role, office, session, thing, thing_id, unit, details, leaf)"
    " VALUES (7, now(), 'edited', '', '', '', '', '', '', '', '', '{}', '')",
    "TRUNCATE audit_entry",
)


@pytest.mark.usefixtures("empty_record")
@pytest.mark.parametrize("statement", REFUSED)
def test_the_database_refuses_to_change_the_record(statement):
    note(Kind.CREATED, PAGE, by=CLERK)
    seal_now()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_refuse_truncate")

    with (
        pytest.raises(DatabaseError, match="only added to"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.usefixtures("empty_record")
def test_only_old_entries_with_a_stump_behind_them_can_be_taken_away():
    note(Kind.CREATED, PAGE, by=CLERK)
    seal_now()
    row = chained()[0]
    Stump.objects.create(seq=1, hash=bytes(row.hash), checkpoint="{}", at=datetime.now(UTC))

    with pytest.raises(DatabaseError, match="only added to"), transaction.atomic():
        row.delete()
    with pytest.raises(DatabaseError, match="only added to"), transaction.atomic():
        Stump.objects.update(seq=5)


@pytest.mark.usefixtures("empty_record")
def test_who_acts_is_known_without_being_passed_along_and_a_program_names_itself():
    asked = []

    def clerk() -> Actor:
        asked.append(1)
        return CLERK

    with acting(clerk):
        note(Kind.EDITED, PAGE)
        note(Kind.EDITED, PAGE)
    by_program = note(Kind.EDITED, PAGE)

    assert len(asked) == 1
    assert Entry.objects.filter(who="7c0e", session="a1b2").count() == 2
    assert (by_program.who, by_program.role) == ("", SYSTEM)
    assert by_program.name


@pytest.mark.usefixtures("empty_record")
def test_details_hold_words_and_numbers_only():
    with pytest.raises(AuditError):
        note(Kind.EDITED, PAGE, by=CLERK, when=datetime.now(UTC) - timedelta(1))
    with pytest.raises(AuditError):
        note(Kind.EDITED, PAGE, by=CLERK, share=0.5)
    assert Entry.objects.count() == 0
