"""Every read of the network says whose: a query takes unit=, viewer= or site=, or says here why it need not."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

from .house import ROOT, SOURCE

NARROWING = {"unit", "units", "viewer", "site", "sites", "site_id", "site_key", "subject"}
OPEN = Path(__file__).with_name("open_queries.toml")


def _public_functions() -> Iterator[tuple[str, set[str]]]:
    portal = SOURCE / "portal"
    for file in sorted([*portal.rglob("queries.py"), *portal.rglob("queries/*.py")]):
        package = ".".join(file.relative_to(ROOT / "src").with_suffix("").parts)
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
                given = node.args
                names = {argument.arg for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs)}
                yield f"{package}.{node.name}", names


def _reasons() -> dict[str, str]:
    listed = tomllib.loads(OPEN.read_text(encoding="utf-8"))
    return {
        f"conglang.portal.{module}.{name}": why
        for module, names in listed.items()
        for name, why in names.items()
    }


def test_every_query_says_whose_data_it_reads() -> None:
    reasons = _reasons()
    open_doors = [
        name
        for name, arguments in _public_functions()
        if not arguments & NARROWING and not reasons.get(name, "").strip()
    ]

    assert not open_doors, (
        f"Give these unit=, viewer= or site=, or a reason in {OPEN.relative_to(ROOT)}: "
        + ", ".join(open_doors)
    )


def test_the_list_of_open_queries_names_only_what_exists() -> None:
    stale = set(_reasons()) - {name for name, _ in _public_functions()}

    assert not stale, f"Remove from {OPEN.relative_to(ROOT)}: " + ", ".join(sorted(stale))
