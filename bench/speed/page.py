"""`python -m bench.speed.page FIGURES.json`: write docs/reference/speed.md from what `bench engine --json` printed."""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ASKED = Path(__file__).with_name("figures.toml")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "speed.md"
HEAD = """# What it costs

Written by `python -m bench.speed.page` from one run of `./conglang bench engine --json`; not by hand. {machine}
Client, servers and database share the machine; there is no network between them. Ratios compare neighbours of the same
run; absolute figures are of this machine.

The networks are generated: 127 sites with 20, 200 or 2,000 articles each, besides the demonstration's own pages. The
newest 200 articles of a site have 24 paragraphs, a picture in three widths and a table, older ones three paragraphs.
The peer is a stock Wagtail with the same articles, plain Django templates and no cache (`bench/peer/`).

| figure | what | asked for | measured | what bounds it |
|---|---|---|---|---|
"""


def text(figures: dict[str, Any]) -> str:
    """The whole page."""
    return "\n".join(_lines(figures)) + "\n"


def _lines(figures: dict[str, Any]) -> Iterator[str]:
    machine = figures["machine"]
    told = (
        f"Measured {machine['at']} at {machine['commit']}: {machine['cores']} cores, {machine['memory_gb']} GB, "
        f"Python {machine['python']}, {machine['system']}; load average before {machine['load_before']:.1f}."
    )
    yield HEAD.format(machine=told).rstrip("\n")
    for key, one in tomllib.loads(ASKED.read_text()).items():
        value = _number(figures["keys"].get(key))
        yield f"| `{key}` | {one['what']} | {one['asked']} | {value} | {one['bound']} |"
    yield ""
    for name, reason in figures.get("not_measured", {}).items():
        yield f"Not measured here: {name} ({reason})."
    yield from _publishing(figures.get("publish"))
    yield from _work(figures.get("work"))
    yield from _rebuilding(figures.get("rebuild"))
    yield from _bytes("Memory, MB", _memory(figures))
    yield from _bytes("Disk, MB", figures.get("disk_bytes", {}))


def _publishing(found: dict[str, Any] | None) -> Iterator[str]:
    if not found:
        return
    yield "## Publishing, seconds\n"
    yield "| network | publishes | desk answers p50 / p95 | article visible p50 / p95 | everything p50 / p95 / max |"
    yield "|---|---|---|---|---|"
    for name, one in found.items():
        if "all" in one:
            desk, page, every = one["desk"], one["page"], one["all"]
            yield (
                f"| {name} | {one['count']} | {desk['p50']:.3f} / {desk['p95']:.3f} | {page['p50']:.3f} / "
                f"{page['p95']:.3f} | {every['p50']:.3f} / {every['p95']:.3f} / {every['max']:.3f} |"
            )
    yield ""


def _work(found: dict[str, Any] | None) -> Iterator[str]:
    if not found:
        return
    yield "## Work of one publish, medians\n"
    yield "| network | SQL statements | files made, linked or renamed | bytes written |"
    yield "|---|---|---|---|"
    for name, one in found.items():
        yield f"| {name} | {one['statements']:.0f} | {one['files']:.0f} | {one['bytes']:.0f} |"
    yield ""


def _rebuilding(found: dict[str, Any] | None) -> Iterator[str]:
    if not found:
        return
    yield "## Rebuilding\n"
    yield "| what | pages | seconds | pages a second |"
    yield "|---|---|---|---|"
    for name, one in found.items():
        yield f"| {name} | {one['pages']} | {one['seconds']:.1f} | {one['pages'] / one['seconds']:.1f} |"
    if spent := found.get("ours", {}).get("cpu_ms_per_page"):
        told = ", ".join(f"{program} {value:.2f}" for program, value in spent.items())
        yield f"\nCPU of the full rebuild, milliseconds a page: {told}."
    yield ""


def _memory(figures: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (figures.get("publish") or {}).get("memory_bytes", {})
    return found


def _bytes(title: str, found: dict[str, dict[str, int]]) -> Iterator[str]:
    if not found:
        return
    names = list(next(iter(found.values())))
    yield f"## {title}\n"
    yield f"| network | {' | '.join(names)} |"
    yield "|---" * (len(names) + 1) + "|"
    for network, one in found.items():
        yield f"| {network} | {' | '.join(f'{one.get(name, 0) / 2**20:.0f}' for name in names)} |"
    yield ""


def _number(value: float | None) -> str:
    return "not measured" if value is None else f"{value:g}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", type=Path)
    options = parser.parse_args()
    PAGE.write_text(text(json.loads(options.figures.read_text())).replace("\n\n\n", "\n\n"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
