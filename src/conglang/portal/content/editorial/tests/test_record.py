"""«Nhật ký»: who reads what, and what is handed out proves itself."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conglang.cli import audit_verify
from conglang.portal.content.editorial.record_words import DONE, GROUPS, THINGS
from conglang.portal.identity.accounts.rules import Role
from conglang.portal.identity.audit import exporting
from conglang.portal.identity.audit.actions import note, seal_now
from conglang.portal.identity.audit.models import Entry
from conglang.portal.identity.audit.rules import Actor, Kind, Thing, ThingKind
from conglang.portal.identity.audit.tests.conftest import AtHand

from .conftest import Desk, _person

BADINH, DONGDA = "nso-2025:00004", "nso-2025:00229"
RECORD = "editorial_record"


@pytest.fixture
def written(desk: Desk) -> Desk:
    """Sixty entries of one ward, a few of the other."""
    _person("manager", Role.UNIT_MANAGER, desk.sites["badinh"].office)
    _person("police", Role.POLICE_OBSERVER, desk.sites["hanoi"].office)
    for unit, count, name in ((BADINH, 60, "Nguyễn Văn An"), (DONGDA, 3, "=CANARY Lê Thị Bí Mật")):
        key = "badinh" if unit == BADINH else "dongda"
        page = Thing(ThingKind.PAGE, str(desk.articles[key].uuid), unit)
        for _ in range(count):
            note(Kind.EDITED, page, by=Actor("", name, "unit-author", f"ubnd-{key}", unit))
    seal_now()
    return desk


def test_manager_reads_what_concerns_the_own_ward_and_nothing_of_another(written, at_desk):
    client = at_desk("manager")
    pages = [
        client.get(reverse(RECORD), values).content.decode()
        for values in ({}, {"unit": DONGDA}, {"kind": "edited"}, {"truoc": "9999"})
    ]

    assert "Nguyễn Văn An" in pages[0] and "Bản nháp riêng của Ba Đình" in pages[0]
    asked_by_name = client.get(reverse(RECORD), {"person": "=CANARY Lê Thị Bí Mật"})
    assert 'class="desk-record"' not in asked_by_name.content.decode()
    assert not any("CANARY" in page or "Bản nháp riêng của Đống Đa" in page for page in pages)


def test_police_and_administrator_read_everything_others_do_not_know_the_screen(written, at_desk):
    for name in ("police", "admin"):
        page = at_desk(name).get(reverse(RECORD), {"unit": DONGDA})
        assert "CANARY" in page.content.decode()
    for name in ("author", "centre"):
        assert at_desk(name).get(reverse(RECORD)).status_code == 404
        assert at_desk(name).post(reverse("editorial_record_export"), {"dang": "csv"}).status_code == 404


def test_fifty_at_a_time_with_few_queries_beside_those_of_every_screen(written, at_desk):
    client = at_desk("manager")
    client.get(reverse(RECORD))
    with CaptureQueriesContext(connection) as every_screen:
        client.get(reverse("editorial_help"))
    with CaptureQueriesContext(connection) as queries:
        page = client.get(reverse(RECORD))
    assert len(queries) - len(every_screen) <= 8
    assert page.content.decode().count('class="desk-record"') == 50
    rest = client.get(reverse(RECORD) + page.context["older"])
    assert 10 <= rest.content.decode().count('class="desk-record"') < 50


def test_a_choice_by_kind_person_and_day_narrows(written, at_desk):
    client = at_desk("police")

    def shown(**values: str) -> int:
        return client.get(reverse(RECORD), values).content.decode().count('class="desk-record"')

    assert shown(person="=CANARY Lê Thị Bí Mật") == 3
    assert shown(kind="deleted") == 0
    assert shown(unit=DONGDA, until="2020-01-01") == 0
    assert shown(unit=DONGDA, kind="edited") == 3


def test_a_table_has_no_formula_and_handing_it_out_is_an_entry(written, at_desk):
    answer = at_desk("police").post(reverse("editorial_record_export"), {"dang": "csv", "unit": DONGDA})
    text = answer.content.decode("utf-8-sig")

    assert "'=CANARY" in text and ",=CANARY" not in text
    entry = Entry.objects.filter(kind=Kind.EXPORTED).get()
    assert (entry.name, entry.unit, entry.details["form"]) == ("police", DONGDA, "csv")
    assert entry.details["count"] == text.strip().count("\n")


def test_a_file_with_proof_holds_digests_of_others_and_is_verified_by_the_root_file_alone(
    written, at_desk, monkeypatch, tmp_path, capsys, settings
):
    settings.DATA = tmp_path
    signer = AtHand(tmp_path)
    monkeypatch.setattr(exporting, "signer", lambda: signer)
    answer = at_desk("manager").post(reverse("editorial_record_export"), {"dang": "json"})
    file = tmp_path / "nhat-ky.jsonl"
    file.write_bytes(answer.content)
    asked = ["--file", str(file), "--root", str(signer.data / "keys/root.json")]

    assert "CANARY" not in answer.content.decode()
    assert '"leaf"' in answer.content.decode()
    assert audit_verify.main(asked) == 0
    assert "đúng như khi ghi" in capsys.readouterr().out
    file.write_bytes(answer.content.replace("Nguyễn Văn An".encode(), "Nguyễn Văn Ân".encode(), 1))
    assert audit_verify.main(asked) == 1
    assert "bị sửa" in capsys.readouterr().out
    lines = answer.content.splitlines(keepends=True)
    gone = next(number for number, line in enumerate(lines) if b'"leaf"' in line)
    file.write_bytes(b"".join(lines[:gone] + lines[gone + 1 :]))
    assert audit_verify.main(asked) == 1


def test_every_kind_and_every_thing_has_a_word() -> None:
    assert set(DONE) == set(Kind)
    assert [one for _name, group in GROUPS for one in group] == list(Kind)
    assert set(THINGS) == set(ThingKind) - {ThingKind.NONE}
