"""The shared state as one host answers it: signed by the keys of its role, not older than what was seen, in time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from conglang.edge.chain import Chain
from conglang.edge.compare import Difference, Manner, header_differences
from conglang.edge.memory import Memory
from conglang.edge.served import Asker
from conglang.wire.envelope import MOST_BYTES, EnvelopeError, unseal
from conglang.wire.paths import STATE_PATH


@dataclass(frozen=True)
class StateSeen:
    """`version` 0: the host shows none, or none that was signed. `expires`: the end of its signature's life."""

    version: int = 0
    expires: datetime | None = None
    differences: tuple[Difference, ...] = ()


def look(asker: Asker, chain: Chain, memory: Memory, manner: Manner) -> StateSeen:
    """Ask a host for `/_/network.json`. A network that never said anything has none. Raises Unreachable."""
    status, data = asker.fetch(STATE_PATH, limit=MOST_BYTES)
    known = memory.shared()
    if status == 404:
        gone = Difference(STATE_PATH, "older", f"version {known}", "404")
        return StateSeen(differences=(gone,) if known else ())
    if status != 200:
        return StateSeen(differences=(Difference(STATE_PATH, "status", "200", str(status)),))
    try:
        sealed = unseal(data, chain.targets)
    except EnvelopeError as error:
        return StateSeen(differences=(Difference(STATE_PATH, "signature", "", str(error)[:300]),))
    found = [*_older(known, sealed.version), *header_differences(STATE_PATH, asker.ask(STATE_PATH), manner)]
    return StateSeen(sealed.version, sealed.expires, tuple(found))


def _older(known: int, version: int) -> Iterator[Difference]:
    if version < known:
        yield Difference(STATE_PATH, "older", f"version {known}", f"version {version}")
