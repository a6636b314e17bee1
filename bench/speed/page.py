"""`python -m bench.speed.page RUN.json …`: write docs/reference/speed.md from what `bench engine --json` printed.

Of several runs each figure is of the first that measured it.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

NAMES = ("serving", "publish", "city", "work", "rebuild", "template", "state")
ASKED = Path(__file__).with_name("figures.toml")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "speed.md"
HEAD = """# What it costs

Written by `python -m bench.speed.page` from runs of `./conglang bench engine --json`; not by hand. {machine}
Client, servers and database share the machine; there is no network between them. Ratios compare neighbours of the same
run; absolute figures are of this machine.

The networks are generated: 127 sites with 20, 200 or 2,000 articles each, besides the demonstration's own pages. The
newest 200 articles of a site have 24 paragraphs, a picture in three widths and a table, older ones three paragraphs.
The peer is a stock Wagtail with the same articles, plain Django templates and no cache (`bench/peer/`).

| figure | what | asked for | measured | what bounds it |
|---|---|---|---|---|
"""


def text(*runs: dict[str, Any]) -> str:
    """The whole page."""
    told = "\n".join(_machine(number, run) for number, run in enumerate(runs, 1))
    return "\n".join(_lines(_together(runs), told)) + "\n"


def _machine(number: int, run: dict[str, Any]) -> str:
    machine = run["machine"]
    measured = ", ".join(name for name in NAMES if run.get(name)) or "nothing"
    return (
        f"Run {number} measured {measured}, {machine['at']} at {machine['commit']}: {machine['cores']} cores, "
        f"{machine['memory_gb']} GB, Python {machine['python']}, {machine['system']}; load average before "
        f"{machine['load_before']:.1f}. {run.get('note', '')}".rstrip()
    )


def _together(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {"keys": {}}
    for run in reversed(runs):
        found |= {name: value for name, value in run.items() if name != "keys"}
        found["keys"] |= {name: value for name, value in run["keys"].items() if value is not None}
    missing = {
        name: why for run in runs for name, why in run.get("not_measured", {}).items() if not found.get(name)
    }
    return {**found, "not_measured": missing}


def _lines(figures: dict[str, Any], told: str) -> Iterator[str]:
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
    parser.add_argument("runs", type=Path, nargs="+")
    options = parser.parse_args()
    runs = [json.loads(run.read_text()) for run in options.runs]
    PAGE.write_text(text(*runs).replace("\n\n\n", "\n\n"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
