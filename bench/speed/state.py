"""How long it takes from the request to announce something until every host answers with it."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.speed.networks import Network
from bench.speed.visible import Reader, spread
from conglang.wire.release import Authority, AuthorityKind, SignerClient, StateRequest
from conglang.wire.state import Banner, State, StateError


def network_json(network: Network, count: int) -> dict[str, Any]:
    """Announce `count` times through the signer; seconds until the last of all hosts shows it."""
    hosts = network.agent.ask("hosts")
    reader, times = Reader(network.port), []
    client = SignerClient(network.data / "spool" / "signer.sock")
    for number in range(count):
        title = f"Bench {number} {random.randrange(10**9)}"  # ASCII: the file escapes everything else
        begun = time.monotonic()
        _say(client, title)
        times.append(max(reader.wait(host, "/_/network.json", title, begun) for host in hosts))
        time.sleep(0.3)
    _say(client, "")
    return {"count": count, "hosts": len(hosts), "all": spread(times)}


def _say(client: SignerClient, title: str) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    banner = Banner("information", title, "Đo tốc độ.", now, now + timedelta(minutes=5))
    state = State(now, (banner,) if title else ())
    who = Authority(AuthorityKind.CITY_EMERGENCY, ("bench", "engine"), now)
    answer = client.state(StateRequest(state, who, "bench"))
    if isinstance(answer, StateError):
        raise RuntimeError(str(answer))
