"""Comparing a whole host, as readers get it, with what was signed. Needs the root file and nothing else.

Editions may change meanwhile: whatever differs is compared again with the manifest of that moment, a few times, before
it is called a difference.
"""

import random
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from conglang.edge import state_seen, trust
from conglang.edge.chain import Chain, ChainBroken, NotThere
from conglang.edge.compare import ENCODINGS, Difference, Manner, Site, differences
from conglang.edge.glance import Glance, glance
from conglang.edge.memory import Memory
from conglang.edge.served import Asker, Place, Unreachable
from conglang.wire.manifest import Entry, ManifestError, decode_shard
from conglang.wire.objects import digest_of
from conglang.wire.paths import TRUST_PREFIX, belongs_to_edges

PAUSES = (0.5, 1.0, 2.0, 4.0)  # seconds before comparing again
MOST_SHOWN = 200  # differences of one host that are kept; a wholly foreign host has thousands


class NotListed(Exception):
    """The network is ours and sound, and does not know this host."""


@dataclass(frozen=True)
class Result:
    """What a host answers. `paths` were compared in `requests` requests. `fresh_until` None: nothing was signed.

    `shared`: the version of the shared state that the host shows; 0: none. `mended`: what was not as signed at first
    and is now, without a new edition between: somebody changed it, and the edge has put it right.
    """

    host: str
    site: str = ""
    edition: int = 0
    paths: int = 0
    requests: int = 0
    fresh_until: datetime | None = None
    shared: int = 0
    differences: tuple[Difference, ...] = ()
    mended: tuple[Difference, ...] = ()
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def stale(self) -> bool:
        return self.fresh_until is not None and self.at >= self.fresh_until

    @property
    def normal(self) -> bool:
        """All is as signed, and signed lately enough."""
        return not self.differences and not self.stale


@dataclass(frozen=True)
class _State:
    """What one host says was signed, verified."""

    chain: Chain
    site: str
    edition: int
    content: Site
    older: str = ""


