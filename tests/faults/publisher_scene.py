"""The publisher brings one change to the public: real database, real store, a real signer process, an edge behind."""

import itertools
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from django.db import OperationalError, connections
from django.utils import timezone

from conglang.edge import audit
from conglang.edge.__main__ import pin_root
from conglang.edge.folder import EdgeFolder
from conglang.edge.puller import Puller
from conglang.edge.source import Source
from conglang.portal.publishing.releases import actions, queries
from conglang.portal.publishing.releases.models import Edition
from conglang.portal.publishing.rendering import actions as rendering
from conglang.portal.publishing.rendering import queries as rendered
from conglang.portal.publishing.rendering.models import Entry
from conglang.portal.publishing.rendering.rules import Answer
from conglang.portal.publishing.rendering.shelving import store
from conglang.portal.publishing.rendering.tests import toy
from conglang.wire.release import SignerClient

from .power import Disk, lose_what_is_unsafe
from .strace import FAULTS, KILL, Call

SITE, NEIGHBOUR = toy.SITES
# What was just published goes first, alone: the page at its new address and, an edition later, the redirect from its
# old one.
MOVED = ("/tin/mot/", "/tin/hai/")
Answers = dict[str, Answer]


class PublisherScene:
    """`data`: the folder of a running signer, which is also `settings.DATA`. Every reset makes another change.

    `power`: with kill -9 goes what no sync had reached of the store.
    """

    talks = True

    def __init__(self, data: Path, *, power: bool = False) -> None:
        self.data, self.disk = data, data / "store" / "objects"
        self.name, self.faults = ("publisher-power", (KILL,)) if power else ("publisher", FAULTS)
        self._power = power
        self.folders = [data / "store" / "objects"]
        self._numbers = itertools.count(1)
        folder = EdgeFolder(data / "edge" / "1")
        shutil.rmtree(folder.root, ignore_errors=True)
        pin_root(folder.root, data / "keys" / "root.json")
        self.puller = Puller(folder, Source(str(data / "store")))
        rendering.rebuild(toy.SITES, by="test", reason="first")
        toy.write("h1", site=NEIGHBOUR, section="van-hoa", slug="mot", title="Hoàn Kiếm")
        for _ in range(3):
            self._change()
            self.publish()
        actions.publish_site(NEIGHBOUR)
        self._pull()

    def _change(self) -> None:
        number = next(self._numbers)
        toy.write(
            "n1", site=SITE, section="y-te", slug=("mot", "hai")[number % 2], title=f"Lần thứ {number:06}"
        )
        toy.write(
            "n2", site=SITE, section=("y-te", "van-hoa")[number % 2], slug="ba", title=f"Nữa {number:06}" * 30
        )

    def publish(self) -> actions.SiteReport:
        rendering.dispatch()
        return actions.publish_site(SITE)

    def _pull(self) -> None:
        self.puller.pull()
        assert self.puller.health.trouble == "", self.puller.health.trouble

    def _seen(self, site: str) -> Answers:
        """What an edge has verified, applied, and shows byte for byte."""
        assert list(audit.differences(self.puller.folder, site)) == []
        entries = self.puller.folder.entries(site)
        return {path: Answer(entry.status, entry.digest, entry.location) for path, entry in entries.items()}

    def reset(self) -> None:
        self.old = self._seen(SITE)
        self._neighbour = self.puller.folder.applied().sites[NEIGHBOUR]
        self._before = self._editions()[SITE]
        self._change()
        self.new = rendered.full_render(SITE, at=timezone.now())
        assert self.new != self.old
        self._safe = Disk.of(self.disk)
        connections.close_all()  # a child must not inherit a conversation

    def act(self) -> str:
        """What a worker does: a job that fails is taken up again by the sweep."""
        for _ in range(3):
            with suppress(OSError, OperationalError):
                report = self.publish()
                if not (report.failed or Entry.objects.filter(site=SITE, dirty=True).exists()):
                    return "done"
        return "not published"

    def struck(self, calls: Sequence[Call]) -> None:
        if self._power:
            lose_what_is_unsafe(self._safe, calls)

    def stopped(self, done: bool) -> None:
        self._pull()
        seen = self._seen(SITE)
        if done:
            assert seen == self.new, "an acknowledged publish is not public"
        for path in seen.keys() | self.old.keys() | self.new.keys():
            between = [None] if path in MOVED else []
            may = [self.old.get(path), self.new.get(path), *between]
            assert seen.get(path) in may, f"{path} is of no edition"
        assert self._editions()[SITE] >= self._before

    def recovered(self, done: bool) -> None:
        before = self._editions()[SITE]
        report = self.publish()
        self._pull()
        full = rendered.full_render(SITE, at=timezone.now())
        assert self._seen(SITE) == rendered.answers(SITE) == full == self.new
        after = self._editions()[SITE]
        assert after >= before and (not done or report.edition is None), "published once more"
        assert queries.last_editions([SITE])[SITE] == after, "the edition was not noted"
        assert Edition.objects.filter(site=SITE, number=after).count() == 1
        assert self.puller.folder.applied().sites[NEIGHBOUR] == self._neighbour, "another site was changed"
        self._assert_store_is_tidy()

    def _assert_store_is_tidy(self) -> None:
        left = [file.name for file in (self.data / "store/objects/tmp").iterdir()]
        store().clear_half_written()
        assert list((self.data / "store/objects/tmp").iterdir()) == [], left

    def _editions(self) -> dict[str, int]:
        return dict(SignerClient(self.data / "spool" / "signer.sock").ping().editions)
