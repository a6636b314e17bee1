"""Isolation: every address of the desk × every role × {own, another ward's, mixed, missing} × every way of asking.

Two wards full of marked words, made in a database of its own; an answer that carries a word of the other ward, lets in
whom the written matrix turns away, or changes something of theirs is a leak. May be killed at any time: the next run
carries on where it stopped, unless the seed, the matrix or the software is another one. Exit status 1 with any leak.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.engine import machine
from bench.speed.networks import default_folder
from conglang.cli.postgres import TEST_SETTINGS, Cluster

ROOT = Path(__file__).resolve().parents[1]
EVERY = 500  # cells between two notes of how far it is


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print figures as one JSON object")
    parser.add_argument(
        "--folder", type=Path, default=default_folder(), help="where database and progress are kept"
    )
    parser.add_argument("--seed", type=int, default=126, help="of the order in which cells are asked")
    parser.add_argument("--cells", type=int, help="so many of them instead of all")
    parser.add_argument("--afresh", action="store_true", help="forget what an earlier run has asked")
    options = parser.parse_args()
    folder = options.folder / "isolation"
    folder.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()

    def tell(text: str) -> None:
        print(f"{time.monotonic() - begun:7.1f} s  {text}", file=sys.stderr, flush=True)

    with office(folder) as made:
        cells = made.shuffled(options.seed)[: options.cells]
        progress = Progress(folder / "progress.json", f"{options.seed} {len(cells)} {software()}")
        if options.afresh:
            progress.forget()
        ask_all(made, cells, progress, tell)
        by_way = Counter(cell.way for cell in cells)
        found = {
            "machine": machine(), "seed": options.seed, "cells": progress.done,
            "addresses": len(made.patterns),
            "people": len(made.people), "ways": dict(by_way), "leaks": len(progress.leaks),
            "found": progress.leaks[:50],
            "seconds": round(progress.seconds, 1),
        }  # fmt: skip
    print(json.dumps(found, ensure_ascii=False) if options.json else _table(found))
    return 1 if progress.leaks else 0


class Progress:
    """How far a run has come, on disk."""

    def __init__(self, file: Path, what: str) -> None:
        self._file, self._what = file, what
        kept = json.loads(file.read_text()) if file.exists() else {}
        if kept.get("what") != what:
            kept = {}
        self.done: int = kept.get("done", 0)
        self.leaks: list[str] = kept.get("leaks", [])
        self.seconds: float = kept.get("seconds", 0.0)

    def forget(self) -> None:
        self.done, self.leaks, self.seconds = 0, [], 0.0

    def note(self) -> None:
        half = self._file.with_suffix(".new")
        kept = {"what": self._what, "done": self.done, "leaks": self.leaks, "seconds": self.seconds}
        half.write_text(json.dumps(kept, ensure_ascii=False))
        half.replace(self._file)


def ask_all(made: Any, cells: list[Any], progress: Progress, tell: Callable[[str], None]) -> None:
    """Ask what was not asked yet."""
    tell(f"{len(cells)} cells, {progress.done} of them asked before")
    begun, before = time.monotonic(), progress.seconds
    for number, cell in enumerate(cells[progress.done :], progress.done + 1):
        progress.leaks += made.ask(cell)
        progress.done, progress.seconds = number, before + time.monotonic() - begun
        if number % EVERY == 0 or number == len(cells):
            progress.note()
            tell(f"{number} of {len(cells)} cells, {len(progress.leaks)} leaks")


def software() -> str:
    """A digest of the portal's programs and of the matrix: another one is another run."""
    digest = hashlib.sha256()
    portal = ROOT / "src" / "conglang" / "portal"
    for file in sorted([*portal.rglob("*.py"), *portal.rglob("*.html"), *portal.rglob("*.toml")]):
        digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def office(folder: Path) -> Iterator[Any]:
    """The two wards in a fresh database, with Django on it; nothing of it stays."""
    cluster = Cluster(folder / "pg", TEST_SETTINGS)
    cluster.create()
    cluster.start()
    try:
        cluster.ensure_database("isolation")
        os.environ |= {
            "DATABASE_URL": cluster.url("isolation"), "CONGLANG_DATA": str(folder),
            "DJANGO_SETTINGS_MODULE": "conglang.portal.site.settings.test",
        }  # fmt: skip
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import transaction

        call_command("migrate", verbosity=0, interactive=False)
        from conglang.portal.content.editorial.tests.conftest import laid_out
        from conglang.portal.content.editorial.tests.matrix import Office

        with transaction.atomic():
            yield Office(laid_out())
            transaction.set_rollback(True)
    finally:
        cluster.stop()


def _table(found: dict[str, Any]) -> str:
    head = (
        f"{found['cells']} cells: {found['addresses']} addresses × {found['people']} people, {found['seconds']} s; "
        f"{found['leaks']} leaks"
    )
    return "\n".join([head, *found["found"]])


if __name__ == "__main__":
    raise SystemExit(main())
