"""The table of faults names tests that exist."""

import re

from .house import ROOT

TABLE = ROOT / "docs" / "reference" / "faults.md"


def test_every_test_the_table_of_faults_names_exists() -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", TABLE.read_text(encoding="utf-8"))

    assert len(named) > 15
    for file, name in named:
        assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), f"{file}::{name} is not there"