class Verifier:
    """Verifies hosts with one root. Safe in several threads."""

    def __init__(
        self,
        root: bytes,
        memory: Memory,
        *,
        allowed: frozenset[str] = frozenset(),
        stop: threading.Event | None = None,
        slowly: bool = False,
    ) -> None:
        """`allowed`: names of headers that a machine in front may add; `slowly`: with the pauses of a reader."""
        self._root = root
        self._memory = memory
        self._allowed = allowed
        self._stop = stop or threading.Event()
        self._slowly = slowly

    def hosts(self, place: Place) -> list[str]:
        """All hosts of the signed list, asked at one place. Raises ChainBroken, NotThere or Unreachable."""
        asker = Asker(place)
        try:
            return sorted(Chain(self._root, _getter(asker)).hosts().hosts)
        finally:
            asker.close()

    def host(self, place: Place, *, tell: Callable[[int], None] = lambda paths: None) -> Result:
        """Compare every path of one host. `tell` hears how many are done. Never raises for what a host answers."""
        asker = Asker(place)
        try:
            return self._host(place, asker, tell)
        finally:
            asker.close()

    def _host(self, place: Place, asker: Asker, tell: Callable[[int], None]) -> Result:
        waiting: list[str] | None = None  # None: all paths of the site
        paths = requests = 0
        earlier: list[tuple[int, Difference]] = []
        before: Glance | None = glance(place)
        for pause in (*PAUSES, None):
            result, state = Result(place.host), None
            try:
                state = self._state(place, asker)
                asked = [*state.content.entries, _unknown()] if waiting is None else waiting
                result, count = self._compare(place, asker, state, asked, tell)
                requests += count
                if before is not None:  # once: the manifest of that moment is the one to judge it by
                    earlier += [
                        (state.edition, one)
                        for one in before.differences(state.content, self._manner(place, state))
                    ]
                    before = None
                paths = paths or len(asked) - 1
                differing = dict.fromkeys(
                    one.path for one in result.differences
                )  # a path may differ in several ways
                waiting = [path for path in differing if path and not belongs_to_edges(path)]
                earlier += [(state.edition, one) for one in result.differences if one.path in waiting]
            except (ChainBroken, NotThere, NotListed, Unreachable) as error:
                result = Result(place.host, differences=(Difference("", *_words(error)),))
            mistaken = any(one.what == "unlisted" for one in result.differences)
            if self._stop.is_set() or not result.differences or pause is None or mistaken:
                break
            self._stop.wait(pause)
        if state and not result.differences:
            self._memory.note(state.chain, state.site, state.edition, result.shared)
        known = {
            "paths": paths,
            "requests": requests,
            "at": datetime.now(UTC),
            "mended": _mended(earlier, result),
        }
        return Result(**{**vars(result), **known})

    def _state(self, place: Place, asker: Asker) -> _State:
        get = _getter(asker)
        chain = Chain(self._root, get)
        site = chain.hosts().hosts.get(place.host)
        if site is None:
            raise NotListed(f"{place.host} is not in the signed list of hosts")
        edition, signed = chain.site(site)
        entries: dict[str, Entry] = {}
        for shard, digest in signed.items():
            data = get(f"{site}/{shard}.json")
            if digest_of(data) != digest:
                raise ChainBroken(f"{site}/{shard}.json", "is not the one that was signed")
            try:
                entries |= decode_shard(data, site=site, shard=shard)
            except ManifestError as error:
                raise ChainBroken(f"{site}/{shard}.json", str(error)) from error
        return _State(chain, site, edition, Site(entries), self._memory.older(chain, site, edition))

    def _manner(self, place: Place, state: _State) -> Manner:
        return Manner(state.chain.hosts().noindex, place.scheme == "https", self._allowed)

    def _compare(
        self, place: Place, asker: Asker, state: _State, paths: Iterable[str], tell: Callable[[int], None]
    ) -> tuple[Result, int]:
        manner = self._manner(place, state)
        said = state_seen.look(asker, state.chain, self._memory, manner)
        found: list[Difference] = [*_editions(state), *said.differences]
        requests = 0
        chance = random.SystemRandom()
        shuffled = list(paths)
        chance.shuffle(shuffled)
        for number, path in enumerate(shuffled):
            for encoding in chance.sample(ENCODINGS, len(ENCODINGS)):
                if self._slowly:
                    self._stop.wait(chance.uniform(0.2, 2.0))
                if self._stop.is_set():
                    break
                requests += 1
                found += differences(
                    state.content, path, encoding, asker.ask(path, encoding=encoding), manner
                )
            tell(number)
            if len(found) >= MOST_SHOWN:
                break
        result = Result(
            place.host,
            state.site,
            state.edition,
            fresh_until=min(filter(None, (state.chain.fresh_until(), said.expires))),
            shared=said.version,
            differences=tuple(found),
        )
        return result, requests


def _mended(earlier: Iterable[tuple[int, Difference]], last: Result) -> tuple[Difference, ...]:
    """What differed from the edition that is still shown, and does not any more; each path once."""
    still = {one.path for one in last.differences}
    found = {one.path: one for edition, one in earlier if edition == last.edition and one.path not in still}
    return tuple(found.values())


def _editions(state: _State) -> Iterator[Difference]:
    newest = state.chain.newest_edition(state.site)
    if state.edition != newest:
        yield Difference("", "edition", str(newest), str(state.edition))
    if state.older:
        yield Difference("", "older", state.older, str(state.edition))


def _getter(asker: Asker) -> Callable[[str], bytes]:
    def get(name: str) -> bytes:
        status, data = asker.fetch(TRUST_PREFIX + name, limit=trust.LIMIT)
        if status == 404:
            raise NotThere(name)
        if status >= 500:
            raise Unreachable(f"{TRUST_PREFIX}{name}: status {status}")
        if status != 200:
            raise ChainBroken(name, f"status {status}")
        return data

    return get


def _unknown() -> str:
    """A path nobody published: its answer has to be the signed page for what is not found."""
    return f"/khong-co-{secrets.token_hex(8)}/"


def _words(error: Exception) -> tuple[str, str, str]:
    kinds = {ChainBroken: "signature", NotThere: "unsigned", NotListed: "unlisted", Unreachable: "answer"}
    return kinds[type(error)], "", str(error)
