"""What editors see of editions: what each brought and why, and any kept one shown again."""

import hashlib
import json
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conglang.portal.publishing.releases import actions, history
from conglang.portal.publishing.releases.actions import releasing
from conglang.portal.publishing.releases.models import Edition, Rollback, Version
from conglang.portal.publishing.rendering import actions as rendering
from conglang.portal.publishing.rendering import queries as rendered
from conglang.portal.publishing.rendering.actions import rendering as batches
from conglang.portal.publishing.rendering.causes import acting
from conglang.portal.publishing.rendering.models import Pin
from conglang.portal.publishing.rendering.rules import Answer
from conglang.portal.publishing.rendering.tests import toy

from .signer_process import Signer
from .test_releases import signed

SITE = "badinh"


def write(title: str, ident: str = "n1", slug: str = "mot") -> None:
    toy.write(ident, site=SITE, section="y-te", slug=slug, title=title)


def publish() -> int:
    rendering.dispatch()
    actions.publish_site(SITE)
    return Edition.objects.filter(site=SITE).latest("number").number


def unchanged() -> None:
    """Incremental ≡ full, and the open versions are what is served."""
    now = rendered.answers(SITE)
    assert now == rendered.full_render(SITE, at=timezone.now())
    assert now == {
        row.path: Answer(row.status, row.digest, row.location)
        for row in Version.objects.filter(site=SITE, to_edition=None)
    }


def roll_back(edition: int, path: str | None = None) -> int:
    actions.roll_back(SITE, edition, by="test", reason="Sai số liệu", path=path)
    return publish()


@pytest.fixture
def three(signer: Signer) -> list[int]:
    """Three editions: a note; a second one; the first corrected and the second gone."""
    rendering.rebuild([SITE], by="test", reason="first")
    write("Tin đầu")
    found = [publish()]
    write("Tin hai", "n2", "hai")
    found.append(publish())
    write("Tin đầu, đã sửa")
    toy.unpublish("n2")
    return [*found, publish()]


def test_a_publish_writes_a_row_for_each_path_it_changed_and_no_other(three: list[int]) -> None:
    before = Version.objects.count()
    with acting("u-1", "Nguyễn Văn A"):
        write("Tin ba", "n3", "ba")
    number = publish()

    assert Version.objects.count() == before + 3
    words = {item.path: item.word for item in history.diff(SITE, three[-1], number)}
    assert words == {"/": "changed", "/y-te/": "changed", "/tin/ba/": "added"}
    assert number == three[-1] + 1  # the note and the few pages that show it are one edition
    assert {item.path for item in history.brought_by(SITE, number)} == words.keys()


def test_a_note_that_many_pages_show_comes_before_them_for_the_same_cause(
    three: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "FEW", 2)
    with acting("u-1", "Nguyễn Văn A"):
        write("Tin ba", "n3", "ba")
    number = publish()

    first = history.edition(SITE, three[-1] + 1)
    assert first.number == number - 1
    assert [item.path for item in history.brought_by(SITE, first.number)] == ["/tin/ba/"]
    assert first.causes == history.edition(SITE, number).causes


def test_an_edition_says_who_did_what(three: list[int]) -> None:
    with acting("u-1", "Nguyễn Văn A"):
        write("Tin ba", "n3", "ba")
    publish()
    last = Edition.objects.filter(site=SITE).latest("number")

    assert last.causes == [{"verb": "change", "by": "u-1", "name": "Nguyễn Văn A"}]
    assert last.people == ["test"]  # who stands for the new sources
    rendering.rebuild([SITE], by="u-2", reason="thử")
    publish()
    assert Edition.objects.filter(site=SITE).latest("number") == last  # nothing new: no edition


def test_every_kept_edition_is_as_it_was_released(signer: Signer) -> None:
    states = {}
    for round_, slug in enumerate(["mot", "hai", "mot", "ba"]):
        write(f"Tin {round_}", slug=slug)
        number = publish()
        states[number] = signed(signer)
    toy.unpublish("n1")
    number = publish()
    states[number] = signed(signer)

    assert {number: history.state_at(SITE, number) for number in states} == states


def test_two_editions_are_compared_either_way_and_in_words(three: list[int]) -> None:
    one, two, last = three
    forth = {item.path: item.word for item in history.diff(SITE, one, last)}
    back = {item.path: item.word for item in history.diff(SITE, last, two)}
    (note,) = (item for item in history.diff(SITE, one, last) if item.path == "/tin/mot/")

    assert forth == {"/": "changed", "/y-te/": "changed", "/tin/mot/": "changed"}
    assert back["/tin/hai/"] == "added"
    lines = history.text_diff(note.path, note.before, note.after)
    assert lines is not None
    assert ("-", "Tin đầu") in [(line.sign, line.text) for line in lines]
    assert ("+", "Tin đầu, đã sửa") in [(line.sign, line.text) for line in lines]
    assert [row.from_edition for row in history.history_of(SITE, "/tin/mot/")] == [last, one - 1]


