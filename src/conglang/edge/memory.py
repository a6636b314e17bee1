"""What a verifier has seen before: so that an old state, once replaced, is not taken for the present one.

Kept beside the root file (`root.json` → `root.seen.json`). Losing it loses nothing but this one protection.
"""

import json
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from conglang.edge.chain import Chain
from conglang.wire import durable


class Memory:
    """The highest numbers seen. Safe in several threads. `file=None`: only for this run."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._timestamp = 0
        self._shared = 0
        self._editions: dict[str, int] = {}
        if file:
            with suppress(OSError, ValueError, KeyError, TypeError):
                found: dict[str, Any] = json.loads(file.read_bytes())
                self._editions = {str(site): int(number) for site, number in found["editions"].items()}
                self._timestamp = int(found["timestamp"])
                self._shared = int(found.get("shared", 0))

    def older(self, chain: Chain, site: str, edition: int) -> str:
        """What was seen before and is newer than this, in a few words; empty when nothing was."""
        with self._lock:
            if chain.timestamp.version < self._timestamp:
                return f"timestamp {self._timestamp}"
            known = self._editions.get(site, 0)
            return f"edition {known}" if edition < known else ""

    def shared(self) -> int:
        """The highest version of the shared state that was seen; 0 before the first."""
        with self._lock:
            return self._shared

    def note(self, chain: Chain, site: str, edition: int, shared: int = 0) -> None:
        """Remember a state that was found to be as signed."""
        with self._lock:
            self._timestamp = max(self._timestamp, chain.timestamp.version)
            self._shared = max(self._shared, shared)
            self._editions[site] = max(self._editions.get(site, 0), edition)

    def save(self) -> None:
        """Write it down; a folder that cannot be written is no reason to fail."""
        if self._file:
            data = {"v": 1, "timestamp": self._timestamp, "shared": self._shared, "editions": self._editions}
            with suppress(OSError):
                durable.write(self._file, json.dumps(data, sort_keys=True).encode(), sync=False)
