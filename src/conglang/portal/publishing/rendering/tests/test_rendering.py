"""From a touch to what a path answers."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from conglang.portal.publishing.rendering import actions, queries, registry
from conglang.portal.publishing.rendering.actions import rendering as batches
from conglang.portal.publishing.rendering.actions.recording import record
from conglang.portal.publishing.rendering.drawing import draw
from conglang.portal.publishing.rendering.models import Blob, Entry, Production, Stale, Touch
from conglang.portal.publishing.rendering.rules import Output, Rendered, Subject
from conglang.portal.publishing.rendering.shelving import shelve, store
from conglang.portal.publishing.rendering.tests import toy

pytestmark = pytest.mark.usefixtures("newspaper")


def render_all(*sites: str, at: datetime | None = None) -> None:
    actions.dispatch()
    for site in sites or toy.SITES:
        while actions.render_next(site, at=at or timezone.now()):
            pass


def assert_equals_full(*sites: str, at: datetime | None = None) -> None:
    for site in sites or toy.SITES:
        assert queries.answers(site) == queries.full_render(site, at=at or timezone.now())


def first_news() -> None:
    actions.rebuild(toy.SITES, by="test", reason="first")
    toy.write("n1", site="badinh", section="y-te", slug="tiem-chung", title="Lịch tiêm chủng")
    render_all()


def generation(path: str, site: str = "badinh") -> int:
    return Entry.objects.get(site=site, path=path).generation


class TestAChangeReachesExactlyItsReaders:
    def test_a_new_note_appears_on_its_page_its_section_and_the_front(self) -> None:
        first_news()

        assert set(queries.answers("badinh")) == {"/", "/van-hoa/", "/y-te/", "/tin/tiem-chung/"}
        assert_equals_full()

    def test_other_sections_and_sites_are_not_rendered_again(self) -> None:
        first_news()

        toy.write("n1", site="badinh", section="y-te", slug="tiem-chung", title="Lịch tiêm chủng mới")
        actions.dispatch()

        waiting = {mark.subject for mark in Stale.objects.all()}
        assert waiting == {
            Subject("note", "badinh", "n1"), Subject("list", "badinh", "y-te"), Subject("list", "badinh", "front"),
        }  # fmt: skip

    def test_a_note_that_moves_changes_the_section_it_left(self) -> None:
        first_news()
        toy.write("n1", site="badinh", section="van-hoa", slug="tiem-chung", title="Lịch tiêm chủng")
        render_all()

        assert_equals_full()
        assert b"ti\xc3\xaam" not in store().read(queries.answers("badinh")["/y-te/"].digest or "")

    def test_a_note_that_moves_to_another_site_leaves_a_redirect(self) -> None:
        first_news()
        toy.write("n1", site="hoankiem", section="y-te", slug="tiem-chung", title="Lịch tiêm chủng")
        render_all()

        assert (
            queries.answers("badinh")["/tin/tiem-chung/"].location == "http://hoankiem.test/tin/tiem-chung/"
        )
        assert_equals_full()

    def test_equal_bytes_stop_there(self) -> None:
        first_news()
        before = generation("/y-te/")
        toy.touch({"note:n1"})
        render_all()

        assert generation("/y-te/") == before

    def test_a_rebuild_of_an_unchanged_site_changes_no_answer(self) -> None:
        first_news()
        Entry.objects.update(dirty=False)
        actions.rebuild(["badinh"], by="test", reason="again")
        render_all()

        assert not Entry.objects.filter(dirty=True).exists()

    def test_what_the_editor_just_published_goes_before_the_many_that_show_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(batches, "FEW", 2)
        first_news()
        toy.write("n2", site="badinh", section="y-te", slug="kham-benh", title="Khám bệnh miễn phí")
        actions.dispatch()

        batch = actions.render_next("badinh", at=timezone.now())

        assert batch is not None and batch.urgent and batch.rendered == 1
        assert "/tin/kham-benh/" in queries.answers("badinh")

    def test_a_living_page_wins_its_address_over_an_old_redirect(self) -> None:
        first_news()
        toy.write("n1", site="badinh", section="y-te", slug="lich-tiem", title="Lịch tiêm chủng")
        toy.write("n2", site="badinh", section="y-te", slug="tiem-chung", title="Tiêm chủng là gì")
        render_all()
        assert queries.answers("badinh")["/tin/tiem-chung/"].status == 200

        toy.unpublish("n2")
        render_all()
        assert queries.answers("badinh")["/tin/tiem-chung/"].status == 301
        assert_equals_full()

    def test_a_path_gets_a_later_time_with_every_new_content(self) -> None:
        first_news()
        times = [Entry.objects.get(site="badinh", path="/tin/tiem-chung/").mtime]
        for title in ("hai", "ba"):
            toy.write("n1", site="badinh", section="y-te", slug="tiem-chung", title=title)
            render_all()
            times.append(Entry.objects.get(site="badinh", path="/tin/tiem-chung/").mtime)

        assert times[0] < times[1] < times[2]


class TestNothingIsLost:
    def test_a_touch_while_its_reader_is_being_rendered(self) -> None:
        """The render sees the old note; the touch is committed and dispatched before the render is recorded."""
        first_news()
        toy.touch({"note:n1"})
        actions.dispatch()
        marks = list(Stale.objects.filter(site="badinh"))
        drawings = list(draw("badinh", [mark.subject for mark in marks], at=timezone.now()))

        toy.write("n1", site="badinh", section="y-te", slug="tiem-chung", title="Lịch mới")
        actions.dispatch()
        shelve(drawings)
        for drawing in drawings:
            record([drawing], {mark.subject: mark.generation for mark in marks})

        assert {mark.subject for mark in Stale.objects.filter(site="badinh")} >= {
            mark.subject for mark in marks
        }
        render_all()
        assert_equals_full()

    def test_a_touch_of_a_key_that_only_the_new_rendering_reads(self) -> None:
        """Dispatch looks for readers before the rendering that reads the key is recorded."""
        first_news()
        toy.write("n2", site="badinh", section="van-hoa", slug="hoi-lang", title="Hội làng")
        actions.dispatch()
        marks = list(Stale.objects.filter(site="badinh"))
        drawings = list(draw("badinh", [mark.subject for mark in marks], at=timezone.now()))

        with transaction.atomic():  # only the note's own key: who lists it is known from recorded reads alone
            toy.run("UPDATE toy_note SET title = 'Hội làng Đông' WHERE ident = 'n2'")
            toy.touch({"note:n2"})
        actions.dispatch()
        shelve(drawings)
        for drawing in drawings:
            record([drawing], {mark.subject: mark.generation for mark in marks})

        assert Subject("list", "badinh", "van-hoa") in {mark.subject for mark in Stale.objects.all()}
        render_all()
        assert_equals_full()

    def test_a_note_that_comes_back_while_its_absence_is_being_rendered(self) -> None:
        """A rendering that gave nothing has read nothing; only the renewed mark says that it must be done again."""
        first_news()
        toy.unpublish("n1")
        actions.dispatch()
        marks = list(Stale.objects.filter(site="badinh"))
        drawings = list(draw("badinh", [mark.subject for mark in marks], at=timezone.now()))

        toy.write("n1", site="badinh", section="y-te", slug="tiem-chung", title="Lịch tiêm chủng")
        actions.dispatch()
        shelve(drawings)
        for drawing in drawings:
            record([drawing], {mark.subject: mark.generation for mark in marks})

        render_all()
        assert "/tin/tiem-chung/" in queries.answers("badinh")
        assert_equals_full()

    def test_a_touch_that_commits_after_a_younger_one_was_dispatched(self) -> None:
        """Row numbers do not follow commits: the outbox must not be read up to a number."""
        first_news()
        written, go_on = threading.Event(), threading.Event()

        def slow_editor() -> None:
            with transaction.atomic():
                toy.write("n1", site="badinh", section="y-te", slug="tiem-chung", title="Chậm mà chắc")
                written.set()
                go_on.wait(10)
            connection.close()

        editor = threading.Thread(target=slow_editor)
        editor.start()
        written.wait(10)
        toy.write("n2", site="badinh", section="y-te", slug="nhanh", title="Nhanh")
        render_all()
        go_on.set()
        editor.join()
        render_all()

        assert not Touch.objects.filter(dispatched_at=None).exists()
        assert_equals_full()

    def test_two_editors_neither_wait_nor_lose_the_wake_up(self) -> None:
        """With a queueing lock the second editor waits for the first, fails, or his wake-up is swallowed."""
        first_news()
        ProcrastinateJob.objects.all().count()
        jobs_before = len(dispatch_jobs())
        saved, go_on = threading.Event(), threading.Event()

        def first_editor() -> None:
            with transaction.atomic():
                toy.write("n1", site="badinh", section="y-te", slug="tiem-chung", title="Một")
                saved.set()
                go_on.wait(10)
            connection.close()

        first = threading.Thread(target=first_editor)
        first.start()
        saved.wait(10)
        started = timezone.now()
        toy.write("n2", site="hoankiem", section="y-te", slug="hai", title="Hai")
        waited = timezone.now() - started
        actions.dispatch()  # the second editor's job: takes his touch, sees nothing of the first
        go_on.set()
        first.join()

        assert waited < timedelta(seconds=1)
        assert (
            len(dispatch_jobs()) == jobs_before + 2
        )  # each its own, the first one's became visible with its touch
        assert Touch.objects.filter(dispatched_at=None).count() == 1
        render_all()
        assert_equals_full()

    def test_a_rolled_back_change_wakes_nobody(self) -> None:
        first_news()
        jobs_before = len(dispatch_jobs())
        with pytest.raises(RuntimeError), transaction.atomic():
            toy.write("n1", site="badinh", section="y-te", slug="tiem-chung", title="Thôi")
            raise RuntimeError("the editor pressed stop")

        assert not Touch.objects.filter(dispatched_at=None).exists()
        assert len(dispatch_jobs()) == jobs_before


def dispatch_jobs() -> list[ProcrastinateJob]:
    return list(ProcrastinateJob.objects.filter(task_name="rendering.dispatch"))


class TestOneFaultStaysAlone:
    def spoil(self, ident: str) -> None:
        def hinder(other: str) -> None:
            if other == ident:
                raise ZeroDivisionError("a broken table")

        toy.NoteFamily.hindrance = staticmethod(hinder)

    def test_one_broken_note_does_not_stop_its_site(self) -> None:
        first_news()
        self.spoil("n2")
        for number in range(2, 9):
            toy.write(
                f"n{number}", site="badinh", section="y-te", slug=f"tin-{number}", title=f"Tin {number}"
            )
        render_all()

        assert {f"/tin/tin-{number}/" for number in range(3, 9)} <= set(queries.answers("badinh"))
        assert "/tin/tin-2/" not in queries.answers("badinh")

    def test_after_three_tries_it_is_set_aside_with_its_error_and_tried_again_when_touched(self) -> None:
        first_news()
        self.spoil("n1")
        toy.write("n1", site="badinh", section="y-te", slug="tiem-chung", title="Hỏng")
        for minutes in range(5):
            render_all(at=timezone.now() + timedelta(minutes=minutes))

        (failure,) = queries.failures(["badinh"])
        assert "a broken table" in failure.error
        assert queries.answers("badinh")["/tin/tiem-chung/"].status == 200  # readers keep what they had

        toy.NoteFamily.hindrance = staticmethod(lambda ident: None)
        toy.write("n1", site="badinh", section="y-te", slug="tiem-chung", title="Lành")
        render_all()
        assert queries.failures(["badinh"]) == []
        assert_equals_full()

    def test_a_family_that_cannot_say_what_is_born_holds_back_no_other_touch(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first_news()

        def refuse(self: object, keys: frozenset[str]) -> list[Subject]:
            if "former:bad" in keys:
                raise KeyError("bad")
            return []

        monkeypatch.setattr(toy.FormerFamily, "born_of", refuse)
        toy.touch({"former:bad"})
        toy.write("n2", site="badinh", section="y-te", slug="moi", title="Mới")
        for _ in range(3):
            render_all()

        assert "/tin/moi/" in queries.answers("badinh")
        assert [failure.what for failure in queries.failed_touches()] == ["former:bad"]

    def test_an_output_without_a_source_is_not_rendered(self, monkeypatch: pytest.MonkeyPatch) -> None:
        first_news()
        made = Rendered("n1", (Output("/tin/x/", body=b"x"),), frozenset({"note:n1"}))
        monkeypatch.setattr(toy.NoteFamily, "render", lambda self, site, idents, at: iter([made]))
        toy.touch({"note:n1"})
        render_all()

        assert "names no source" in Stale.objects.get(family="note").error

    def test_bytes_that_are_not_in_the_store_fail_their_subject_only(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first_news()
        made = Rendered("n1", (Output("/_/m/x.png", blob="0" * 64),), frozenset({"note:n1"}), toy.source("x"))
        monkeypatch.setattr(toy.NoteFamily, "render", lambda self, site, idents, at: iter([made]))
        toy.touch({"note:n1"})
        render_all()

        assert "does not hold the bytes" in Stale.objects.get(family="note").error


class TestStore:
    def test_every_answer_lies_in_the_store_with_its_siblings_known(self) -> None:
        toy.write("n1", site="badinh", section="y-te", slug="dai", title="Dài " * 500)
        render_all()

        digest = queries.answers("badinh")["/tin/dai/"].digest
        blob = Blob.objects.get(digest=digest)
        assert store().has(blob.digest) and store().size(blob.digest, "br") == blob.br_size < blob.size

    def test_a_family_whose_code_is_gone_takes_its_outputs_along(self) -> None:
        first_news()
        registry.unregister("list")
        actions.catch_up(toy.SITES)
        render_all()

        assert set(queries.answers("badinh")) == {"/tin/tiem-chung/"}
        assert not Production.objects.filter(family="list").exists()

    def test_new_code_of_a_family_is_noticed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        first_news()
        actions.catch_up(toy.SITES)  # families without outputs are asked again each time
        render_all()
        monkeypatch.setattr(toy.ListFamily, "version", "2")
        actions.catch_up(["badinh"])
        actions.dispatch()

        assert {mark.family for mark in Stale.objects.filter(site="badinh")} == {"list"}

    def test_a_whole_day_is_kept_of_what_was_dispatched(self) -> None:
        first_news()
        now = datetime.now(UTC)

        assert actions.prune(at=now + timedelta(hours=23)) == 0
        assert actions.prune(at=now + timedelta(hours=25)) > 0
