"""What is said about a unit's later fate is true on any map.

A made-up land of parcels is merged, divided, renamed and rearranged at random; the successions are written down as a
resolution would, and what follows from them alone is compared with where the parcels really are.
"""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from conglang.portal.identity.units.lineage import Piece, Share, follow

DAY = date(2000, 1, 1)


@dataclass
class World:
    """Units as sets of parcels; a parcel with an odd number has residents."""

    parcels: dict[int, set[int]] = field(default_factory=dict)
    ended: dict[int, date | None] = field(default_factory=dict)
    pieces: dict[int, list[Piece]] = field(default_factory=dict)
    past: list[tuple[date, dict[int, set[int]]]] = field(default_factory=list)

    def __post_init__(self):
        for unit in range(4):
            self.parcels[unit] = set(range(unit * 5, unit * 5 + 5))
            self.ended[unit] = None
        self.last = {}
        self.givers = {}
        self.past.append((DAY, self._copy()))

    def _copy(self):
        return {unit: set(parcels) for unit, parcels in self.parcels.items()}

    def rearrange(self, ending, day, target_of, existing):
        """End units; each parcel of theirs goes to the unit ``target_of`` names, newborn or one of ``existing``."""
        gone = {unit: self.parcels.pop(unit) for unit in ending}
        flows = {unit: {} for unit in ending}
        for unit, parcels in gone.items():
            for parcel in parcels:
                flows[unit].setdefault(target_of(unit, parcel), set()).add(parcel)
        for unit, by_target in flows.items():
            self.ended[unit], self.last[unit] = day, gone[unit]
            for target, moved in by_target.items():
                self.givers.setdefault(target, {unit for unit in existing if unit == target}).add(unit)
                self.parcels.setdefault(target, set()).update(moved)
                self.ended.setdefault(target, None)
            self.pieces[unit] = [
                Piece(unit, target, day, self._detail(gone[unit], moved), within=False)
                for target, moved in by_target.items()
            ]
        self.past.append((day, self._copy()))

    def settle(self):
        """Say of each piece whether its successor never had anything else."""
        for unit, pieces in self.pieces.items():
            self.pieces[unit] = [
                replace(piece, within=self.givers[piece.successor] == {unit}) for piece in pieces
            ]

    @staticmethod
    def _detail(whole, moved):
        people = {parcel for parcel in whole if parcel % 2}
        if moved == whole:
            return "whole"
        if not people & moved:
            return "area-only"
        return "area+all-population" if people <= moved else "area+population"


@st.composite
def worlds(draw):
    world = World()
    for step in range(draw(st.integers(1, 5))):
        day = DAY + timedelta(days=step + 1)
        living = sorted(world.parcels)
        ending = draw(st.lists(st.sampled_from(living), min_size=1, max_size=3, unique=True))
        staying = [unit for unit in living if unit not in ending]
        newborn = [100 * (step + 1) + n for n in range(draw(st.integers(1, 3)))]
        targets = newborn + draw(st.lists(st.sampled_from(staying), max_size=1) if staying else st.just([]))
        chosen = {}

        def target_of(unit, parcel, targets=targets, chosen=chosen):
            if unit not in chosen:  # most units go whole, as in life
                chosen[unit] = draw(st.sampled_from([*targets, None]))
            return chosen[unit] if chosen[unit] is not None else draw(st.sampled_from(targets))

        world.rearrange(ending, day, target_of, set(staying))
    world.settle()
    return world


def says_true(share: Share, mine: set[int], there: set[int]) -> bool:
    people = {parcel for parcel in mine if parcel % 2}
    land = {"whole": mine <= there, "some": bool(mine & there), "unknown": True}
    residents = {
        "all": people <= there,
        "some": bool(people & there),
        "none": not people & there,
        "unknown": True,
    }
    return land[share.land] and residents[share.residents]


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_every_statement_about_a_former_unit_is_true_on_every_day(world):
    for day, parcels in world.past:
        for unit, mine in world.last.items():
            if day < world.ended[unit]:
                continue
            shares = follow(unit, day, world.pieces, world.ended)

            assert {share.unit for share in shares} >= {u for u, there in parcels.items() if mine & there}
            assert all(says_true(share, mine, parcels[share.unit]) for share in shares), (unit, day, shares)


@settings(max_examples=50, deadline=None)
@given(worlds())
def test_one_place_left_means_all_of_it_is_there(world):
    for day, _ in world.past:
        for unit in world.ended:
            shares = follow(unit, day, world.pieces, world.ended)
            assert shares
            assert len({share.unit for share in shares}) == len(shares)
            if len(shares) == 1:
                assert (shares[0].land, shares[0].residents) == ("whole", "all")


def test_a_unit_in_force_answers_for_itself():
    assert follow(1, DAY, {}, {1: None}) == (Share(1, "whole", "all"),)
    assert follow(1, DAY, {}, {1: DAY + timedelta(days=1)}) == (Share(1, "whole", "all"),)


def test_a_unit_that_ended_without_a_successor_is_answered_for_by_nobody():
    assert follow(1, DAY, {}, {1: DAY}) == ()


def test_a_merged_unit_divided_later_leaves_open_where_the_first_one_is():
    later = DAY + timedelta(days=1)
    pieces = {
        1: [Piece(1, 10, DAY, "whole", within=False)],
        10: [Piece(10, 20, later, "area+population", True), Piece(10, 21, later, "area+population", True)],
    }
    ended = {1: DAY, 10: later, 20: None, 21: None}

    assert follow(1, DAY, pieces, ended) == (Share(10, "whole", "all"),)
    assert follow(1, later, pieces, ended) == (
        Share(20, "unknown", "unknown"),
        Share(21, "unknown", "unknown"),
    )
    assert [share.detail for share in follow(1, later, pieces, ended)] == ["", ""]


def test_land_that_came_without_residents_is_not_where_people_ask():
    pieces = {1: [Piece(1, 10, DAY, "area+all-population", False), Piece(1, 11, DAY, "area-only", False)]}

    first, second = follow(1, DAY, pieces, {1: DAY, 10: None, 11: None})

    assert (first.unit, first.detail) == (10, "area+all-population")
    assert (second.unit, second.detail) == (11, "area-only")


def test_a_circle_in_the_records_ends():
    pieces = {1: [Piece(1, 2, DAY, "whole", True)], 2: [Piece(2, 1, DAY, "whole", True)]}

    assert follow(1, DAY, pieces, {1: DAY, 2: DAY}) == ()
