"""Scheduled moments as a reader sees them: an article at its minute, and 126 sites that turn official at one instant.

On a kept network of 127 sites (made first if it is not there). Seconds between the planned instant and the first answer
that shows it, asked over HTTP at the edge.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.engine import machine
from bench.speed import networks
from bench.speed.networks import Network
from bench.speed.visible import Reader, spread
from bench.start import NeverReady

AHEAD = 6.0  # seconds from planning an article to its moment: it has to be prepared by then
PATIENCE = 900.0  # seconds for a whole network's preparation
Tell = Callable[[str], None]


def articles(network: Network, count: int) -> dict[str, Any]:
    """Plan articles of different sites, one after the other."""
    late = []
    for target in network.agent.ask("targets", count=count, seed=7):
        title = f"Hẹn giờ {random.randrange(10**9)}"
        due = datetime.now(UTC) + timedelta(seconds=AHEAD)
        network.agent.ask("plan", pk=target["pk"], title=title, due=due.isoformat())
        time.sleep(AHEAD - 1)
        late.append(
            _first_seen(network.port, {target["host"]: target["paths"][0]}, title, due)[target["host"]]
        )
        network.settle()
    return {"count": count, "late": spread(late)}


def whole_network(network: Network, lead: float, tell: Tell) -> dict[str, Any]:
    """All communes turn official at one instant: until the last home page says so, and the last page of all."""
    network.agent.ask("trial")
    network.settle(PATIENCE)
    hosts = network.agent.ask("communes")
    word = "Vận hành thử nghiệm"  # on every page of a site until then
    pages = {host: network.agent.ask("last_page", host=host) for host in hosts}
    planned = network.agent.ask("official", seconds=lead)
    due = datetime.fromisoformat(planned)
    network.settle(PATIENCE)  # every page now says when it will change
    tell("planned; waiting until it is prepared")
    prepared = network.agent.ask("prepared", due=planned, patience=lead)
    left = (due - datetime.now(UTC)).total_seconds()
    tell(f"{prepared} subjects are prepared, {left:.0f} s before their moment")
    time.sleep(max(0.0, (due - datetime.now(UTC)).total_seconds() - 1))
    homes = _first_seen(network.port, dict.fromkeys(hosts, "/"), word, due, gone=True)
    rest = _first_seen(network.port, pages, word, due, gone=True)
    network.settle(PATIENCE)
    return {
        "sites": len(hosts),
        "subjects": prepared,
        "prepared_before_s": round(left),
        "homes": spread(list(homes.values())),
        "last_pages": spread(list(rest.values())),
    }


def _first_seen(
    port: int, pages: dict[str, str], words: str, due: datetime, *, gone: bool = False
) -> dict[str, float]:
    """Per host the seconds from `due` until its page shows the words (`gone`: shows them no more). TimeoutError."""
    reader, found = Reader(port), {}
    waiting = dict(pages)
    while waiting:
        for host, path in list(waiting.items()):
            if reader.sees(host, path, words) != gone:
                found[host] = (datetime.now(UTC) - due).total_seconds()
                del waiting[host]
        if (datetime.now(UTC) - due).total_seconds() > PATIENCE:
            raise TimeoutError(f"{len(waiting)} pages do not show it after {PATIENCE:.0f} s")
        time.sleep(0.003)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print figures as one JSON object")
    parser.add_argument(
        "--folder", type=Path, default=networks.default_folder(), help="where networks are kept"
    )
    parser.add_argument(
        "--size", type=int, default=20, help="articles per site of the network: 20, 200 or 2000"
    )
    parser.add_argument("--articles", type=int, default=10, help="how many are planned")
    parser.add_argument(
        "--lead", type=float, default=300.0, help="seconds from planning the whole network's turn"
    )
    parser.add_argument("--port", type=int, default=8580, help="the first of ten ports")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
    networks.prepare(options.folder)
    begun = time.monotonic()

    def tell(text: str) -> None:
        print(f"{time.monotonic() - begun:7.1f} s  {text}", file=sys.stderr, flush=True)

    try:
        with networks.network(
            options.folder, options.size, networks.port_of(options.port, options.size), None, tell
        ) as network:
            network.wait_calm()
            figures = {"machine": machine(), "articles": articles(network, options.articles)}
            figures["network"] = whole_network(network, options.lead, tell)
    except (NeverReady, networks.NoSpace, TimeoutError) as failure:
        print(failure, file=sys.stderr)
        return 1
    print(json.dumps(figures, ensure_ascii=False) if options.json else _table(figures))
    return 0


def _table(figures: dict[str, Any]) -> str:
    one, all_of = figures["articles"], figures["network"]
    return "\n".join(
        f"{name:<28} {late}" for name, late in (
            (f"{one['count']} articles, each", one["late"]),
            (f"{all_of['sites']} home pages", all_of["homes"]),
            (f"{all_of['sites']} last pages", all_of["last_pages"]),
        )
    )  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
