"""The documentation speaks of what is there: links lead somewhere, commands exist, the map names every package."""

import re
from pathlib import Path

import pytest

from conglang.cli import main as command_line

from .house import ROOT, packages_from_the_top, tracked

DOCS = ROOT / "docs"
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
PROCESSES = {"postgresql", "portal", "worker", "signer", "edge", "caddy"}


def _pages() -> list[Path]:
    return [file for file in tracked() if file.suffix == ".md" and ".venv" not in file.parts]


@pytest.mark.parametrize("page", _pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    dead = [to for to in targets if "://" not in to and not (page.parent / to).exists()]

    assert not dead


def test_every_page_can_be_reached_from_the_index() -> None:
    reached, waiting = set(), [DOCS / "index.md"]
    while waiting:
        page = waiting.pop().resolve()
        if page not in reached and page.suffix == ".md" and page.exists():
            reached.add(page)
            waiting += [page.parent / to for to in LINK.findall(page.read_text("utf-8")) if "://" not in to]
    lost = [file for file in DOCS.rglob("*.md") if file.resolve() not in reached]

    assert not lost


def test_every_command_is_in_the_reference_and_none_that_is_not_there() -> None:
    page = (DOCS / "reference" / "command-line.md").read_text(encoding="utf-8")
    explained = {heading for heading in re.findall(r"^## (.+)$", page, re.MULTILINE) if heading.islower()}

    assert explained == set(command_line.COMMANDS)


def test_the_map_of_the_house_names_every_package_of_the_contracts() -> None:
    page = (DOCS / "explanation" / "architecture.md").read_text(encoding="utf-8")
    missing = [package for package in packages_from_the_top() if f"`{package}`" not in page]

    assert not missing


def test_every_management_command_that_a_page_names_exists() -> None:
    named = {
        name
        for page in _pages()
        for name in re.findall(r"conglang manage ([a-z_]+)", page.read_text("utf-8"))
    }
    ours = {file.stem for file in tracked() if file.parent.name == "commands"}

    assert named <= ours | {"shell", "dbshell", "changepassword"}


def test_every_process_has_a_runbook() -> None:
    assert {file.stem for file in (DOCS / "runbooks").glob("*.md")} == PROCESSES | {"README"}


def test_every_decision_is_in_the_list_of_decisions() -> None:
    listing = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")

    assert all(f"({file.name})" in listing for file in (DOCS / "decisions").glob("0*.md"))
