"""Sites rendered again by order: written down, home pages first, behind whatever an editor publishes."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from conglang.portal.publishing.releases import actions, tasks
from conglang.portal.publishing.releases.models import Edition, Rebuild
from conglang.portal.publishing.rendering import actions as rendering
from conglang.portal.publishing.rendering import queries as rendered
from conglang.portal.publishing.rendering.actions import dispatching
from conglang.portal.publishing.rendering.actions import rendering as batches
from conglang.portal.publishing.rendering.models import Stale, Touch
from conglang.portal.publishing.rendering.signals import subjects_stale
from conglang.portal.publishing.rendering.tests import toy

from .signer_process import Signer
from .test_editions import SITE, publish, write


@pytest.fixture
def changed(signer: Signer) -> None:
    """A site whose rows were changed by other ways than the desk."""
    rendering.rebuild([SITE], by="test", reason="first")
    for number in range(4):
        write(f"Tin {number}", f"n{number}", f"tin-{number}")
    publish()
    toy.run("UPDATE toy_note SET title = title || ' (đã sửa)'")


def test_an_order_is_kept_with_who_why_and_what_came_of_it(changed: None) -> None:
    row = actions.start_rebuild([SITE], by="u-1", name="Trần Thị B", reason="Sửa dữ liệu")
    rendering.dispatch()
    row.refresh_from_db()
    assert row.subjects == actions.left_of(row) == 7

    number = publish()
    assert actions.close_rebuilds(at=timezone.now()) == 1
    row.refresh_from_db()
    assert row.finished_at and row.changed == 6 and row.editions == {SITE: number} and row.problems == []
    assert Edition.objects.get(number=number).causes[-1]["title"] == "Sửa dữ liệu"


def test_news_is_dispatched_between_the_sites_of_a_rebuild(changed: None) -> None:
    """Marking a whole network takes seconds; in one transaction it held up everybody's news as long."""
    other = "kimlien"
    rendering.rebuild([other], by="test", reason="first")
    rendering.dispatch()
    ProcrastinateJob.objects.all().delete()
    row = actions.start_rebuild([SITE, other], by="u-1", reason="Sửa")
    write("Tin gấp", "n9", "gap")
    job = ProcrastinateJob.objects.get(
        task_name="rendering.dispatch_rebuilds", queue_name="building", args={}
    )

    rendering.dispatch(rebuilds=False)  # the job of the news, before that of the rebuild has begun
    assert [mark.ident for mark in rendered.stale(SITE)][0] == "n9"
    assert actions.left_of(row) == 0
    assert job.priority == 10

    waiting = list(Touch.objects.filter(dispatched_at=None).values_list("pk", flat=True))
    assert waiting == row.touches and len(waiting) == 2
    with killed_after_one_site():
        tasks.dispatch_rebuilds()
    row.refresh_from_db()
    assert list(Touch.objects.filter(dispatched_at=None).values_list("pk", flat=True)) == waiting[1:]
    assert row.subjects == actions.left_of(row) > 0
    assert actions.close_rebuilds(at=timezone.now()) == 0

    rendering.dispatch()
    row.refresh_from_db()
    assert row.subjects == actions.left_of(row) == Stale.objects.filter(causes__overlap=waiting).count()
    assert set(Stale.objects.values_list("site", flat=True)) == {SITE, other}


@contextmanager
def killed_after_one_site() -> Iterator[None]:
    class Killed(BaseException):
        pass

    seen = []

    def die(**_: object) -> None:
        seen.append(1)
        if len(seen) == 2:
            raise Killed

    subjects_stale.connect(die)
    try:
        with pytest.raises(Killed):
            yield
    finally:
        subjects_stale.disconnect(die)


def test_home_pages_come_first_and_news_before_them(changed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    actions.start_rebuild([SITE], by="u-1", reason="Sửa")
    write("Tin mới", "n9", "moi")
    rendering.dispatch()
    order = [(mark.priority, mark.family, mark.ident) for mark in rendered.stale(SITE)]

    assert order[0][1:] == ("note", "n9")
    assert order[1][1:] == ("list", "front")
    assert order[2:] == sorted(order[2:], key=lambda mark: mark[0])


def test_a_long_rebuild_gives_way_after_each_part(changed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "PART", 2)
    monkeypatch.setattr(dispatching, "_PROVES_IT", 1)
    actions.start_rebuild([SITE], by="u-1", reason="Sửa")
    rendering.dispatch()
    ProcrastinateJob.objects.all().delete()

    tasks.publish_site(SITE)
    (job,) = ProcrastinateJob.objects.filter(task_name="releases.publish_site")
    assert job.priority < 0 and Stale.objects.exists()
    write("Tin gấp", "n9", "gap")
    rendering.dispatch()
    assert ProcrastinateJob.objects.filter(priority=0, lock=f"site:{SITE}").exists()
    report = actions.publish_site(SITE, by_turns=True)
    assert rendered.answers(SITE)["/tin/gap/"].status == 200 and report.edition
    while actions.publish_site(SITE, by_turns=True).unfinished:
        pass
    assert rendered.answers(SITE) == rendered.full_render(SITE, at=timezone.now())


def test_an_interrupted_order_goes_on_and_says_what_failed(changed: None) -> None:
    def hindrance(ident: str) -> None:
        if ident == "n2":
            raise ValueError("hỏng")

    toy.NoteFamily.hindrance = staticmethod(hindrance)
    row = actions.start_rebuild([SITE], by="u-1", reason="Sửa")
    rendering.dispatch()
    batches.render_next(SITE, at=timezone.now())  # and killed
    for _ in range(4):
        Stale.objects.update(not_before=None)
        publish()
    actions.close_rebuilds(at=timezone.now())
    row.refresh_from_db()

    assert row.finished_at is not None
    assert [problem for problem in row.problems if "n2" in problem and "hỏng" in problem]


def test_it_needs_a_reason(changed: None) -> None:
    with pytest.raises(actions.NoReason):
        actions.start_rebuild([SITE], by="u-1", reason=" ")
    with pytest.raises(CommandError, match="--reason"):
        call_command("rebuild", SITE, stdout=StringIO())
    with pytest.raises(CommandError, match="Không có trang"):
        call_command("rebuild", "xx", "--reason", "Sửa", stdout=StringIO())
    assert not Rebuild.objects.exists()


def test_the_command_goes_on_with_what_was_begun(changed: None) -> None:
    actions.start_rebuild([SITE], by="u-1", reason="Sửa")
    out = StringIO()
    call_command("rebuild", "--resume", stdout=out)

    assert "đã xong, 6 đường dẫn" in out.getvalue()
