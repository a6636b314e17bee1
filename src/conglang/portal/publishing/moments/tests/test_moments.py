"""What is planned happens once, on time, and nothing that fails holds up anything else."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from procrastinate.contrib.django.models import ProcrastinateJob

from conglang.portal.publishing.moments import actions, queries, tasks
from conglang.portal.publishing.moments.clock import Clock
from conglang.portal.publishing.moments.models import Moment
from conglang.portal.publishing.moments.pulse import silent_seconds
from conglang.portal.publishing.moments.rules import MOST_TRIES, State
from conglang.portal.publishing.rendering import actions as rendering
from conglang.portal.publishing.rendering import queries as rendered
from conglang.portal.publishing.rendering.models import Prepared, Production
from conglang.portal.publishing.rendering.tests import toy

from .conftest import FakeClock
from .plan import ToyPlanner, cancel, plan, times_done

EIGHT = datetime(2025, 7, 1, 8, tzinfo=timezone(timedelta(hours=7)))


@pytest.fixture
def clock(planner: ToyPlanner) -> FakeClock:
    return FakeClock(EIGHT - timedelta(minutes=30))


def render(at: datetime) -> None:
    rendering.dispatch()
    for site in toy.SITES:
        while rendering.render_next(site, at=at):
            pass


def state_of(ident: str) -> str:
    return Moment.objects.get(ident=ident).state


def test_a_note_appears_at_its_moment_and_not_before(clock: FakeClock) -> None:
    plan("le-cong-bo", EIGHT)
    actions.sync()

    assert actions.fire(clock=clock) == 0 and state_of("le-cong-bo") == State.WAITING
    clock.now = EIGHT
    assert actions.fire(clock=clock) == 1

    render(EIGHT)
    assert "/tin/le-cong-bo/" in rendered.answers("badinh")
    assert (state_of("le-cong-bo"), Moment.objects.get().done_at) == (State.DONE, EIGHT)


def test_done_is_done_once_however_often_and_by_whomever_it_is_looked_at(clock: FakeClock) -> None:
    plan("n1", EIGHT)
    actions.sync()
    clock.now = EIGHT

    for _ in range(3):
        actions.fire(clock=clock)
        actions.sync()

    assert times_done("n1") == 1


def test_a_clock_that_steps_back_neither_repeats_nor_undoes(clock: FakeClock) -> None:
    plan("n1", EIGHT)
    actions.sync()
    clock.now = EIGHT
    actions.fire(clock=clock)

    clock.now = EIGHT - timedelta(hours=1)
    actions.sync()
    actions.fire(clock=clock)
    clock.now = EIGHT + timedelta(seconds=1)
    actions.fire(clock=clock)

    assert times_done("n1") == 1 and toy.note("n1") is not None


def test_one_poisoned_item_among_ten_delays_none_of_the_nine(clock: FakeClock, planner: ToyPlanner) -> None:
    planner.poison = frozenset({"n04"})
    for number in range(10):
        plan(f"n{number:02}", EIGHT)
    actions.sync()
    clock.now = EIGHT

    assert actions.fire(clock=clock) == 9
    assert {row.done_at for row in Moment.objects.filter(state=State.DONE)} == {EIGHT}
    assert state_of("n04") == State.WAITING


def test_what_fails_is_tried_again_later_and_later_and_then_shown_to_a_person(
    clock: FakeClock, planner: ToyPlanner
) -> None:
    planner.poison = frozenset({"n1"})
    plan("n1", EIGHT)
    actions.sync()
    clock.now = EIGHT
    waits = []
    while state_of("n1") == State.WAITING:
        actions.fire(clock=clock)
        row = Moment.objects.get()
        assert row.not_before is not None
        waits.append((row.not_before - clock.now).total_seconds())
        clock.now = row.not_before

    assert waits == [1, 2, 4, 8, 16, 32] and len(waits) == MOST_TRIES
    assert "đã có trang khác dùng" in Moment.objects.get().error
    actions.sync()
    assert actions.fire(clock=clock) == 0 and state_of("n1") == State.FAILED

    planner.poison = frozenset()
    assert actions.retry(Moment.objects.get())
    assert actions.fire(clock=clock) == 1 and times_done("n1") == 1


def test_a_cancelled_plan_is_dropped_also_in_the_last_moment(clock: FakeClock) -> None:
    plan("n1", EIGHT)
    plan("n2", EIGHT)
    actions.sync()
    cancel("n1")
    actions.sync()
    cancel("n2")  # nobody looked since
    clock.now = EIGHT

    assert actions.fire(clock=clock) == 0
    assert (state_of("n1"), state_of("n2")) == (State.DROPPED, State.DROPPED)


def test_a_new_time_replaces_the_old_one(clock: FakeClock) -> None:
    plan("n1", EIGHT)
    actions.sync()
    plan("n1", EIGHT + timedelta(hours=1))
    actions.sync()

    clock.now = EIGHT
    assert actions.fire(clock=clock) == 0
    clock.forward(hours=1)
    assert actions.fire(clock=clock) == 1
    assert [row.state for row in Moment.objects.order_by("due")] == [State.DROPPED, State.DONE]


def test_what_is_planned_again_after_it_was_cancelled_happens(clock: FakeClock) -> None:
    plan("n1", EIGHT)
    actions.sync()
    cancel("n1")
    actions.sync()
    plan("n1", EIGHT)
    actions.sync()

    clock.now = EIGHT
    assert actions.fire(clock=clock) == 1


def test_somebody_elses_lock_holds_up_one_item_for_seconds_and_the_others_not_at_all(
    clock: FakeClock, postgres_url: str
) -> None:
    import psycopg

    plan("n1", EIGHT)
    plan("n2", EIGHT)
    actions.sync()
    clock.now = EIGHT
    address = postgres_url.replace("/postgres?", f"/{connection.settings_dict['NAME']}?")
    with psycopg.connect(address) as other:
        other.execute("SELECT 1 FROM toy_plan WHERE ident = 'n1' FOR UPDATE")
        assert actions.fire(clock=clock) == 1
    assert (times_done("n1"), times_done("n2")) == (0, 1)
    assert (
        "LockNotAvailable" in Moment.objects.get(ident="n1").error
        or "lock" in Moment.objects.get(ident="n1").error
    )

    clock.forward(seconds=1)
    assert actions.fire(clock=clock) == 1


def test_what_is_near_is_prepared_once_and_what_is_far_is_not(clock: FakeClock) -> None:
    plan("n1", EIGHT)
    plan("n2", EIGHT + timedelta(hours=3))
    actions.sync()

    assert actions.to_prepare(now=clock.now) == ([], [])
    clock.now = EIGHT - timedelta(seconds=100)
    assert tasks.defer_preparations(now=clock.now) == 1
    assert tasks.defer_preparations(now=clock.now) == 0
    actions.prepare(EIGHT)

    row = Moment.objects.get(ident="n1")
    assert (row.prepared, row.warning) == (1, "") and row.prepared_at is not None
    assert toy.note("n1") is None


def test_sites_that_turn_together_are_prepared_in_one_job_behind_the_news(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job for each site, one at a time, took two seconds a site: a worker sleeps between two jobs with one lock."""
    near = clock.now + timedelta(seconds=60)
    for site in toy.SITES:
        toy.write(f"n-{site}", site=site, section="y-te", slug="n1", title="Góp ý", closes_at=near)
    rendering.rebuild(toy.SITES, by="test", reason="first")
    render(clock.now)
    actions.sync()
    waited = []
    monkeypatch.setattr(tasks, "give_way", lambda queue, *, longest: waited.append(queue))

    assert tasks.defer_preparations(now=clock.now) == len(toy.SITES)
    (job,) = ProcrastinateJob.objects.filter(task_name="moments.prepare_sites")
    assert job.queue_name == "building"
    monkeypatch.setattr(actions, "prepare_site", failing_for(toy.SITES[0], actions.prepare_site))
    tasks.prepare_sites(**job.args)

    prepared = Moment.objects.exclude(prepared_at=None).values_list("site", flat=True)
    assert sorted(prepared) == sorted(toy.SITES[1:])
    assert waited == ["publishing"] * len(toy.SITES)


