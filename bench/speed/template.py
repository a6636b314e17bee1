"""A change of the template that every page uses, while editors go on publishing."""

from __future__ import annotations

import os
import random
import statistics
import threading
import time
from pathlib import Path
from typing import Any

from bench.speed.networks import Network
from bench.speed.portal import workers_of
from bench.speed.visible import PATIENCE, Reader, press

MARK = '<meta name="format-detection"'
CHANGED = '<meta name="bench" content="{}">\n' + MARK
LONGEST = 900.0  # seconds
PRESSES = 8  # before, and as many as fit in meanwhile


def change(network: Network) -> dict[str, Any]:
    """Put a line into the base layout, start the worker anew as an upgrade does, and rebuild every site.

    Seconds until the last home page shows the line, until the last page of all does, and by how much the slowest
    publish meanwhile was later than the median before. The layout is put back and rendered again.
    """
    layout = Path(os.environ["BENCH_DESIGN"]) / "layouts" / "base.html"
    text = layout.read_text()
    word = f"do-{random.randrange(10**9)}"
    targets = network.agent.ask("targets", count=60, seed=3)
    usual = [_press(network, target) for target in targets[:PRESSES]]
    try:
        found = _changed(
            network, layout, text.replace(MARK, CHANGED.format(word), 1), word, targets[PRESSES:]
        )
    finally:
        layout.write_text(text)
        _restart(network)
        network.agent.ask("rebuild")
    network.settle(LONGEST)
    return {**found, "publish_before_p50_s": round(statistics.median(usual), 3),
            "publish_delay_s": round(max(found["publishes_s"]) - statistics.median(usual), 3)}  # fmt: skip


def _changed(
    network: Network, layout: Path, text: str, word: str, targets: list[dict[str, Any]]
) -> dict[str, Any]:
    layout.write_text(text)
    _restart(network)
    pages = {host: network.agent.ask("last_page", host=host) for host in network.agent.ask("hosts")}
    begun = time.monotonic()
    network.agent.ask("rebuild")
    seconds: dict[str, float] = {}
    watching = threading.Thread(target=_watch, args=(network.port, pages, word, begun, seconds))
    watching.start()
    presses = []
    while watching.is_alive() and targets:
        presses.append(_press(network, targets.pop()))
    watching.join()
    if "all_s" not in seconds:
        raise TimeoutError("the new template has not come to every site")
    return {**seconds, "publishes_s": presses or [0.0]}


def _watch(port: int, pages: dict[str, str], word: str, begun: float, seconds: dict[str, float]) -> None:
    """Note when the last home page shows the word, and when the last of every site's last pages does."""
    reader = Reader(port)
    for name, waiting in (("homes_s", dict.fromkeys(pages, "/")), ("all_s", dict(pages))):
        while waiting and time.monotonic() - begun < LONGEST:
            waiting = {host: path for host, path in waiting.items() if not reader.sees(host, path, word)}
            time.sleep(0.1)
        if not waiting:
            seconds[name] = round(time.monotonic() - begun, 2)


def _press(network: Network, target: dict[str, Any]) -> float:
    return press(network.agent, network.port, target, f"Tin {random.randrange(10**9)}")["all"]


def _restart(network: Network) -> None:
    """A worker reads the templates once; the supervisor starts others when they end."""
    names, old = list(workers_of(network.data)), network.agent.ask("workers")
    for name in names:
        network.stop(name)
    network.agent.ask("workers_ready", old=old, count=len(names), patience=PATIENCE)
