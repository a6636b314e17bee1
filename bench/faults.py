"""Faults: kill -9, EIO and ENOSPC at every step of signer, edge and publisher; power cuts; a dying database; swaps.

Every point is tried on real processes with strace, then what a supervisor would start is started and all invariants are
looked at again. Interrupted, it goes on where it was (`--again` forgets). Exit status 1 when anything did not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.faults import scene as scenes
from tests.faults import strace
from tests.faults.scene import Scene

ROOT = Path(__file__).resolve().parents[1]
STATE = ROOT / ".cache" / "faults.json"


class Done:
    """The points that were tried, kept in a file after each."""

    def __init__(self, file: Path, *, again: bool) -> None:
        self._file = file
        self.wrong: dict[str, str] = {} if again or not file.exists() else json.loads(file.read_text())

    def note(self, key: str, wrong: str) -> None:
        self.wrong[key] = wrong
        self._file.parent.mkdir(exist_ok=True)
        half = self._file.with_suffix(".half")
        half.write_text(json.dumps(self.wrong))
        half.rename(self._file)

    def __contains__(self, key: object) -> bool:
        return key in self.wrong


@contextmanager
def short_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="cl", dir="/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def edge() -> Iterator[Scene]:
    from tests.faults.edge_scene import EdgeScene

    with short_folder() as folder:
        yield EdgeScene(folder)


@contextmanager
def signer() -> Iterator[Scene]:
    from tests.faults.signer_scene import SignerScene

    with short_folder() as folder:
        yield SignerScene(folder)


@contextmanager
def signer_first_start() -> Iterator[Scene]:
    from tests.faults.signer_scene import SignerScene

    with short_folder() as folder:
        yield SignerScene(folder, first=True)


@contextmanager
def publisher() -> Iterator[Scene]:
    from tests.faults.newspaper import newspaper

    with newspaper() as (data, _):
        from tests.faults.publisher_scene import PublisherScene

        yield PublisherScene(data)


@contextmanager
def publisher_power() -> Iterator[Scene]:
    from tests.faults.newspaper import newspaper

    with newspaper() as (data, _):
        from tests.faults.publisher_scene import PublisherScene

        yield PublisherScene(data, power=True)


SCENES: dict[str, Callable[[], Any]] = {
    "signer": signer, "signer-first-start": signer_first_start, "edge": edge, "publisher": publisher,
    "publisher-power": publisher_power,
}  # fmt: skip


def sweep(name: str, done: Done, options: argparse.Namespace) -> dict[str, Any]:
    """Try every point of a scene that was not tried yet; the figures of all."""
    begun = time.monotonic()
    with SCENES[name]() as scene:
        chosen = scenes.every(scene, scenes.points(scene))
        random.Random(options.seed).shuffle(chosen)
        chosen = chosen[: options.most] if options.most else chosen
        missed = 0
        for tried in scenes.sweep(scene, chosen, skip=done.__contains__):
            missed += not tried.reached
            done.note(tried.key, tried.wrong)
            if tried.wrong:
                print(f"{tried.key}: {tried.wrong}", file=sys.stderr, flush=True)
    mine = {key: wrong for key, wrong in done.wrong.items() if key.startswith(name + "/")}
    faults = Counter(key.split("/")[1] for key in mine)
    return {
        "points": len(chosen), "tried": len(mine), "missed": missed, **faults,
        "failed": sum(bool(wrong) for wrong in mine.values()), "seconds": round(time.monotonic() - begun, 1),
    }  # fmt: skip


def cut(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """Power cuts after every call of a scene; the figures."""
    begun, states, failed = time.monotonic(), 0, 0
    with SCENES[name]() as scene:
        for tried in scenes.cut_power(scene, seed=options.seed, each=options.each, most=options.most):
            states += 1
            failed += bool(tried.wrong)
            if tried.wrong:
                print(f"power/{name} {tried.call}: {tried.wrong}", file=sys.stderr, flush=True)
    return {"tried": states, "failed": failed, "seconds": round(time.monotonic() - begun, 1)}


def die(done: Done, options: argparse.Namespace) -> dict[str, Any]:
    """The database dies before each statement of a publish, in each way; the figures."""
    from tests.faults.newspaper import newspaper

    begun = time.monotonic()
    with newspaper({"fsync": "off"}) as (data, cluster):  # what was written outlives a kill without it
        from tests.faults import database
        from tests.faults.publisher_scene import PublisherScene

        scene = PublisherScene(data)
        last = database.statements(scene)
        chosen = [(kind, number) for kind in database.HARMS for number in range(1, last + 1)]
        random.Random(options.seed).shuffle(chosen)
        chosen = [one for one in chosen if database.key(*one) not in done][: options.most or len(chosen)]
        for tried in database.deaths(scene, cluster, chosen):
            done.note(tried.key, tried.wrong)
            if tried.wrong:
                print(f"{tried.key}: {tried.wrong}", file=sys.stderr, flush=True)
    mine = {key: wrong for key, wrong in done.wrong.items() if key.startswith("database/")}
    return {
        "statements": last, "tried": len(mine), "failed": sum(bool(wrong) for wrong in mine.values()),
        "seconds": round(time.monotonic() - begun, 1),
    }  # fmt: skip


def swap(options: argparse.Namespace) -> dict[str, Any]:
    """Readers during many swaps of editions; the figures of each web server."""
    from contextlib import ExitStack

    from conglang.edge.tests.servers import caddy, edge_app, nginx, nginx_program
    from tests.faults import swaps

    begun = time.monotonic()
    with short_folder() as folder, ExitStack() as stack:
        network = swaps.prepare(folder)
        app = stack.enter_context(edge_app(folder))
        servers = {"caddy": stack.enter_context(caddy(folder, app))}
        if nginx_program():
            servers["nginx"] = stack.enter_context(nginx(folder, app))
        swaps.begin(network)
        with swaps.readers(servers, folder, each=1) as seen:
            journals = swaps.follow(network, servers, app, options.most or options.swaps)
        found: dict[str, Any] = {"swaps": options.most or options.swaps, "tried": 0, "failed": 0}
        for name in servers:
            wrong = swaps.wrong(journals[name], seen[name], early=name == "caddy")
            odd = swaps.wrong(journals[name], seen[name])
            print(*wrong[:20], sep="\n", file=sys.stderr)
            found[name] = {
                "answers": len(seen[name]),
                "mixed": len(wrong),
                "earlier_validators": len(odd) - len(wrong),
            }
            found["tried"] += len(seen[name])
            found["failed"] += len(wrong)
    return found | {"seconds": round(time.monotonic() - begun, 1)}


def run(part: str, done: Done, options: argparse.Namespace) -> dict[str, Any]:
    if part == "swaps":
        return swap(options)
    if part == "database":
        return die(done, options)
    kind, _, name = part.partition("-cut:")
    return cut(name, options) if name else sweep(kind, done, options)


PARTS = (*SCENES, "power-cut:signer", "power-cut:signer-first-start", "power-cut:edge", "database", "swaps")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print figures as one JSON object")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="order of the points")
    parser.add_argument("--only", action="append", choices=PARTS, help="one part; may be repeated")
    parser.add_argument("--most", type=int, default=0, help="at most so many points of each part")
    parser.add_argument(
        "--each", type=int, default=6, help="states by chance after each call, for power cuts"
    )
    parser.add_argument(
        "--swaps", type=int, default=1000, help="editions that readers see follow one another"
    )
    parser.add_argument("--again", action="store_true", help="forget what was tried before")
    parser.add_argument("--state", type=Path, default=STATE, help="file of the points that were tried")
    options = parser.parse_args()
    if reason := strace.available():
        print(reason, file=sys.stderr)
        return 2
    os.environ.setdefault("CONGLANG_LANGUAGE", "en")
    done = Done(options.state, again=options.again)
    figures: dict[str, Any] = {"seed": options.seed}
    for name in options.only or PARTS:
        figures[name] = run(name, done, options)
        if not options.json:
            show(name, figures[name])
    if options.json:
        print(json.dumps(figures))
    return 1 if any(figures[name]["failed"] for name in options.only or PARTS) else 0


def show(name: str, part: dict[str, Any]) -> None:
    kinds = ", ".join(f"{part[fault]} × {fault}" for fault in strace.FAULTS if part.get(fault))
    print(
        f"{name:<20}{part['tried']:6} tried, {part['failed']} failed   {kinds}   {part['seconds']} s",
        flush=True,
    )


if __name__ == "__main__":
    raise SystemExit(main())
