"""Units end in one of four ways, and whoever asks later is led to whoever answers then."""

from datetime import date

import pytest

from conglang.portal.identity.units.actions import Heir, end_unit
from conglang.portal.identity.units.models import Unit
from conglang.portal.identity.units.queries import (
    UnknownUnit,
    answers_for,
    became_of,
    formed_from,
    units_in_force,
)
from conglang.portal.identity.units.rules import BadEnding, UnitCode

pytestmark = pytest.mark.django_db
BEGIN, FIRST, SECOND, THIRD = (date(year, 7, 1) for year in (2025, 2027, 2028, 2029))


def born(number, on=BEGIN, name=None, **more):
    return Unit.objects.create(
        code=UnitCode("test", f"{number:05}"),
        name=name or f"Số {number}",
        folded_name=f"so {number}",
        type="xã",
        level="commune",
        valid_from=on,
        recorded_from=on,
        **more,
    )


def end(unit, on, ending, *heirs):
    end_unit(unit, on=on, ending=ending, heirs=[Heir(*heir) for heir in heirs], legal_act="NQ 1")


def test_a_merged_unit_is_answered_for_by_its_successor_from_the_first_day():
    one, other = born(1), born(2, on=FIRST)
    end(one, FIRST, "merged", (other, "whole"))

    before = answers_for(one.code, on=date(2027, 6, 30))
    after = answers_for(one.code, on=FIRST)

    assert (before.standing, before.unit) == ("in-force", one)
    assert (after.standing, after.unit, after.certain) == ("succeeded", other, True)


def test_successors_are_followed_through_several_steps_on_any_day():
    one, two, three, four = born(1), born(2, FIRST), born(3, SECOND), born(4, THIRD)
    end(one, FIRST, "renamed", (two, "whole"))
    end(two, SECOND, "replaced", (three, "whole"))
    end(three, THIRD, "merged", (four, "whole"))

    for day, expected in (
        (BEGIN, one),
        (FIRST, two),
        (SECOND, three),
        (THIRD, four),
        (date(2040, 1, 1), four),
    ):
        assert answers_for(one.code, on=day).unit == expected


def test_a_renamed_unit_that_is_divided_later_leads_to_all_pieces():
    one, two, north, south = born(1), born(2, FIRST), born(3, SECOND), born(4, SECOND)
    end(one, FIRST, "renamed", (two, "whole"))
    end(two, SECOND, "split", (north, "area+all-population"), (south, "area-only"))

    answer = answers_for(one.code, on=SECOND)

    assert [(landing.unit, landing.detail) for landing in answer.landings] == [
        (north, "area+all-population"),
        (south, "area-only"),
    ]
    assert not answer.certain
    assert answer.unit is None
    assert answer.unit_of_residents == north


def test_a_unit_joined_with_others_and_divided_later_may_be_in_either_piece():
    one, other, both, north, south = born(1), born(2), born(3, FIRST), born(4, SECOND), born(5, SECOND)
    end(one, FIRST, "merged", (both, "whole"))
    end(other, FIRST, "merged", (both, "whole"))
    end(both, SECOND, "split", (north, "area+population"), (south, "area+population"))

    answer = answers_for(one.code, on=SECOND)

    assert {landing.unit for landing in answer.landings} == {north, south}
    assert {landing.residents for landing in answer.landings} == {"unknown"}
    assert {landing.share for landing in answer.landings} == {"part"}
    assert answer.unit_of_residents is None


def test_a_divided_unit_whose_pieces_meet_again_is_certain():
    one, north, south, again = born(1), born(2, FIRST), born(3, FIRST), born(4, SECOND)
    end(one, FIRST, "split", (north, "area+population"), (south, "area+population"))
    end(north, SECOND, "merged", (again, "whole"))
    end(south, SECOND, "merged", (again, "whole"))

    assert not answers_for(one.code, on=FIRST).certain
    assert answers_for(one.code, on=SECOND).unit == again


def test_a_unit_taken_in_by_one_that_stays_is_only_part_of_it_afterwards():
    small, big, east, west = born(1), born(2), born(3, SECOND), born(4, SECOND)
    end(small, FIRST, "merged", (big, "whole"))
    end(big, SECOND, "split", (east, "area+population"), (west, "area+population"))

    assert answers_for(small.code, on=FIRST).unit == big
    assert {landing.land for landing in answers_for(small.code, on=SECOND).landings} == {"unknown"}
    assert {landing.land for landing in answers_for(big.code, on=SECOND).landings} == {"some"}


