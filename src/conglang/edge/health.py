"""How an edge stands: is what it holds fresh, and why the last pull failed."""

from dataclasses import dataclass
from datetime import datetime

from conglang.wire.status import Trouble


@dataclass(frozen=True)
class Health:
    """How the edge stands. `expires`: end of the newest accepted timestamp, which came at `accepted`.

    `kind` and `trouble`: why the last pull failed, for a status and for a log.
    """

    expires: datetime | None = None
    accepted: datetime | None = None
    kind: Trouble = Trouble.NONE
    trouble: str = ""

    def stale(self, at: datetime) -> bool:
        """True when nothing fresh was signed (or reached us) in time. What is served stays valid."""
        return self.expires is None or at >= self.expires
