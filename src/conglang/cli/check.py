"""`conglang check`: everything that can be judged without running the product, two steps at a time.

Each step is a command a contributor may run alone; the table below is the whole list.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Step:
    """One judgement: its name, the command, and what it holds."""

    name: str
    command: tuple[str, ...]
    holds: str


@dataclass(frozen=True)
class Verdict:
    """How a step ended: seconds taken, whether it held, and what it printed."""

    step: Step
    held: bool
    seconds: float
    output: str


def _tool(name: str, *arguments: str) -> tuple[str, ...]:
    return (str(BIN / name), *arguments)


def _python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, *arguments)


SETTINGS = "--settings=conglang.portal.site.settings.test"

# The slow ones first, so that two cores finish together.
STEPS = (
    Step("mypy", _tool("mypy", "--no-error-summary"), "types; strict in wire, edge, signer and rules"),
    Step(
        "migrations",
        _python("-m", "django", "makemigrations", "--check", SETTINGS),
        "models and migrations agree",
    ),
    Step("architecture", _python("-m", "pytest", "-q", "tests/architecture"), "the map of the house is true"),
    Step(
        "design",
        _tool("djlint", "design", "--lint", "--quiet", "--allow-empty-input", "--profile", "jinja"),
        "public templates",
    ),
    Step(
        "desk",
        _tool("djlint", "src", "--lint", "--quiet", "--allow-empty-input", "--profile", "django"),
        "templates of the desk",
    ),
    Step("imports", _tool("lint-imports", "--no-cache"), "who may import whom"),
    Step(
        "catalogue", _python("-m", "conglang.cli.catalogue"), "Vietnamese texts: none empty, doubled, broken"
    ),
    Step("ruff", _tool("ruff", "check", "--output-format=concise", "."), "style and common mistakes"),
    Step(
        "format",
        _tool("ruff", "format", "--check", "--output-format=concise", "."),
        "one way to lay out code",
    ),
)


def run(step: Step) -> Verdict:
    """Run one step and return its verdict; a tool that cannot start is a step that did not hold."""
    environment = {
        **os.environ,
        # RuntimeWarning: makemigrations says it could not reach a database, which it does not need.
        "PYTHONWARNINGS": "ignore::RuntimeWarning",
        "NO_COLOR": "1",
    }
    started = time.monotonic()
    try:
        done = subprocess.run(step.command, cwd=ROOT, env=environment, capture_output=True, text=True)
        held, output = done.returncode == 0, (done.stdout + done.stderr).strip()
    except OSError as problem:
        held, output = False, f"{step.command[0]} could not start: {problem}"
    return Verdict(step, held, time.monotonic() - started, output)


def verdicts(steps: Sequence[Step], *, at_once: int) -> Iterable[Verdict]:
    """Yield verdicts as steps end, `at_once` of them running side by side."""
    with ThreadPoolExecutor(max_workers=at_once) as pool:
        for future in as_completed([pool.submit(run, step) for step in steps]):
            yield future.result()


def _show(verdict: Verdict) -> None:
    mark = "ok  " if verdict.held else "FAIL"
    print(f"{mark} {verdict.step.name:<13}{verdict.seconds:6.1f} s  {verdict.step.holds}", flush=True)
    if not verdict.held:
        print("\n".join(f"     {line}" for line in verdict.output.splitlines()), flush=True)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="conglang check", description="Style, types, contracts, catalogues."
    )
    parser.add_argument("steps", nargs="*", metavar="step", help=", ".join(step.name for step in STEPS))
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="steps at once")
    chosen = parser.parse_args(argv)
    unknown = set(chosen.steps) - {step.name for step in STEPS}
    if unknown:
        parser.error(f"no such step: {', '.join(sorted(unknown))}")
    return chosen


def main(argv: Sequence[str] | None = None) -> int:
    """Run the chosen steps (all by default); return 0 when every one held."""
    chosen = _arguments(argv)
    steps = [step for step in STEPS if not chosen.steps or step.name in chosen.steps]
    started = time.monotonic()
    failed = []
    for verdict in verdicts(steps, at_once=chosen.jobs):
        _show(verdict)
        if not verdict.held:
            failed.append(verdict.step.name)
    seconds = time.monotonic() - started
    if failed:
        print(f"\nCheck failed after {seconds:.0f} s: {', '.join(failed)}. Nothing was changed.")
        return 1
    print(f"\nCheck passed: {len(steps)} steps in {seconds:.0f} s.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
