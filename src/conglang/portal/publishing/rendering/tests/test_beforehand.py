"""What is rendered before its moment takes the place of rendering exactly when it is what rendering would give."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from conglang.portal.publishing.rendering import actions, clock, queries
from conglang.portal.publishing.rendering.models import Deed, Prepared, Reached, Touch
from conglang.portal.publishing.rendering.rules import Subject
from conglang.portal.publishing.rendering.tests import toy

SITE = "badinh"


@pytest.fixture
def soon(newspaper: None) -> datetime:
    """A moment two minutes from now; the site is rendered and nothing waits."""
    actions.rebuild([SITE], by="test", reason="first")
    put("n1", "Tin một", "mot")
    settle(timezone.now())
    return timezone.now().replace(microsecond=0) + timedelta(minutes=2)


def put(ident: str, title: str, slug: str, closes_at: datetime | None = None) -> None:
    toy.write(ident, site=SITE, section="van-hoa", slug=slug, title=title, closes_at=closes_at)


def settle(at: datetime) -> int:
    """Dispatch and render until nothing waits; how many subjects."""
    actions.dispatch()
    actions.mark_due(at=at)
    count = 0
    while progress := actions.render_next(SITE, at=at):
        count += progress.rendered
    return count


def foreseen(digest: str, do: Callable[[], None]) -> actions.Foreseen:
    def deed() -> str:
        do()
        return digest * 64

    return actions.Foreseen(digest, deed)


def happens(digest: str, do: Callable[[], None]) -> None:
    with transaction.atomic():
        actions.note_deed(digest * 64)
        do()


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The notes that families were asked to render, as they are asked."""
    seen: list[str] = []
    monkeypatch.setattr(toy.NoteFamily, "hindrance", staticmethod(seen.append))
    return seen


def test_a_note_foreseen_is_public_at_its_moment_without_being_rendered_again(
    soon: datetime, drawn: list[str]
) -> None:
    def appear() -> None:
        put("n2", "Công bố lúc tám giờ", "tam-gio")

    outlook = actions.prepare_deeds([foreseen("a", appear)], moment=soon)
    assert (outlook.subjects, outlook.errors) == (3, {})  # the note, its list, the front page
    assert "/tin/tam-gio/" not in queries.answers(SITE)
    assert toy.note("n2") is None and not Touch.objects.filter(dispatched_at=None).exists()
    drawn.clear()

    happens("a", appear)
    settle(soon)

    assert drawn == []
    assert queries.answers(SITE) == queries.full_render(SITE, at=soon)
    assert "/tin/tam-gio/" in queries.answers(SITE)
    assert not Prepared.objects.exists()


def test_what_was_edited_meanwhile_is_rendered_anew_and_the_rest_is_not(
    soon: datetime, drawn: list[str]
) -> None:
    def appear() -> None:
        put("n2", "Công bố lúc tám giờ", "tam-gio")

    actions.prepare_deeds([foreseen("a", appear)], moment=soon)
    put("n1", "Tin một, đã sửa", "mot")  # stands in the list and on the front page
    settle(timezone.now())
    drawn.clear()

    happens("a", appear)
    settle(soon)

    assert drawn == []  # the note itself
    assert queries.answers(SITE) == queries.full_render(SITE, at=soon)


def test_another_deed_than_the_one_foreseen_is_rendered_as_it_is(soon: datetime, drawn: list[str]) -> None:
    actions.prepare_deeds([foreseen("a", lambda: put("n2", "Bản cũ", "tam-gio"))], moment=soon)
    drawn.clear()

    happens("b", lambda: put("n2", "Bản mới", "tam-gio"))
    settle(soon)

    assert drawn == ["n2"]
    assert queries.answers(SITE) == queries.full_render(SITE, at=soon)


def test_a_deed_that_would_fail_is_named_and_the_others_are_prepared(soon: datetime) -> None:
    def fail() -> None:
        raise ValueError("trùng đường dẫn")

    outlook = actions.prepare_deeds(
        [foreseen("a", fail), foreseen("b", lambda: put("n2", "Tin hai", "hai"))], moment=soon
    )

    assert outlook.errors == {"a": "ValueError: trùng đường dẫn"}
    assert outlook.subjects == 3 and not Deed.objects.exists()


def test_what_changes_by_itself_is_swapped_in_at_its_moment(soon: datetime, drawn: list[str]) -> None:
    put("n2", "Góp ý dự thảo", "gop-y", closes_at=soon)
    settle(timezone.now())
    before = queries.answers(SITE)

    assert actions.prepare_changes(SITE, moment=soon).subjects == 1
    assert queries.answers(SITE) == before
    drawn.clear()
    settle(soon)

    assert drawn == []
    assert queries.answers(SITE) == queries.full_render(SITE, at=soon) != before


def test_a_rebuild_asked_for_meanwhile_is_a_rebuild(soon: datetime, drawn: list[str]) -> None:
    put("n2", "Góp ý dự thảo", "gop-y", closes_at=soon)
    settle(timezone.now())
    actions.prepare_changes(SITE, moment=soon)
    drawn.clear()

    actions.rebuild([SITE], by="test", reason="a new template")
    settle(soon)

    assert "n2" in drawn


def test_what_another_server_prepared_is_not_believed(soon: datetime, drawn: list[str]) -> None:
    put("n2", "Góp ý dự thảo", "gop-y", closes_at=soon)
    settle(timezone.now())
    actions.prepare_changes(SITE, moment=soon)
    Prepared.objects.update(server="of the backup")
    drawn.clear()

    settle(soon)

    assert drawn == ["n2"]


def test_bytes_that_are_gone_from_the_store_are_rendered_again(soon: datetime, drawn: list[str]) -> None:
    put("n2", "Góp ý dự thảo", "gop-y", closes_at=soon)
    settle(timezone.now())
    actions.prepare_changes(SITE, moment=soon)
    prepared = Prepared.objects.get()
    from conglang.portal.publishing.rendering.shelving import store

    store().path(prepared.outputs[0][2]).unlink()
    drawn.clear()

    settle(soon)

    assert drawn == ["n2"]


def test_what_was_prepared_in_vain_is_thrown_away(soon: datetime) -> None:
    actions.prepare_deeds([foreseen("a", lambda: put("n2", "Tin hai", "hai"))], moment=soon)

    assert actions.forget_prepared(at=soon) == 0
    assert actions.forget_prepared(at=soon + timedelta(minutes=11)) == 3


def test_a_clock_set_back_does_not_undo_what_a_moment_changed(soon: datetime) -> None:
    at = timezone.now() + timedelta(seconds=30)
    put("n2", "Góp ý dự thảo", "gop-y", closes_at=at)
    settle(timezone.now())
    settle(at)

    assert Reached.objects.get().at == at
    assert clock.present() == at  # though the machine's clock says less
    actions.rebuild([SITE], by="test", reason="after the clock was set back")
    settle(clock.present())
    assert queries.answers(SITE) == queries.full_render(SITE, at=at)


def test_looking_ahead_keeps_nobody_from_publishing(soon: datetime) -> None:
    def look() -> None:
        with transaction.atomic():
            put("n2", "Tin hai", "hai")
        assert "/tin/hai/" not in queries.answers(SITE)

    actions.prepare_deeds([foreseen("a", look)], moment=soon)
    put("n1", "Tin một, đã sửa", "mot")

    assert settle(timezone.now()) == 3
    assert Subject("note", SITE, "n2") not in {mark.subject for mark in queries.stale(SITE)}
