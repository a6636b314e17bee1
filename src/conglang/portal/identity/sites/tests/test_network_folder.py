"""A network's folder that is not in order is refused, with every problem at once and what to write instead."""

import json
import shutil
from pathlib import Path

import pytest
from django.conf import settings

from conglang.portal.identity.sites.actions import create_network
from conglang.portal.identity.sites.models import Site
from conglang.portal.identity.sites.network import BadNetwork, load
from conglang.portal.identity.units.rules import UnitCode

HANOI = Path(settings.ROOT) / "networks" / "hanoi"


class Folder:
    """A copy of Hanoi to spoil."""

    def __init__(self, path):
        self.path = Path(shutil.copytree(HANOI, path))

    def swap(self, file, old, new):
        text = (self.path / file).read_text("utf-8")
        assert old in text
        (self.path / file).write_text(text.replace(old, new, 1), "utf-8")

    def unit(self, who, /, **values):
        rows = json.loads((self.path / "units.json").read_text("utf-8"))
        next(row for row in rows if row["name"] == who).update(values)
        (self.path / "units.json").write_text(json.dumps(rows), "utf-8")

    def problems(self):
        with pytest.raises(BadNetwork) as caught:
            load(self.path)
        return "\n".join(caught.value.problems)


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / "network")


def special(label=None, host=None, unit="nso-2025:00004"):
    lines = ["[[domain.special]]", f'unit = "{unit}"']
    lines += [f'label = "{label}"'] if label else []
    lines += [f'host = "{host}"'] if host else []
    return "\n".join([*lines, "", "[registers.nso-province]"])


def add_special(folder, **values):
    folder.swap("network.toml", "[registers.nso-province]", special(**values))


def test_two_units_with_one_label_are_named_with_the_way_out(folder):
    folder.unit("Ngọc Hà", name="Bá Đinh")

    problems = folder.problems()

    assert (
        "Phường Ba Đình (nso-2025:00004) and Phường Bá Đinh (nso-2025:00008) share the label 'badinh'"
        in problems
    )
    assert "[[domain.special]]" in problems


@pytest.mark.parametrize("label", ["www", "quantri", "xemtruoc", "pheduyet", "api", "mail", "cdn", "ihanoi"])
def test_a_reserved_label_is_refused(folder, label):
    add_special(folder, label=label)

    assert f"Phường Ba Đình (nso-2025:00004): label '{label}' is reserved" in folder.problems()


@pytest.mark.parametrize("label", ["Ba", "ba_dinh", "-ba", "a" * 64, "ba.dinh"])
def test_a_label_must_fit_a_host_name(folder, label):
    add_special(folder, label=label)

    assert "cannot be a host's label" in folder.problems()


def test_a_special_label_and_a_host_of_its_own_reach_the_site(folder):
    add_special(folder, label="phuongbadinh", host="badinh.example.gov.vn")

    (site,) = [site for site in load(folder.path).sites if site.unit == UnitCode("nso-2025", "00004")]

    assert (site.key, site.custom_host) == ("phuongbadinh", "badinh.example.gov.vn")
    assert site.office == "phuongbadinh-ubnd"


def test_a_host_that_is_none_is_refused(folder):
    add_special(folder, host="Bà Đình")

    assert "is no host name" in folder.problems()


def test_an_unknown_register_names_those_there_are(folder):
    folder.swap("network.toml", 'register = "nso-2024"', 'register = "nso-2023"')

    problems = folder.problems()

    assert "register 'nso-2023' is not in [registers]" in problems
    assert "nso-2024" in problems


def test_bad_codes_are_all_named_with_their_places(folder):
    folder.unit("Ba Đình", code="4")
    folder.unit("Ngọc Hà", code=8)

    problems = folder.problems()

    assert "units.json, entry 1 (Ba Đình): code '4' is none of register nso-2025" in problems
    assert "units.json, entry 2 (Ngọc Hà): «code» is 8; give text" in problems


