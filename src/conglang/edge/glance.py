"""A few pages as a reader opens them, before anything is asked that only a verifier asks.

Whoever asks for `/_/trust/` is known from then on, and a server in wrong hands could answer that address truthfully. So
the home page is opened first, then pages it leads to, by each address of the host and over connections of their own;
what was answered is compared when the signed manifest is known.
"""

import gzip
import random
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

import brotli

from conglang.edge import browser
from conglang.edge.compare import Difference, Manner, Site, differences
from conglang.edge.served import Asker, Place, Seen, Unreachable, machines
from conglang.wire.paths import PathError, check_path

PAGES = 6  # at each address, after the home page
_MOST = 2 << 20  # bytes of a page that is looked through for links
_LINK = re.compile(r"""<a\s[^>]*?href=["'](/[^"'#?]*)""")
_JUST_NOW = 10.0  # seconds: what changed so shortly before may have been published meanwhile


@dataclass(frozen=True)
class Glance:
    """What was answered, by path, and when it began (seconds since 1970)."""

    at: float = field(default_factory=time.time)
    seen: tuple[tuple[str, Seen], ...] = ()

    def differences(self, site: Site, manner: Manner) -> Iterator[Difference]:
        """How these answers differ from what is signed; what changed just then is left out."""
        for path, seen in self.seen:
            entry = site.entries.get(path)
            changed = max((one.mtime for one in (entry, site.body_of(path)[1]) if one), default=0)
            if changed < self.at - _JUST_NOW:
                yield from differences(site, path, browser.EVERYTHING, seen, manner)


def glance(place: Place) -> Glance:
    """Open a few pages by each address of a host. A host that does not answer gives none: that is found later."""
    at, seen = time.time(), []
    for machine in machines(place):
        asker = Asker(machine)
        try:
            seen += list(_walk(asker, machine))
        except Unreachable:
            continue
        finally:
            asker.close()
    return Glance(at, tuple(seen))


def _walk(asker: Asker, place: Place) -> Iterator[tuple[str, Seen]]:
    chance = random.SystemRandom()
    home = asker.ask("/", encoding=browser.accepted(place.scheme), kept=_MOST)
    yield "/", home
    links = sorted({link for link in map(unescape, _LINK.findall(_text(home))) if _is_page(link)} - {"/"})
    for path in chance.sample(links, min(PAGES, len(links))):
        yield path, asker.ask(path, encoding=browser.accepted(place.scheme))


def _is_page(link: str) -> bool:
    try:
        return check_path(link).endswith("/")
    except PathError:
        return False


def _text(seen: Seen) -> str:
    coding = seen.one("Content-Encoding").lower()
    try:
        plain: bytes = {"br": brotli.decompress, "gzip": gzip.decompress}.get(coding, bytes)(seen.start)
    except (brotli.error, OSError, EOFError):
        return ""
    return plain[:_MOST].decode("utf-8", "replace")
