"""The units of systemd start what `./conglang up` starts: with the same command, as nobody's superuser."""

from configparser import ConfigParser
from pathlib import Path

import pytest

from conglang.cli import programs
from conglang.cli.data_folder import DataFolder
from conglang.cli.installation import DEFAULT_NETWORK, Installation
from conglang.portal.identity.sites.rules import Origin

from .house import ROOT

UNITS = ROOT / "deploy" / "systemd"
SERVICES = sorted(file.name for file in UNITS.glob("*.service"))


def unit(name: str) -> ConfigParser:
    parser = ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(UNITS / name)
    return parser


def started_by(name: str) -> list[str]:
    """The words of a unit's command after the Python it runs."""
    return unit(name)["Service"]["ExecStart"].split()[1:]


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    origin = Origin.parse("http://hanoi.localhost:8000", "hanoi")
    return Installation(DataFolder(tmp_path), DEFAULT_NETWORK, origin, "postgres:///conglang")


@pytest.mark.parametrize(
    ("name", "program"),
    [("conglang-portal.service", programs.portal), ("conglang-worker.service", programs.worker)],
)
def test_units_start_what_up_starts(name: str, program: object, installation: Installation) -> None:
    wanted = [*program(installation).command[1:]]  # type: ignore[operator]
    sockets = {str(installation.data.run / "portal.sock"): "/run/conglang-portal/portal.sock"}

    assert started_by(name) == [sockets.get(word, word) for word in wanted]


def test_unit_of_bulk_work_starts_what_up_starts_twice(installation: Installation) -> None:
    for program in programs.bulk_workers(installation):
        assert started_by("conglang-bulk@.service") == list(program.command[1:])


def test_environment_of_the_guide_is_what_up_gives(installation: Installation) -> None:
    guide = (ROOT / "deploy" / "README.md").read_text(encoding="utf-8")
    missing = [name for name in installation.environment() if f"{name}=" not in guide]

    assert missing == ["PYTHONUNBUFFERED"]  # systemd's journal needs no help


@pytest.mark.parametrize("name", SERVICES)
def test_service_has_an_account_of_its_own_and_gains_nothing(name: str) -> None:
    service = unit(name)["Service"]

    assert service["User"].startswith("conglang-")
    assert (service["NoNewPrivileges"], service["CapabilityBoundingSet"]) == ("yes", "")
    assert service["ProtectSystem"] == "strict"