def test_nobody_answers_under_a_code_before_it_was_given():
    answer = answers_for(born(1).code, on=date(2025, 6, 30))

    assert (answer.standing, answer.units, answer.certain) == ("not-yet", (), False)


def test_before_our_records_begin_the_answer_is_not_certain():
    old = born(1)
    Unit.objects.update(valid_from=None)

    answer = answers_for(old.code, on=date(1990, 1, 1))

    assert answer.units == (old,)
    assert not answer.certain


def test_a_district_is_answered_for_by_what_became_of_its_communes():
    district = born(9)
    communes = [born(n, parent=district) for n in (1, 2)]
    heirs = [born(n, FIRST) for n in (3, 4)]
    Unit.objects.filter(pk=district.pk).update(level="district", valid_to=FIRST, ending="replaced")
    for commune, heir in zip(communes, heirs, strict=True):
        end(commune, FIRST, "replaced", (heir, "whole"))

    assert set(answers_for(district.code, on=FIRST).units) == set(heirs)
    assert {landing.land for landing in answers_for(district.code, on=FIRST).landings} == {"some"}


def test_what_became_of_a_unit_names_act_pieces_and_who_answers_now():
    one, north, south, later = born(1), born(2, FIRST), born(3, FIRST), born(4, SECOND)
    end(one, FIRST, "split", (south, "area-only"), (north, "area+all-population"))
    end(north, SECOND, "renamed", (later, "whole"))

    then, now = became_of(one.code, on=FIRST), became_of(one.code, on=SECOND)

    assert [(p.successor, p.share, p.detail) for p in then.pieces] == [
        (north, "part", "area+all-population"),
        (south, "part", "area-only"),
    ]
    assert then.divided
    assert {piece.legal_act for piece in then.pieces} == {"NQ 1"}
    assert now.answer.unit_of_residents == later
    assert became_of(one.code, on=BEGIN).pieces == ()


def test_units_know_what_they_were_formed_from():
    one, two, both = born(1), born(2), born(3, FIRST)
    end(one, FIRST, "merged", (both, "whole"))
    end(two, FIRST, "merged", (both, "whole"))

    assert [piece.predecessor for piece in formed_from([both, one])[both.pk]] == [one, two]
    assert formed_from([one])[one.pk] == []


def test_the_units_in_force_change_at_midnight():
    one, two = born(1), born(2, FIRST)
    end(one, FIRST, "renamed", (two, "whole"))

    assert list(units_in_force(on=date(2027, 6, 30))) == [one]
    assert list(units_in_force(on=FIRST)) == [two]


def test_an_unknown_code_is_said_to_be_unknown():
    with pytest.raises(UnknownUnit, match="00077 in the register test"):
        answers_for(UnitCode("test", "00077"), on=BEGIN)


@pytest.mark.parametrize(
    ("ending", "details"),
    [
        ("vanished", ["whole"]),
        ("merged", []),
        ("merged", ["area-only"]),
        ("renamed", ["whole", "whole"]),
        ("split", ["area+population"]),
        ("split", ["whole", "area-only"]),
        ("split", ["area+all-population", "area+population"]),
        ("split", ["half", "half"]),
    ],
)
def test_an_ending_that_does_not_fit_its_pieces_changes_nothing(ending, details):
    one = born(1)
    heirs = [(born(10 + n, FIRST), detail) for n, detail in enumerate(details)]

    with pytest.raises(BadEnding):
        end(one, FIRST, ending, *heirs)
    one.refresh_from_db()
    assert one.valid_to is None


def test_a_unit_cannot_end_twice_nor_be_followed_by_itself_or_by_one_not_in_force():
    one, two, late = born(1), born(2, FIRST), born(3, SECOND)

    for heir in (one, late):
        with pytest.raises(BadEnding):
            end(one, FIRST, "renamed", (heir, "whole"))
    end(one, FIRST, "renamed", (two, "whole"))
    with pytest.raises(BadEnding, match="01/07/2027"):
        end(one, SECOND, "renamed", (late, "whole"))
