"""Publishing and serving on networks of 127 sites, each figure beside its peer's, measured in the same run.

Generated networks (20, 200 and 2,000 articles a site) are made once and kept; making the large one takes a quarter of
an hour, measuring all up to 25 minutes, `--quick` (20 articles, fewer rounds) up to five. Seconds, bytes, ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.speed import networks
from bench.speed.measuring import Plan, measure
from bench.start import NeverReady

ROOT = Path(__file__).resolve().parents[1]
FULL = Plan(sizes=(20, 200, 2000), publishes=200, city=20, serving_rounds=15, served_pages=60, works=15)
QUICK = Plan(sizes=(20,), publishes=20, city=3, serving_rounds=3, served_pages=20, works=5)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print figures as one JSON object")
    parser.add_argument("--quick", action="store_true", help="127 × 20 only, fewer rounds; five minutes")
    parser.add_argument(
        "--folder", type=Path, default=networks.default_folder(), help="where networks are kept"
    )
    parser.add_argument("--port", type=int, default=8580, help="the first of ten ports")
    parser.add_argument(
        "--only", help="names of measurements, comma-separated; all keys are printed nevertheless"
    )
    parser.add_argument("--sizes", help="articles per site, comma-separated: 20,200,2000")
    parser.add_argument("--network", type=Path, help="facts of another network than Hanoi's, for tries")
    parser.add_argument("--without-peer", action="store_true", help="no stock Wagtail beside it")
    parser.add_argument("--publishes", type=int, help="per network")
    parser.add_argument("--note", default="", help="what a reader of the figures has to know about this run")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))  # everything started here is stopped
    networks.prepare(options.folder)
    begun = time.monotonic()

    def tell(text: str) -> None:
        print(f"{time.monotonic() - begun:7.1f} s  {text}", file=sys.stderr, flush=True)

    try:
        figures = _run(_plan(options), options, tell)
    except (NeverReady, networks.NoSpace) as failure:
        print(failure, file=sys.stderr)
        return 1
    figures |= {"note": options.note} if options.note else {}
    figures["bench_seconds"] = round(time.monotonic() - begun, 1)
    print(json.dumps(figures, ensure_ascii=False) if options.json else _table(figures))
    return 0


def _plan(options: argparse.Namespace) -> Plan:
    plan = QUICK if options.quick else FULL
    if options.sizes:
        plan = plan.with_sizes(tuple(int(size) for size in options.sizes.split(",")))
    if options.publishes:
        plan = plan.with_publishes(options.publishes)
    return plan.only(options.only.split(",")) if options.only else plan


def _run(plan: Plan, options: argparse.Namespace, tell: Callable[[str], None]) -> dict[str, Any]:
    with ExitStack() as stack:
        peer = (
            stack.enter_context(networks.peer(options.folder, options.port + 9, tell))
            if plan.needs_peer and not options.without_peer
            else None
        )
        running = {
            size: stack.enter_context(
                networks.network(
                    options.folder, size, networks.port_of(options.port, size), options.network, tell
                )
            )
            for size in plan.sizes
        }
        found = measure(plan, running, peer, options.folder, options.port + 4, tell)
    return {"machine": machine(), **found}


def machine() -> dict[str, Any]:
    """What the figures belong to."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
    ).stdout
    return {
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
        "commit": commit.strip(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0],
    }


def _table(figures: dict[str, Any]) -> str:
    lines = [f"{name:<30} {value}" for name, value in figures["keys"].items()]
    lines += [f"{name}: not measured, {reason}" for name, reason in figures["not_measured"].items()]
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
