"""Names that promise something, files one can read in a sitting, migrations that stay small."""

import re

import pytest

from .house import ROOT, sources, tracked

EMPTY_NAMES = {"utils", "util", "core", "helpers", "helper", "common", "misc"}
MOST_LINES = 400
MOST_BYTES_OF_A_MIGRATION = 40_000
GENERATED = {"uv.lock", "THIRD_PARTY_NOTICES"}


def test_no_file_or_folder_has_a_name_that_says_nothing() -> None:
    named = {
        str(file.relative_to(ROOT))
        for file in tracked()
        if EMPTY_NAMES & {part.split(".")[0].lower() for part in file.relative_to(ROOT).parts}
    }

    assert not named, "Say what these hold: " + ", ".join(sorted(named))


def test_no_source_file_is_longer_than_a_reader_can_hold() -> None:
    long = {
        str(file.relative_to(ROOT)): count
        for file in sources(".py", ".html", ".css", ".js", ".sh")
        if (count := file.read_text(encoding="utf-8").count("\n")) > MOST_LINES
    }

    assert not long, f"More than {MOST_LINES} lines; look for the second subject: {long}"


OURS = ROOT / "src" / "conglang"  # the peer in bench/ is as stock Wagtail would have it, blocks and all


def _migrations() -> list:
    found = [file for file in sources(".py") if file.parent.name == "migrations"]
    return [file for file in found if file.name != "__init__.py" and file.is_relative_to(OURS)]


def test_there_are_migrations_to_judge() -> None:
    assert _migrations()


@pytest.mark.parametrize("file", _migrations(), ids=lambda file: str(file.relative_to(OURS)))
def test_a_migration_is_small_and_holds_no_block_definitions(file) -> None:
    text = file.read_text(encoding="utf-8")

    assert len(text.encode()) <= MOST_BYTES_OF_A_MIGRATION
    # A changed help text in a block would otherwise repeat every block of every page type, each time.
    assert not re.search(r"block_lookup|wagtail\.blocks|\.blocks\.\w+Block|StructBlock", text)