def failing_for(unlucky: str, prepare: Callable[[str, datetime], int]) -> Callable[[str, datetime], int]:
    def prepare_or_fail(site: str, due: datetime) -> int:
        if site == unlucky:
            raise OSError("no space")
        return prepare(site, due)

    return prepare_or_fail


def test_prepared_notes_are_swapped_in_without_being_rendered(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendering.rebuild(toy.SITES, by="test", reason="first")
    render(clock.now)
    for number in range(4):
        plan(f"n{number}", EIGHT)
    actions.sync()
    actions.prepare(EIGHT)
    drawn: list[str] = []
    monkeypatch.setattr(toy.NoteFamily, "hindrance", staticmethod(drawn.append))

    clock.now = EIGHT
    actions.fire(clock=clock)
    render(EIGHT)

    assert drawn == [] and not Prepared.objects.exists()
    assert rendered.answers("badinh") == rendered.full_render("badinh", at=EIGHT)


def test_the_one_that_would_fail_is_told_before_its_moment(clock: FakeClock, planner: ToyPlanner) -> None:
    planner.poison = frozenset({"n2"})
    plan("n1", EIGHT)
    plan("n2", EIGHT)
    actions.sync()
    actions.prepare(EIGHT)

    assert Moment.objects.get(ident="n1").warning == ""
    assert "đã có trang khác dùng" in Moment.objects.get(ident="n2").warning


def test_sites_that_turn_by_themselves_are_in_the_calendar(clock: FakeClock) -> None:
    toy.write("n1", site="badinh", section="y-te", slug="n1", title="Góp ý", closes_at=EIGHT)
    rendering.rebuild(["badinh"], by="test", reason="first")
    render(clock.now)
    actions.sync()
    assert list(Moment.objects.values_list("planner", "site", "due")) == [("instant", "badinh", EIGHT)]

    assert actions.prepare_site("badinh", EIGHT) == 1
    clock.now = EIGHT
    assert actions.fire(clock=clock) == 1
    render(EIGHT)
    actions.sync()

    row = Moment.objects.get()
    assert (row.state, row.prepared) == (State.DONE, 1)
    assert not Production.objects.filter(changes_at__isnull=False).exists()
    assert rendered.answers("badinh") == rendered.full_render("badinh", at=EIGHT)


def test_a_collision_with_the_calendar_is_an_error_of_the_database_and_not_a_wrong_calendar(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one process looks at the plans, another carries one of them out."""
    plan("n1", EIGHT)
    actions.sync()
    clock.now = EIGHT
    planned = ToyPlanner.planned

    def slow(self: Any) -> Any:
        rows = list(planned(self))
        import threading

        def elsewhere() -> None:
            actions.fire(clock=clock)
            connection.close()

        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        cancel("n1")
        return [row for row in rows if False]

    monkeypatch.setattr(ToyPlanner, "planned", slow)
    with pytest.raises(OperationalError):
        actions.sync()  # would drop what was just done
    assert state_of("n1") == State.DONE and times_done("n1") == 1


def test_lateness_counts_what_should_have_happened(clock: FakeClock, planner: ToyPlanner) -> None:
    planner.poison = frozenset({"n1"})
    plan("n1", EIGHT)
    actions.sync()
    stand = queries.punctuality(now=EIGHT.astimezone(UTC) + timedelta(minutes=5))

    assert (stand.overdue, stand.failed) == (1, 0)


def test_one_turn_of_the_clock_does_all_there_is_and_says_how_long_it_may_sleep(
    clock: FakeClock, tmp_path: Path
) -> None:
    plan("n1", datetime.now(UTC) - timedelta(seconds=1))
    plan("n2", datetime.now(UTC) + timedelta(seconds=3))

    rest = Clock().turn()

    assert (times_done("n1"), times_done("n2")) == (1, 0)
    assert 0 < rest <= 3
    assert silent_seconds(now=datetime.now(UTC)) < 60  # type: ignore[operator]
    assert ProcrastinateJob.objects.filter(task_name="moments.prepare").count() == 1