class TestRollback:
    def test_the_whole_site_answers_as_it_did_in_a_newer_edition(
        self, three: list[int], signer: Signer
    ) -> None:
        one, two, last = three
        for target in (one, two):  # the second over the first
            newer = roll_back(target)
            assert newer > last
            assert history.state_at(SITE, newer) == history.state_at(SITE, target) == signed(signer)
            unchanged()
        assert rendered.failures([SITE]) == []
        assert Edition.objects.get(number=newer).causes[-1]["verb"] == "roll-back"
        assert "/tin/mot/" in signed(signer)

    def test_it_comes_as_one_edition_also_when_the_site_is_larger_than_a_batch(
        self, signer: Signer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(batches, "BATCH", 2)
        for number in range(5):
            write(f"Tin {number}", f"n{number}", f"tin-{number}")
        one = publish()
        for number in range(5):
            write(f"Sửa {number}", f"n{number}", f"tin-{number}")
        last = publish()
        editions = Edition.objects.count()

        assert history.state_at(SITE, roll_back(one)) == history.state_at(SITE, one)
        assert Edition.objects.count() == editions + 1 and last

    @pytest.mark.slow
    def test_two_hundred_pages_take_less_than_a_second_of_work_and_few_statements(
        self, signer: Signer
    ) -> None:
        numbers = []
        rendering.rebuild([SITE], by="test", reason="first")
        for title in ("Tin", "Sửa"):
            for number in range(200):
                write(f"{title} {number}", f"n{number}", f"tin-{number}")
            numbers.append(publish())
        target = numbers[0]
        editions = Edition.objects.count()

        with CaptureQueriesContext(connection) as asked:
            begun = time.process_time()
            number = roll_back(target)
            work = time.process_time() - begun
        assert history.state_at(SITE, number) == history.state_at(SITE, target)
        assert Edition.objects.count() == editions + 1
        assert len(asked) < 100, [query["sql"][:80] for query in asked]
        assert work < 1.0, f"{work:.2f} s"
        unchanged()

    def test_one_page_answers_as_it_did_and_the_others_as_they_do(self, three: list[int]) -> None:
        one, _, last = three
        now = history.state_at(SITE, last)
        after = history.state_at(SITE, roll_back(one, "/tin/mot/"))

        assert after["/tin/mot/"] == history.state_at(SITE, one)["/tin/mot/"]
        assert {path for path in now if now[path] != after.get(path)} == {"/tin/mot/"}

    def test_a_page_that_was_not_there_is_not_there_again(self, three: list[int], signer: Signer) -> None:
        one = three[0]
        write("Tin xấu", "n3", "ba")
        publish()
        roll_back(one)

        assert "/tin/ba/" not in signed(signer)
        assert Pin.objects.get(path="/tin/ba/").status == 0
        unchanged()

    def test_publishing_a_page_anew_lifts_its_own_pin_and_no_other(
        self, three: list[int], signer: Signer
    ) -> None:
        write("Tin xấu", "n3", "ba")
        publish()
        roll_back(three[0])
        write("Tin tốt", "n3", "ba")
        publish()

        assert "/tin/ba/" in signed(signer)
        assert not Pin.objects.filter(path="/tin/ba/").exists() and Pin.objects.filter(path="/").exists()
        unchanged()

    def test_a_publish_from_before_the_rollback_does_not_undo_it(self, three: list[int]) -> None:
        write("Tin xấu", "n1", "mot")  # touched, not rendered yet
        after = history.state_at(SITE, roll_back(three[0]))

        assert after == history.state_at(SITE, three[0])
        unchanged()

    def test_lifted_as_a_whole_the_site_answers_what_its_content_gives(self, three: list[int]) -> None:
        before = history.state_at(SITE, three[-1])
        roll_back(three[0])
        assert actions.lift(SITE, by="test")
        after = history.state_at(SITE, publish())

        assert after == before and not Pin.objects.exists()
        assert not Rollback.objects.filter(lifted_at=None).exists()
        unchanged()

    def test_it_needs_a_reason_and_a_kept_edition(self, three: list[int]) -> None:
        with pytest.raises(actions.CannotRollBack, match="needs a reason"):
            actions.roll_back(SITE, three[0], by="test", reason="  ")
        with pytest.raises(history.NotKept):
            actions.roll_back(SITE, 10**9, by="test", reason="Sai")
        assert not Pin.objects.exists()

    @pytest.mark.parametrize("moment", ["rendered", "signed"])
    def test_killed_half_way_the_next_run_finishes(
        self, three: list[int], signer: Signer, monkeypatch: pytest.MonkeyPatch, moment: str
    ) -> None:
        actions.roll_back(SITE, three[0], by="test", reason="Sai")

        def die(*args: object, **kwargs: object) -> None:
            raise SystemExit

        with monkeypatch.context() as patch, pytest.raises(SystemExit):
            patch.setattr(releasing, "_release" if moment == "rendered" else "note_release", die)
            publish()
        number = publish()

        assert history.state_at(SITE, number) == history.state_at(SITE, three[0]) == signed(signer)
        unchanged()


def test_a_signer_that_counts_anew_begins_a_new_history(three: list[int]) -> None:
    Edition.objects.filter(number=three[-1]).update(number=10**6)
    write("Tin bốn", "n4", "bon")
    rendering.dispatch()
    actions.publish_site(SITE)

    assert Edition.objects.filter(site=SITE).filter(number__gt=three[-1] + 2).count() == 0
    unchanged()


class TestFilesOfTheDesign:
    """Old files stay for a day after the design changed (I2: what a page asks for is there)."""

    @pytest.fixture
    def restyle(self, signer: Signer, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
        from conglang.portal.publishing.rendering import registry

        known = [hashlib.sha256(text.encode()).hexdigest() for text in "ab"]  # as if design/ had held them
        (signer.data / "keys" / "designs.json").write_text(json.dumps(known))
        signer.kill()
        signer.start()
        family = Styles()
        monkeypatch.setitem(registry._families, family.name, family)

        def style(text: str) -> None:
            Styles.text = text
            rendering.touch({"style"})
            publish()

        rendering.rebuild([SITE], by="test", reason="first")
        return style

    def test_the_former_stylesheet_stays_a_day_and_then_goes(self, restyle: Callable[[str], None]) -> None:
        restyle("a")
        restyle("b")
        assert {"/_/a/a.css", "/_/a/b.css"} <= rendered.answers(SITE).keys()
        unchanged()

        assert rendering.end_stays(at=timezone.now()) == 0
        assert rendering.end_stays(at=timezone.now() + timedelta(hours=25)) == 1
        publish()
        assert "/_/a/a.css" not in rendered.answers(SITE)
        unchanged()

    def test_a_page_that_cannot_be_rendered_keeps_its_old_stylesheet(
        self, restyle: Callable[[str], None]
    ) -> None:
        restyle("a")
        write("Tin")
        rendering.dispatch()  # and nobody renders it
        Styles.text = "b"
        rendering.touch({"style"})
        rendering.dispatch()
        from conglang.portal.publishing.rendering.models import Stale

        Stale.objects.filter(family="note").update(quarantined=True)
        actions.publish_site(SITE)

        assert rendering.end_stays(at=timezone.now() + timedelta(hours=25)) == 0
        assert "/_/a/a.css" in rendered.answers(SITE)

    def test_a_rollback_brings_back_what_old_pages_ask_for(self, restyle: Callable[[str], None]) -> None:
        restyle("a")
        one = Edition.objects.filter(site=SITE).latest("number").number
        restyle("b")
        rendering.end_stays(at=timezone.now() + timedelta(hours=25))
        publish()
        roll_back(one, "/mau/")

        assert "/_/a/a.css" in rendered.answers(SITE)
        actions.lift(SITE, by="test")
        publish()
        assert not Pin.objects.exists() and "/_/a/a.css" in rendered.answers(SITE)  # for another day
        unchanged()


class Styles:
    """A page and the stylesheet it asks for, named by its content."""

    name, rank, version = "styles", 20, "1"
    text = "a"

    def subjects(self, site: str) -> list[str]:
        return ["all"]

    def born_of(self, keys: object) -> list[object]:
        return []

    def render(self, site: str, idents: object, *, at: object) -> object:
        from conglang.portal.publishing.rendering.rules import Output, Rendered

        sheet = f"/_/a/{self.text}.css"
        page = f'<!doctype html><title>x</title><link href="{sheet}"><p>{self.text}'
        outputs = (Output(sheet, body=self.text.encode()), Output("/mau/", body=page.encode()))
        yield Rendered("all", outputs, frozenset({"style"}), toy.source("styles"))
