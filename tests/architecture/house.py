"""What the architecture tests read: the checkout, its tracked files, and the layers named in pyproject.toml."""

import subprocess
import tomllib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "conglang"
LAYER_CONTRACTS = ("folders", "content", "publishing", "identity")


@cache
def tracked() -> tuple[Path, ...]:
    """Every file the project owns: what git knows or would take, or, in an export without git, all but builds."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    if listing.returncode == 0:
        names = [ROOT / name for name in listing.stdout.split("\0") if name]
    else:
        names = [file for file in ROOT.rglob("*") if not {".venv", "data", "build"} & set(file.parts)]
    return tuple(sorted(file for file in names if file.is_file()))


def sources(*endings: str) -> list[Path]:
    """The project's files with one of these endings ('.py', '.html'), migrations and generated files included."""
    return [file for file in tracked() if file.suffix in endings]


@cache
def contracts() -> dict[str, dict]:
    """The import contracts by id, as pyproject.toml states them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {contract["id"]: contract for contract in settings["tool"]["importlinter"]["contracts"]}


@cache
def packages_from_the_top() -> tuple[str, ...]:
    """The portal's packages, highest first ("conglang.portal.site", "conglang.portal.content.editorial", …)."""
    order = []
    for folder in contracts()["folders"]["layers"]:
        inside = contracts().get(folder)
        names = [name.strip() for layer in inside["layers"] for name in layer.split("|")] if inside else [""]
        order += [f"conglang.portal.{folder}.{name}".rstrip(".") for name in names]
    return tuple(order)


def height(module: str) -> int:
    """How high a module of the portal stands; a module may refer only to modules that are not higher."""
    order = packages_from_the_top()
    for position, package in enumerate(order):
        if module == package or module.startswith(package + "."):
            return len(order) - position
    raise LookupError(f"{module} is in none of the packages of pyproject.toml's contracts")
