"""One turn of an edge: sites brought to their newest editions, some together, none held up by another in trouble."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from tuf.ngclient import Updater

from conglang.edge.applied import Applied, AppliedSite
from conglang.edge.apply import apply_sites
from conglang.edge.folder import EdgeFolder, now
from conglang.edge.following import Editions
from conglang.edge.source import Source
from conglang.edge.trouble import OF_ONE_SITE
from conglang.wire import durable
from conglang.wire.paths import check_site_key

TOGETHER = 16  # sites that share their syncs; the first is shown after the last was fetched
IN_TROUBLE = 3  # so many and the source is to blame, not the sites


class Turn:
    """Afterwards `failed` are the sites that could not be applied, `left` those that made room for newer news."""

    def __init__(
        self,
        updater: Updater,
        folder: EdgeFolder,
        editions: Editions,
        source: Source,
        *,
        fail: Callable[[Exception], None],
    ) -> None:
        """`fail` hears of each failure, when what it left half-done has to be cleared away."""
        self._updater = updater
        self._folder = folder
        self._editions = editions
        self._source = source
        self._fail = fail
        self.failed: list[str] = []
        self.left: set[str] = set()

    def apply_all(self, editions: Mapping[str, int], *, last: Collection[str], newest: bytes) -> int:
        """Apply what can be applied. Returns how many sites were; 0 when the source is to blame.

        `last`: sites that were left before and wait for what is new. `newest`: the timestamp these editions came with.
        """
        waiting = sorted(editions, key=last.__contains__)
        while waiting and len(self.failed) < IN_TROUBLE:
            together, waiting = waiting[:TOGETHER], waiting[TOGETHER:]
            if not self._applied(together, editions) and len(together) > 1:
                self._one_by_one(together, editions)
                continue
            if waiting and not self.failed and self._source.timestamp() != newest:
                self.left = set(waiting)  # whoever signed meanwhile has perhaps one page for readers
                waiting = []
        done = len(editions) - len(self.failed) - len(self.left)
        return done if len(self.failed) < IN_TROUBLE else 0

    def _one_by_one(self, sites: Iterable[str], editions: Mapping[str, int]) -> None:
        """No more failures than make the source the one to blame."""
        before = len(self.failed)
        for site in sites:
            self._applied([site], editions)
            if len(self.failed) - before == IN_TROUBLE:
                break

    def _applied(self, sites: Sequence[str], editions: Mapping[str, int]) -> bool:
        """False when one of several is in trouble, or the only one, which is then noted."""
        try:
            self._apply(sites, editions)
        except OF_ONE_SITE as error:
            if len(sites) == 1:
                self.failed.append(sites[0])
                self._fail(error)
            return False
        return True

    def _apply(self, sites: Sequence[str], editions: Mapping[str, int]) -> None:
        """Have these sites show their editions, and note it."""
        following = [
            self._editions.following(self._updater, check_site_key(site), editions[site]) for site in sites
        ]
        apply_sites(self._folder, [one.change for one in following], self._source.object)
        durable.write_many({self._folder.role(one.change.site): one.role for one in following})
        applied, at = self._folder.applied(), now()
        shown = {one.change.site: AppliedSite(one.edition, at, one.manifest) for one in following}
        self._folder.record(Applied({**applied.sites, **shown}, applied.hosts))
