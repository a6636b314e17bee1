"""Whoever gave us software or data is named, with the version that is used."""

from conglang.cli.notices import FILE, NOTICED, locked

from .house import ROOT


def test_every_package_of_the_lock_file_is_in_the_notices() -> None:
    written = FILE.read_text(encoding="utf-8")
    unnamed = [
        f"{name} {version}" for name, version in locked().items() if f"\n{name} {version} · " not in written
    ]

    assert not unnamed, f"Run python -m conglang.cli.notices: {unnamed}"


def test_programs_inside_wheels_and_files_of_ours_are_named() -> None:
    written = FILE.read_text(encoding="utf-8")

    assert all(name in written for name, _, _ in NOTICED)


def test_nothing_is_named_that_is_no_longer_used() -> None:
    listing = FILE.read_text(encoding="utf-8").split("\n\n")[1].splitlines()

    assert len(listing) == len(locked()) + len(NOTICED), "Run python -m conglang.cli.notices"


def test_every_network_says_where_its_facts_come_from() -> None:
    networks = [folder for folder in (ROOT / "networks").iterdir() if folder.is_dir()]

    assert networks
    assert all((folder / "SOURCES.md").is_file() for folder in networks)
