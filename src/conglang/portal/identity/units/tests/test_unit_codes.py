"""A code without its register names nothing, and cannot be used by mistake."""

from datetime import date

import pytest
from django.core.exceptions import FieldError, ValidationError
from django.core.serializers import deserialize, serialize
from django.db import IntegrityError, transaction
from django.db.models import F, Value

from conglang.portal.identity.units.models import Succession, Unit
from conglang.portal.identity.units.rules import BadUnitCode, UnitCode

OLD, NEW = UnitCode("nso-2024", "00004"), UnitCode("nso-2025", "00004")


def make(code, **more):
    values = {
        "name": "X",
        "folded_name": "x",
        "type": "xã",
        "level": "commune",
        "recorded_from": date(2025, 7, 1),
    }
    return Unit.objects.create(code=code, **(values | more))


@pytest.mark.parametrize(
    "lookup",
    [
        {"code": "00004"},
        {"code": "nso-2025:00004"},
        {"code__in": ["00004"]},
        {"code__in": "nso-2025:00004"},
        {"parent__code": "00004"},
        {"successions__successor__code": "00004"},
        {"code": F("name")},
        {"code": Value("00004")},
        {"code__in": Unit.objects.values("name")},
    ],
)
def test_a_bare_text_does_not_compile_into_a_query(lookup):
    with pytest.raises(TypeError, match="register"):
        str(Unit.objects.filter(**lookup).query)


@pytest.mark.parametrize("lookup", ["startswith", "contains", "iexact", "regex", "gt", "endswith"])
def test_no_lookup_leads_round_the_register(lookup):
    with pytest.raises(FieldError):
        str(Unit.objects.filter(**{f"code__{lookup}": "00004"}).query)


def test_a_bare_text_cannot_be_assigned():
    with pytest.raises(TypeError, match="register"):
        Unit(code="00004")
    unit = Unit(code=NEW)
    with pytest.raises(TypeError, match="register"):
        unit.code = "00008"


@pytest.mark.parametrize("text", ["00004", "", ":00004", "nso-2025:", "NSO:1", "nso-2025:00 04", "a:b:c"])
def test_text_without_a_register_is_no_code(text):
    with pytest.raises(BadUnitCode):
        UnitCode.parse(text)
    with pytest.raises(ValidationError):
        Unit._meta.get_field("code").to_python(text)


def test_a_code_reads_back_as_it_is_written():
    assert UnitCode.parse(str(NEW)) == NEW
    assert {NEW: 1}[UnitCode("nso-2025", "00004")] == 1


@pytest.mark.django_db
class TestInTheDatabase:
    def test_the_same_number_names_two_units(self):
        make(OLD, name="Trúc Bạch")
        make(NEW, name="Ba Đình")

        assert Unit.objects.get(code=OLD).name == "Trúc Bạch"
        assert Unit.objects.get(code__in=[NEW]).code == NEW
        assert Unit.objects.filter(code__in=Unit.objects.values("code")).count() == 2
        assert list(Unit.objects.order_by("code").values_list("code", flat=True)) == [OLD, NEW]

    def test_a_code_is_given_once(self):
        make(NEW)
        with pytest.raises(IntegrityError), transaction.atomic():
            make(NEW)

    def test_a_unit_travels_through_a_fixture_with_its_register(self):
        unit = make(NEW)
        text = serialize("json", [unit])
        assert "nso-2025:00004" in text
        (copy,) = deserialize("json", text)
        assert copy.object.code == NEW

    def test_a_unit_with_an_end_says_how_it_ended(self):
        with pytest.raises(IntegrityError), transaction.atomic():
            make(OLD, valid_to=date(2025, 7, 1))
        with pytest.raises(IntegrityError), transaction.atomic():
            make(OLD, ending="merged")
        with pytest.raises(IntegrityError), transaction.atomic():
            make(OLD, valid_from=date(2025, 7, 1), valid_to=date(2025, 7, 1), ending="merged")
        make(OLD, valid_to=date(2025, 7, 1), ending="merged")

    def test_a_whole_share_carries_the_whole_unit(self):
        one, two = make(OLD), make(NEW)
        for share, detail in (("whole", "area-only"), ("part", "whole")):
            with pytest.raises(IntegrityError), transaction.atomic():
                Succession.objects.create(
                    predecessor=one, successor=two, date=date(2025, 7, 1), share=share, detail=detail
                )
        with pytest.raises(IntegrityError), transaction.atomic():
            Succession.objects.create(
                predecessor=one, successor=one, date=date(2025, 7, 1), share="whole", detail="whole"
            )

    def test_a_special_zone_is_a_unit_like_any_other(self):
        assert make(NEW, name="Phú Quốc", type="đặc khu").full_name == "Đặc khu Phú Quốc"