def test_a_code_given_twice_is_named_with_both_units(folder):
    folder.unit("Ngọc Hà", code="00004")

    assert "code nso-2025:00004 is given to Phường Ba Đình and Phường Ngọc Hà" in folder.problems()


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("network.toml", 'official = "hanoi.gov.vn"', 'official = "hanoi"', "is no host name"),
        ("network.toml", 'key = "hanoi"', 'key = ""', "«key» is empty"),
        ("network.toml", "owns_site = true", "owns_site = false", "its office '' is not listed"),
        ("network.toml", 'portal_office = "ubnd', 'portal_office = "x', "is not listed"),
        ("network.toml", 'kind = "police"', 'kind = "army"', "office kind 'army'"),
        ("network.toml", 'key = "cong-an"', 'key = "trung-tam"', "'trung-tam' is given twice"),
        ("network.toml", "valid_from = 2025-07-01", 'valid_from = "soon"', "give a date"),
        ("network.toml", "{label}-hdnd", "{lable}-hdnd", "use only {label}, {type} and {unit}"),
        ("network.toml", 'level = "province"', 'level = "planet"', "level 'planet' is none of"),
        ("network.toml", "pattern = '\\d{2}'", "pattern = '('", "no regular expression"),
        ("network.toml", "[domain]", "[domain", "cannot be read as TOML"),
        ("network.toml", 'file = "units.json"', 'file = "unit.json"', "unit.json cannot be read"),
        ("units.json", "[", "", "units.json is not JSON"),
        ("units.json", '"type": "phường"', '"type": "làng"', "type 'làng' is none of phường, xã, đặc khu"),
        ("units.json", '"districts": ["001"', '"districts": ["099"', "no district has code 099"),
        ("units.json", '"area_km2": 2.97', '"area_km2": "2,97"', "«area_km2» is '2,97'; give a number"),
        ("old-to-new.csv", "share,detail", "share,details", "the first line lacks detail"),
        (
            "old-to-new.csv",
            "00004,Ba Đình,whole,whole",
            "00003,Ba Đình,whole,whole",
            "nso-2025:00003, which is not",
        ),
        (
            "old-to-new.csv",
            "00004,Ba Đình,whole,whole",
            "00004,Ba Vì,whole,whole",
            "but Ba Vì in the predecessors",
        ),
        ("old-to-new.csv", "00004,Ba Đình,whole,whole", "00004,Ba Đình,part,whole", "contradict each other"),
        (
            "old-to-new.csv",
            "00004,Ba Đình,whole,whole",
            "00004,Ba Đình,part,area-only",
            "in parts to several",
        ),
        ("old-to-new.csv", "phường,001,00097", "phường,777,00097", "no district has code '777'"),
    ],
)
def test_what_is_wrong_is_said_where_it_is(folder, file, old, new, said):
    folder.swap(file, old, new)

    assert said in folder.problems()


def test_a_folder_without_a_network_is_named(tmp_path):
    with pytest.raises(BadNetwork, match=r"network\.toml is not there"):
        load(tmp_path)


def test_a_network_without_a_past_needs_no_predecessors(folder):
    text = (folder.path / "network.toml").read_text("utf-8")
    start, end = text.index("[predecessors]"), text.index("# The city's own offices.")
    (folder.path / "network.toml").write_text(text[:start] + text[end:], "utf-8")
    rows = json.loads((folder.path / "units.json").read_text("utf-8"))
    kept = [{key: row[key] for key in ("code", "name", "type")} for row in rows[:3]]
    (folder.path / "units.json").write_text(json.dumps(kept), "utf-8")

    network = load(folder.path)

    assert (len(network.units), len(network.sites), network.successions) == (4, 4, ())


@pytest.mark.django_db
def test_a_folder_that_is_refused_changes_nothing(folder):
    folder.unit("Ba Đình", code="4")

    with pytest.raises(BadNetwork, match="nothing was changed"):
        create_network(folder.path)
    assert not Site.objects.exists()
