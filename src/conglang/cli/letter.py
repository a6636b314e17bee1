"""`python -m conglang.cli.letter`: write docs/explanation/from-letter-to-screen.md from the .toml beside it.

The letter is the city's order of 2025-06-25 to bring up the commune sites. The page says, clause by clause, what a
person can see of it today; `faults` keeps the marks honest.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGE = Path("docs/explanation/from-letter-to-screen.md")
STATES = ("works", "partly", "not yet")


@dataclass(frozen=True)
class Part:
    """One thing a clause asks for, as a person meets it."""

    what: str
    screen: str
    journey: str
    state: str
    missing: str = ""


@dataclass(frozen=True)
class Clause:
    """What the letter asks in one place, and its parts."""

    asks: str
    parts: tuple[Part, ...]


def clauses(data: dict) -> tuple[Clause, ...]:
    """The clauses of the data file, in the letter's order."""
    return tuple(
        Clause(entry["asks"], tuple(Part(**part) for part in entry.get("part", ())))
        for entry in data["clause"]
    )


def faults(found: tuple[Clause, ...], root: Path = ROOT) -> Iterator[str]:
    """Yield a sentence for every mark that claims more than a test shows."""
    for clause in found:
        if not clause.parts:
            yield f"{clause.asks!r} has no part"
        for part in clause.parts:
            yield from _faults_of(part, root)


def _faults_of(part: Part, root: Path) -> Iterator[str]:
    if part.state not in STATES:
        yield f"{part.what!r}: {part.state!r} is none of {STATES}"
    if part.state == "works" and not (part.journey and part.screen):
        yield f"{part.what!r} is marked works without a screen and a journey"
    if part.state == "works" and part.missing:
        yield f"{part.what!r} is marked works and something is missing"
    if part.state != "works" and not part.missing:
        yield f"{part.what!r} does not say what is missing"
    if part.journey and (trouble := trouble_with(part.journey, root)):
        yield f"{part.what!r}: {trouble}"


def trouble_with(journey: str, root: Path = ROOT) -> str:
    """Say why `tests/journeys/<file>.py::<test>` is no test that runs; empty when it is one."""
    name, _, test = journey.partition("::")
    file = root / name
    if not name.startswith("tests/journeys/") or not file.is_file():
        return f"there is no journey file {name}"
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == test:
            marks = " ".join(ast.unparse(mark) for mark in node.decorator_list)
            return f"{test} is skipped" if "mark.skip" in marks or "xfail" in marks else ""
    return f"there is no test {test} in {name}"


def page(data: dict) -> str:
    """The whole page as Markdown."""
    letter, found = data["letter"], clauses(data)
    states = [part.state for clause in found for part in clause.parts]
    count = ", ".join(f"{states.count(state)} {state}" for state in STATES)
    head = [
        "# From the letter to the screen",
        "",
        f"Letter {letter['number']} of {letter['date']}, {letter['from']}, told the city what its network of commune",
        f"sites has to do. It is known here through {letter['seen_through']}.",
        "",
        f"What a person can see of each clause today: **{count}**. A mark *works* has a browser test behind it.",
        "",
        f"*Written by `python -m conglang.cli.letter` from [{PAGE.stem}.toml]({PAGE.stem}.toml); change that file.*",
    ]
    return "\n".join([*head, *(line for clause in found for line in _section(clause))]) + "\n"


def _section(clause: Clause) -> Iterator[str]:
    yield from ("", f"## {clause.asks}", "", "| part | screen | journey | state |", "|---|---|---|---|")
    for part in clause.parts:
        state = f"**{part.state}**" + (f". Missing: {part.missing}" if part.missing else "")
        yield f"| {part.what} | {part.screen or '–'} | {_link(part.journey)} | {state} |"


def _link(journey: str) -> str:
    name, _, test = journey.partition("::")
    return f"[{test}](../../{name})" if journey else "–"


def read(root: Path = ROOT) -> dict:
    """The data file."""
    return tomllib.loads((root / PAGE).with_suffix(".toml").read_text(encoding="utf-8"))


def main() -> int:
    """Write the page; return 1 and write nothing when a mark claims too much."""
    data = read()
    wrong = list(faults(clauses(data)))
    if wrong:
        print("\n".join(wrong), "Nothing was written.", sep="\n")
        return 1
    (ROOT / PAGE).write_text(page(data), encoding="utf-8")
    print(f"{PAGE} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
