"""From the press of «publish» to the moment a reader sees it, on several networks in turn."""

from __future__ import annotations

import http.client
import random
import statistics
import time
from collections.abc import Mapping, Sequence
from typing import Any

from bench.speed.networks import Network, Peer

POLL = 0.003  # seconds between two looks of the reader
PATIENCE = 60.0


class Reader:
    """A citizen, over one connection to one port."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def sees(self, host: str, path: str, words: str) -> bool:
        try:
            self._connection.request("GET", path, headers={"Host": f"{host}:{self._port}"})
            answer = self._connection.getresponse()
            return words.encode() in answer.read() and answer.status == 200
        except (http.client.HTTPException, OSError):
            self._connection.close()
            return False

    def wait(self, host: str, path: str, words: str, begun: float) -> float:
        """Seconds since `begun` (monotonic) when the words are there. TimeoutError."""
        while not self.sees(host, path, words):
            if time.monotonic() - begun > PATIENCE:
                raise TimeoutError(f"{host}{path} does not show «{words}» after {PATIENCE:.0f} s")
            time.sleep(POLL)
        return time.monotonic() - begun


def publishes(networks: Sequence[Network], peer: Peer | None, count: int) -> dict[str, dict[str, Any]]:
    """Publish `count` articles on each network, in turn with each other and with the peer, and one at a time.

    Per network (and «stock»): the answer of the desk, the article visible, and everything visible that shows its title
    (the section, the home page, the feed, «tin mới»). The reader begins to look when the desk has answered.
    """
    rounds: list[tuple[str, Any, int, list[dict[str, Any]]]] = [
        (network.name, network.agent, network.port, network.agent.ask("targets", count=count))
        for network in networks
    ]
    if peer:
        rounds.append(("stock", peer.agent, peer.port, peer.agent.ask("targets", count=count)))
    times: dict[str, dict[str, list[float]]] = {name: {} for name, *_ in rounds}
    for number in range(count):
        for name, agent, port, targets in rounds if number % 2 else reversed(rounds):
            for what, seconds in press(
                agent, port, targets[number], f"Tin {number} {random.randrange(10**9)}"
            ).items():
                times[name].setdefault(what, []).append(seconds)
        for network in networks:
            network.settle()
    return {name: {"count": count, **{what: spread(found) for what, found in one.items()}}
            for name, one in times.items()}  # fmt: skip


def press(agent: Any, port: int, target: Mapping[str, Any], title: str) -> dict[str, float]:
    """One publish, followed to the last page that shows it. Seconds since the press."""
    agent.ask("open", pk=target["pk"])
    reader = Reader(port)
    answer = agent.ask("publish", pk=target["pk"], title=title)
    found = {"desk": answer["took"]}
    for number, path in enumerate(target["paths"]):
        seen = reader.wait(target["host"], path, title, answer["begun"])
        found["page" if number == 0 else "all"] = max(seen, found.get("all", 0))
    return {"all": found["page"], **found}


def city_publishes(network: Network, count: int) -> dict[str, Any]:
    """A city article whose new title stands on the home page of every commune: until the last one shows it."""
    target = network.agent.ask("city")
    reader, times = Reader(network.port), []
    for number in range(count):
        network.agent.ask("open", pk=target["pk"])
        title = f"Tin thành phố {number} {random.randrange(10**9)}"
        begun = network.agent.ask("publish", pk=target["pk"], title=title)["begun"]
        times.append(max(reader.wait(host, "/", title, begun) for host in target["homes"]))
        network.settle()
    return {"count": count, "homes": len(target["homes"]), "all": spread(times)}


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Median, 95 %, and the worst, in seconds."""
    cuts = statistics.quantiles(seconds, n=20) if len(seconds) > 1 else list(seconds) * 19
    found = {"p50": statistics.median(seconds), "p95": min(cuts[18], max(seconds)), "max": max(seconds)}
    return {name: round(value, 4) for name, value in found.items()}
