"""What was just published goes alone; what depends on it follows; a design that breaks pages is held back."""

from typing import Any

import pytest
from django.db import connection

from conglang.portal.publishing.releases import actions, queries, tasks
from conglang.portal.publishing.releases.giving_way import give_way
from conglang.portal.publishing.releases.models import Edition
from conglang.portal.publishing.rendering import actions as rendering
from conglang.portal.publishing.rendering.actions import rendering as batches
from conglang.portal.publishing.rendering.models import Stale, Touch
from conglang.portal.publishing.rendering.rules import Subject
from conglang.portal.publishing.rendering.shelving import store
from conglang.portal.publishing.rendering.signals import released
from conglang.portal.publishing.rendering.tests import toy

from .signer_process import Signer
from .test_releases import publish, signed, write


class TestTwoQueues:
    def test_what_was_just_published_is_released_by_itself_before_the_many_that_show_it(
        self, signer: Signer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(batches, "FEW", 2)

        assert self.told_of_news() == [{"/tin/mot/"}, {"/", "/y-te/"}]

    def test_news_and_the_few_pages_that_show_it_are_one_edition(self, signer: Signer) -> None:
        assert self.told_of_news() == [{"/tin/mot/", "/", "/y-te/"}]

    def told_of_news(self) -> list[frozenset[str]]:
        rendering.rebuild(["badinh"], by="test", reason="first")
        publish()
        write("Tin mới")
        told: list[frozenset[str]] = []

        def hear(paths: frozenset[str], **_: Any) -> None:
            told.append(paths)

        released.connect(hear)
        try:
            publish()
        finally:
            released.disconnect(hear)
        return told

    def test_rendering_marks_nothing_else(self, signer: Signer) -> None:
        write("Tin mới")
        rendering.dispatch()
        waiting = set(Stale.objects.filter(site="badinh").values_list("family", "ident"))
        known = Touch.objects.count()

        actions.publish_site("badinh")

        assert waiting >= {("note", "n1")}
        assert Touch.objects.count() == known
        assert not Stale.objects.exists() and not Touch.objects.filter(dispatched_at=None).exists()

    def test_a_hundred_saves_in_a_row_are_few_editions_and_the_last_one_wins(self, signer: Signer) -> None:
        write("Lần đầu")
        publish()
        before = Edition.objects.filter(site="badinh").count()
        for number in range(100):
            write(f"Lần {number}")
        publish()

        assert Edition.objects.filter(site="badinh").count() - before <= 2
        digest = signed(signer)["/tin/mot/"].digest or ""
        assert "Lần 99" in store().read(digest).decode()


class TestBadTemplate:
    """A design in which three in ten pages cannot be made: readers notice nothing."""

    def many(self) -> None:
        rendering.rebuild(["badinh"], by="test", reason="first")
        for number in range(30):
            write(f"Tin {number}", f"n{number}", f"tin-{number}")
        publish()

    def spoil(self, share: int) -> None:
        def hinder(ident: str) -> None:
            if int(ident.removeprefix("n")) < share:
                raise ZeroDivisionError("a broken template")

        toy.NoteFamily.hindrance = staticmethod(hinder)

    def change_design(self, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
        plain = toy.page
        monkeypatch.setattr(toy, "page", lambda path, text: plain(path, f"{words} {text}"))
        rendering.rebuild(["badinh"], by="test", reason="another design")

    def test_no_page_changes_and_the_report_says_why(
        self, signer: Signer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.many()
        before, editions = signed(signer), Edition.objects.count()
        self.spoil(9)
        self.change_design("mới", monkeypatch)

        report = publish()

        assert report.problem and report.failed == 9
        assert (signed(signer), Edition.objects.count()) == (before, editions)
        write("Trong khi chờ", "n29", "tin-29")  # not half a new design with it either
        assert publish().problem and signed(signer) == before

    def test_with_the_former_design_back_all_is_as_it_was(
        self, signer: Signer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.many()
        before = signed(signer)
        with monkeypatch.context() as broken:
            self.spoil(9)
            self.change_design("mới", broken)
            assert publish().problem

        self.spoil(0)
        rendering.rebuild(["badinh"], by="test", reason="former design")

        assert not publish().problem
        assert signed(signer) == before

    def test_one_broken_page_stops_nobody(self, signer: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
        self.many()
        self.spoil(1)
        self.change_design("mới", monkeypatch)

        report = publish()

        assert (report.failed, report.problem) == (1, "")
        assert report.released > 25


class TestGivingWay:
    def test_part_of_a_rebuild_waits_while_news_is_under_way(self, signer: Signer) -> None:
        write("Tin mới")  # its job waits for a worker

        assert give_way(tasks.NEWS, longest=0.2) >= 0.2

    def test_rebuild_goes_on_at_once_when_there_is_no_news(self, signer: Signer) -> None:
        rendering.rebuild(["badinh"], by="test", reason="first")
        rendering.dispatch()

        assert give_way(tasks.NEWS) < 0.2

    def test_part_under_way_lets_news_go_first_before_it_writes_and_before_it_is_signed(
        self, signer: Signer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rendering.rebuild(["badinh"], by="test", reason="first")
        rendering.dispatch()
        Stale.objects.update(priority=batches.HOME)
        waited: list[float] = []
        monkeypatch.setattr(tasks, "give_way", lambda queue, *, longest=3.0: waited.append(longest))

        tasks.publish_site("badinh")

        assert waited == [3.0, tasks.PAUSE, tasks.PAUSE]
        assert signed(signer)

    def test_news_itself_waits_for_nobody(self, signer: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
        write("Tin mới")
        rendering.dispatch()
        monkeypatch.setattr(tasks, "give_way", lambda queue, **_: pytest.fail("news gave way"))

        tasks.publish_site("badinh")

        assert "/tin/mot/" in signed(signer)


class TestJobOfATouch:
    """The job a touch defers does what follows itself, where that is one site's news."""

    def test_news_of_one_site_is_public_when_the_job_of_its_touch_ends(self, signer: Signer) -> None:
        write("Tin mới")

        tasks.dispatch()

        assert "/tin/mot/" in signed(signer)
        assert not queries.sites_with_jobs()

    def test_site_that_is_being_published_gets_a_job_that_waits_for_its_turn(self, signer: Signer) -> None:
        write("Tin mới")
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, hashtext('badinh'))", [0x636C01])
            tasks.dispatch()
        other.close()

        assert Stale.objects.filter(site="badinh").exists()
        assert queries.sites_with_jobs() == {"badinh"}

    def test_several_sites_get_a_job_each(self, signer: Signer) -> None:
        rendering.touch([], first=[Subject("note", site, "n1") for site in ("badinh", "hoankiem")])

        tasks.dispatch()

        assert queries.sites_with_jobs() == {"badinh", "hoankiem"}

    def test_job_of_news_leaves_rebuilds_to_their_own_job(self, signer: Signer) -> None:
        rendering.rebuild(["badinh", "hoankiem"], by="test", reason="first")

        tasks.dispatch()
        assert not queries.sites_with_jobs()

        tasks.dispatch_rebuilds()
        assert queries.sites_with_jobs() == {"badinh", "hoankiem"}
