"""The facts that networks/hanoi/SOURCES.md states, as the data has them."""

import csv
import json
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from conglang.portal.identity.sites.network import load
from conglang.wire.folding import fold, fold_tone, slugify

FOLDER = Path(__file__).parents[2] / "networks" / "hanoi"
HANOI = load(FOLDER)
UNITS = {unit.code: unit for unit in HANOI.units}
NEW = [unit for unit in HANOI.units if unit.code.register == "nso-2025"]
OLD = [unit for unit in HANOI.units if unit.code.register == "nso-2024"]
DISTRICTS = [unit for unit in HANOI.units if unit.level == "district"]
PIECES = defaultdict(list)
for piece in HANOI.successions:
    PIECES[piece.predecessor].append(piece)


def namesakes(units, key):
    groups = defaultdict(list)
    for unit in units:
        groups[key(unit)].append(unit)
    return [group for group in groups.values() if len(group) > 1]


def test_there_are_51_phuong_and_75_xa():
    assert Counter(unit.type for unit in NEW) == {"phường": 51, "xã": 75}


def test_they_came_from_526_units_in_795_pairs():
    assert Counter(unit.type for unit in OLD) == {"phường": 160, "xã": 345, "thị trấn": 21}
    assert len(HANOI.successions) == 795


def test_thirty_districts_ended():
    assert Counter(unit.type for unit in DISTRICTS) == {"quận": 12, "huyện": 17, "thị xã": 1}
    assert {unit.ending for unit in DISTRICTS} == {"replaced"}


def test_every_new_code_was_one_of_its_own_predecessors_and_96_bore_another_name():
    old = {unit.code.code: unit for unit in OLD}
    for unit in NEW:
        assert old[unit.code.code].code in {
            p.predecessor for p in HANOI.successions if p.successor == unit.code
        }
    assert sum(fold_tone(old[unit.code.code].name) != fold_tone(unit.name) for unit in NEW) == 96
    assert (old["00004"].name, next(u.name for u in NEW if u.code.code == "00004")) == (
        "Trúc Bạch",
        "Ba Đình",
    )


def test_199_of_526_were_divided():
    parts = Counter(len(pieces) for pieces in PIECES.values())

    assert parts == {1: 327, 2: 147, 3: 35, 4: 16, 5: 1}
    (most,) = [UNITS[code] for code, pieces in PIECES.items() if len(pieces) == 5]
    assert (most.name, UNITS[most.parent].name) == ("Đại Mỗ", "Nam Từ Liêm")
    assert Counter(unit.ending for unit in OLD) == {"merged": 327, "split": 199}


def test_the_residents_of_158_were_divided():
    divided = [pieces for pieces in PIECES.values() if len(pieces) > 1]
    together = [pieces for pieces in divided if any(p.detail == "area+all-population" for p in pieces)]

    assert (len(together), len(divided) - len(together)) == (41, 158)
    for pieces in divided:
        if pieces not in together:
            assert sum(piece.detail == "area+population" for piece in pieces) >= 2


def test_old_names_repeat():
    bare = namesakes(OLD, lambda unit: unit.name)
    typed = namesakes(OLD, lambda unit: unit.full_name)
    apart = [group for group in bare if len({unit.parent for unit in group}) == len(group)]
    slugs = namesakes(OLD, lambda unit: slugify(unit.name))

    assert (len(bare), sum(map(len, bare))) == (25, 52)
    assert sorted(group[0].name for group in bare if len(group) == 3) == ["Minh Khai", "Quang Trung"]
    assert len(apart) == 24
    assert [group[0].name for group in bare if group not in apart] == ["Yên Viên"]
    assert (len(typed), sum(map(len, typed))) == (14, 28)
    assert (len(slugs), sum(map(len, slugs))) == (33, 71)


def test_seven_new_names_are_those_of_old_units_elsewhere():
    sources = defaultdict(set)
    for piece in HANOI.successions:
        sources[piece.successor].add(piece.predecessor)
    spelt = defaultdict(set)
    for old in OLD:
        spelt[fold_tone(old.name)].add(old.code)
    traps = {new.name for new in NEW if spelt[fold_tone(new.name)] - sources[new.code]}

    assert traps == {"Hồng Hà", "Yên Sở", "Thanh Xuân", "Thanh Trì", "Trần Phú", "Hòa Phú", "Chương Dương"}


def test_area_and_population_sum_to_the_citys():
    province = next(unit for unit in HANOI.units if unit.level == "province")

    assert sum(unit.area_km2 for unit in NEW) == province.area_km2 == Decimal("3359.77")
    assert sum(unit.population for unit in NEW) == province.population == 8_807_523


def test_every_unit_has_a_point_in_the_city():
    assert all(20.5 < unit.latitude < 21.4 and 105.2 < unit.longitude < 106.1 for unit in NEW)
    assert len({(unit.latitude, unit.longitude) for unit in NEW}) == 126


def test_the_districts_of_a_unit_are_those_of_its_predecessors():
    rows = list(csv.DictReader((FOLDER / "old-to-new.csv").open()))
    for row in json.loads((FOLDER / "units.json").read_text()):
        assert set(row["districts"]) == {r["old_district"] for r in rows if r["new_code"] == row["code"]}
        assert row["districts"][0] == row["primary_district"]
        assert row["primary_district"] == next(
            r["old_district"] for r in rows if r["old_code"] == row["code"]
        )


def test_every_clause_of_the_resolution_made_one_unit():
    assert sorted(unit.facts["clause"] for unit in NEW) == list(range(1, 127))


def test_hosts_follow_the_law_and_28_were_district_hosts_before():
    keys = {site.key for site in HANOI.sites if not site.is_city}
    old_hosts = {unit.label for unit in DISTRICTS}

    assert len(keys) == 126
    assert {"badinh", "hoankiem", "vanmieuquoctugiam"} <= keys
    assert old_hosts - keys == {"namtuliem", "bactuliem"}


def test_every_commune_has_its_four_bodies():
    kinds = defaultdict(set)
    for office in HANOI.offices:
        kinds[office.unit].add(office.kind)

    assert all(len(kinds[unit.code]) == 4 for unit in NEW)
    assert all(kinds[unit.code] == {"district-committee"} for unit in DISTRICTS)
    names = {office.key: office.name for office in HANOI.offices}
    assert names["badinh-ubnd"] == "Ủy ban nhân dân phường Ba Đình"
    assert names["badinh-mttq"] == "Ủy ban Mặt trận Tổ quốc Việt Nam phường Ba Đình"


@pytest.mark.parametrize("spelling", ["Hoà", "Thuỵ", "áng"])
def test_names_are_spelt_one_way(spelling):
    assert not [unit.name for unit in HANOI.units if spelling in unit.name.split()]


def test_no_two_new_names_fold_to_one_key():
    assert len({fold(unit.name) for unit in NEW}) == 126


def test_the_notices_of_the_sources_are_kept():
    text = (FOLDER / "SOURCES.md").read_text()

    for notice in ("Tran Ngoc Minh Hieu", "Thang Le Quoc", "2025 dvhcvn", "Permission is hereby granted"):
        assert notice in text
