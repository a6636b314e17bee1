"""Scripts and styles that the signer knows: those of the design folder beside it, now and ever before.

A page may run any script below `/_/a/`, so a portal in wrong hands would need no hole in a page, only a script of its
own there. Nobody can tell a good script from a bad one by reading it; therefore the signer makes the files of `design/`
itself, as the portal does, and signs no other. What it once knew it keeps: an edition of last year can be restored.
"""

import json
import logging
import threading
from collections.abc import Iterable
from pathlib import Path

from conglang.wire import durable
from conglang.wire.bundle import Bundle, UnknownAsset
from conglang.wire.objects import digest_of

DESIGN = Path(__file__).resolve().parents[3] / "design"
ACTIVE = ("text/css", "text/javascript")
_DRAWN = (".css", ".js", ".svg", ".png", ".woff2")
log = logging.getLogger(__name__)


class Designs:
    """The digests of every script and style that may be signed. The folder is read again when one is not known."""

    def __init__(self, keys_dir: Path, *, folder: Path = DESIGN) -> None:
        self._file = keys_dir / "designs.json"
        self._folder = folder
        self._seen: tuple[tuple[int, int, int], ...] = ()
        self._lock = threading.Lock()
        self._known = self._read()

    def knows(self, digest: str) -> bool:
        """True for a file of the design folder as it is, or as it was when an edition with it was signed."""
        if digest in self._known:
            return True
        with self._lock:
            if self._changed():
                self._look()
        return digest in self._known

    def keep(self, digests: Iterable[str]) -> None:
        """Know these for good."""
        if fresh := set(digests) - self._known:
            durable.write(self._file, json.dumps(sorted(self._known | fresh), indent=0).encode())
            self._known |= fresh

    def _read(self) -> set[str]:
        return set(json.loads(self._file.read_bytes())) if self._file.exists() else set()

    def _changed(self) -> bool:
        """Whether the folder may hold something new: somebody draws, or a new version was installed."""
        files = [file for file in sorted(self._folder.rglob("*")) if file.suffix in _DRAWN]
        found = [file.stat() for file in files]
        now = tuple((one.st_ino, one.st_size, one.st_mtime_ns) for one in found)
        changed, self._seen = now != self._seen, now
        return changed

    def _look(self) -> None:
        try:
            files = Bundle(self._folder).files
        except (OSError, UnknownAsset):  # somebody is in the middle of changing it
            log.exception("the design folder %s cannot be read; it will be looked at again", self._folder)
            self._seen = ()
            return
        self.keep(digest_of(data) for path, data in files.items() if path.endswith((".css", ".js")))
