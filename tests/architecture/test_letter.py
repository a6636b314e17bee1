"""The page that says how far the city's letter is fulfilled claims nothing that no journey shows."""

from pathlib import Path

import pytest

from conglang.cli.letter import PAGE, Clause, Part, clauses, faults, page, read

from .house import ROOT


def test_every_mark_is_backed_by_a_journey_or_says_what_is_missing() -> None:
    assert list(faults(clauses(read()))) == []


def test_the_page_is_what_its_data_says() -> None:
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page(read()), "Run python -m conglang.cli.letter"


def _part(tmp_path: Path, **changes: str) -> list[str]:
    journeys = tmp_path / "tests" / "journeys"
    journeys.mkdir(parents=True)
    (journeys / "test_a.py").write_text(
        "import pytest\n\ndef test_runs(): ...\n\n@pytest.mark.skip\ndef test_rests(): ...\n"
    )
    honest = {
        "what": "Feeds",
        "screen": "/feed",
        "journey": "tests/journeys/test_a.py::test_runs",
        "state": "works",
    }
    return list(faults((Clause("Press", (Part(**{**honest, **changes}),)),), tmp_path))


def test_an_honest_mark_has_no_faults(tmp_path: Path) -> None:
    assert _part(tmp_path) == []


@pytest.mark.parametrize(
    "claim",
    [
        {"journey": ""},
        {"screen": ""},
        {"journey": "tests/journeys/test_b.py::test_runs"},
        {"journey": "tests/journeys/test_a.py::test_walks"},
        {"journey": "tests/journeys/test_a.py::test_rests"},
        {"missing": "the rest"},
        {"state": "partly"},
        {"state": "nearly"},
    ],
)
def test_a_mark_that_claims_too_much_is_found(tmp_path: Path, claim: dict[str, str]) -> None:
    assert _part(tmp_path, **claim)
