"""What the register answers about Hanoi, asked as a citizen or an officer would."""

from datetime import date
from pathlib import Path

import pytest
from django.db import transaction

from conglang.portal.identity.sites.actions import create_network
from conglang.portal.identity.units.models import Unit
from conglang.portal.identity.units.naming import units_named
from conglang.portal.identity.units.queries import (
    answers,
    answers_for,
    became_of,
    formed_from,
    units_in_force,
)
from conglang.portal.identity.units.rules import UnitCode

BEFORE, SINCE = date(2025, 6, 30), date(2025, 7, 1)


@pytest.fixture(scope="module", autouse=True)
def hanoi(django_db_setup, django_db_blocker):
    """The network, once for all tests of this file; they only read."""
    with django_db_blocker.unblock(), transaction.atomic():
        create_network(Path(__file__).parents[2] / "networks" / "hanoi")
        yield
        transaction.set_rollback(True)


def old(code):
    return UnitCode("nso-2024", code)


def new(code):
    return UnitCode("nso-2025", code)


def test_on_30_june_526_communes_were_in_force_and_the_next_day_126():
    assert units_in_force(on=BEFORE).count() == 526
    assert units_in_force(on=SINCE).count() == 126
    assert units_in_force(on=BEFORE, level="district").count() == 30
    assert units_in_force(on=SINCE, level="district").count() == 0


def test_code_00004_is_truc_bach_or_ba_dinh_by_its_register():
    assert answers_for(old("00004"), on=BEFORE).unit.full_name == "Phường Trúc Bạch"
    assert answers_for(old("00004"), on=SINCE).unit.full_name == "Phường Ba Đình"
    assert answers_for(new("00004"), on=SINCE).unit.full_name == "Phường Ba Đình"
    assert answers_for(new("00004"), on=BEFORE).standing == "not-yet"


def test_327_old_units_have_one_certain_answer_and_368_one_for_their_residents(django_assert_max_num_queries):
    communes = list(Unit.objects.filter(level="commune", valid_to=SINCE))
    with django_assert_max_num_queries(4):
        found = answers(communes, on=SINCE).values()

    assert len(found) == 526
    assert sum(answer.certain for answer in found) == 327
    assert sum(answer.unit_of_residents is not None for answer in found) == 368
    assert sum(len(answer.landings) for answer in found) == 795


def test_dai_mo_went_to_five_units_and_all_are_named():
    (dai_mo,) = Unit.objects.filter(name="Đại Mỗ", valid_to=SINCE)

    fate = became_of(dai_mo.code, on=SINCE)

    assert fate.divided
    assert len(fate.pieces) == len(fate.answer.units) == 5
    assert fate.answer.unit is None
    assert {piece.legal_act for piece in fate.pieces} == {"Nghị quyết số 1656/NQ-UBTVQH15"}


def test_a_former_district_is_answered_for_by_every_unit_on_its_land():
    answer = answers_for(UnitCode("nso-2024-district", "001"), on=SINCE)

    assert {"Ba Đình", "Ngọc Hà", "Giảng Võ"} <= {unit.name for unit in answer.units}
    assert not answer.certain
    assert {landing.land for landing in answer.landings} == {"some"}


def test_every_unit_of_today_knows_its_predecessors_in_one_query(django_assert_num_queries):
    units = list(units_in_force(on=SINCE))
    with django_assert_num_queries(1):
        origins = formed_from(units)

        assert sum(map(len, origins.values())) == 795
        assert all(piece.predecessor.parent.full_name for pieces in origins.values() for piece in pieces)


@pytest.mark.parametrize(
    "text", ["Phường Trúc Bạch", "truc bach", "P. Trúc Bạch", "TRÚC BẠCH, Ba Đình", "trúc bạch"]
)
def test_a_name_borne_once_leads_to_whoever_answers(text):
    found = units_named(text, on=SINCE)

    assert found.certain
    assert found.unit.full_name == "Phường Ba Đình"
    assert found.found[0].district.full_name == "Quận Ba Đình"


@pytest.mark.parametrize(
    "name", ["Hồng Hà", "Yên Sở", "Thanh Xuân", "Thanh Trì", "Trần Phú", "Hòa Phú", "Chương Dương"]
)
def test_a_trap_name_is_never_guessed(name):
    found = units_named(name, on=SINCE)

    assert not found.certain
    assert found.unit is None
    assert len(found.in_force) == 1
    assert found.found[0].in_force
    assert len({unit for match in found.found for unit in match.answer.units}) > 1


def test_namesakes_come_back_with_their_districts():
    found = units_named("quang trung", on=SINCE)

    assert sorted(match.district.name for match in found.found) == ["Hà Đông", "Thạch Thất", "Đống Đa"]
    assert not found.certain


def test_a_district_narrows_a_name():
    one = units_named("Quang Trung, quận Hà Đông", on=SINCE)

    assert [match.district.name for match in one.found] == ["Hà Đông"]
    assert units_named("Quang Trung, Đông", on=SINCE).found == ()


def test_a_type_narrows_a_name_but_may_be_part_of_one():
    assert {m.unit.type for m in units_named("xã Hồng Hà", on=SINCE).found} == {"xã"}
    assert [m.unit.name for m in units_named("Phương Canh", on=BEFORE).found] == ["Phương Canh"]
    assert "Phương Canh" in {m.unit.name for m in units_named("phuong canh", on=BEFORE).found}


def test_exact_diacritics_are_preferred_and_none_at_all_decide_nothing():
    assert {m.unit.name for m in units_named("Sơn Đông", on=BEFORE).found} == {"Sơn Đông"}
    assert {m.unit.name for m in units_named("Sơn Đồng", on=BEFORE).found} == {"Sơn Đồng"}
    assert {m.unit.name for m in units_named("son dong", on=BEFORE).found} == {"Sơn Đông", "Sơn Đồng"}


@pytest.mark.parametrize("spelling", ["Hoà Lạc", "Hòa Lạc", "hoa lac", "xã Hoà lạc"])
def test_the_place_of_the_tone_mark_does_not_matter(spelling):
    assert [match.unit.name for match in units_named(spelling, on=SINCE).in_force] == ["Hòa Lạc"]


def test_a_name_nobody_bears_finds_nobody():
    found = units_named("Đà Lạt", on=SINCE)

    assert found.found == ()
    assert found.unit is None
    assert units_named("", on=SINCE).found == ()


def test_a_unit_not_yet_born_is_not_found_under_its_name():
    assert [m.unit.code for m in units_named("phường Ba Đình", on=BEFORE).found] == []


def test_districts_are_found_when_asked_for():
    found = units_named("Quận Hoàn Kiếm", on=BEFORE, levels=["district"])

    assert found.unit.full_name == "Quận Hoàn Kiếm"
