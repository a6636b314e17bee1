"""How much of a site may be taken away before somebody beside the portal has to say so."""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from conglang.wire import durable
from conglang.wire.manifest import Entry
from conglang.wire.paths import is_reserved

SHARE = 0.2  # of what the site has, in a day
LEAST = 30  # pages: so many any office may take down without asking anybody
WINDOW = timedelta(days=1)
_FILE = "removals.json"


def taken(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> list[str]:
    """The pages that answer 200 before and do not afterwards."""
    return [
        path
        for path, entry in before.items()
        if entry.status == 200
        and path.endswith("/")
        and not is_reserved(path)
        and (path not in after or after[path].status != 200)
    ]


class Removals:
    """What was taken away from each site within a day. Kept beside the keys, so that a new start forgets nothing."""

    def __init__(self, keys_dir: Path) -> None:
        self._file = keys_dir / _FILE
        self._known: dict[str, list[tuple[str, int]]] = {}
        with suppress(OSError, ValueError, TypeError, AttributeError):
            found = json.loads(self._file.read_bytes())
            self._known = {str(site): [(str(at), int(n)) for at, n in rows] for site, rows in found.items()}

    def too_many(self, site: str, paths: list[str], size: int, now: datetime) -> str | None:
        """Why these may not go without a permit. `size`: how many paths the site has now."""
        if not paths:
            return None
        if "/" in paths:
            return "the home page would be taken away"
        earlier = self._lately(site, now)
        count = earlier + len(paths)
        if count <= max(LEAST, SHARE * (size + earlier)):
            return None
        return f"{count} pages of {size + earlier} would be taken away within a day"

    def note(self, site: str, count: int, now: datetime) -> None:
        if count:
            rows = [row for row in self._known.get(site, []) if _is_new(row[0], now)]
            self._known[site] = [*rows[-500:], (now.isoformat(), count)]
            durable.write(self._file, json.dumps(self._known).encode(), mode=0o600)

    def _lately(self, site: str, now: datetime) -> int:
        return sum(count for at, count in self._known.get(site, []) if _is_new(at, now))


def _is_new(at: str, now: datetime) -> bool:
    try:
        return now - datetime.fromisoformat(at) < WINDOW
    except (ValueError, TypeError):
        return False
