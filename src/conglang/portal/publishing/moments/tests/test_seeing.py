"""A moment is past for readers when the last machine shows it."""

from datetime import UTC, datetime, timedelta

import pytest

from conglang.portal.publishing.moments import actions
from conglang.portal.publishing.moments.models import Moment
from conglang.portal.publishing.moments.rules import State
from conglang.portal.publishing.releases.models import EdgeReport

pytestmark = pytest.mark.django_db

EIGHT = datetime(2025, 7, 1, 1, tzinfo=UTC)
SIGNED = EIGHT + timedelta(seconds=0.4)
SEEN = EIGHT + timedelta(seconds=0.7)


@pytest.fixture
def moment() -> Moment:
    return Moment.objects.create(
        planner="go-live", ident="1", due=EIGHT, site="badinh", state=State.DONE, done_at=EIGHT, released_at=SIGNED,
        edition=7,
    )  # fmt: skip


def report(name: str, edition: int, at: datetime = SEEN, silent: str = "") -> None:
    said = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    EdgeReport.objects.update_or_create(
        name=name,
        defaults={
            "address": "http://127.0.0.1:1", "asked_at": at, "silent": silent,
            "sites": {"badinh": {"edition": edition, "at": said, "manifest": ""}},
        },
    )  # fmt: skip


def seen_at(moment: Moment, *, after: timedelta = timedelta(seconds=2)) -> datetime | None:
    actions.see(now=EIGHT + after)
    moment.refresh_from_db()
    return moment.seen_at


def test_moment_is_seen_when_the_last_of_the_machines_shows_it(moment: Moment) -> None:
    report("1", 7, SEEN)
    report("2", 6)
    assert seen_at(moment) is None

    report("2", 7, SEEN + timedelta(seconds=3))
    assert seen_at(moment) == SEEN + timedelta(seconds=3)


def test_newer_edition_shows_it_too(moment: Moment) -> None:
    report("1", 9)

    assert seen_at(moment) == SEEN


def test_dead_machine_does_not_keep_a_moment_from_being_seen(moment: Moment) -> None:
    report("1", 7)
    report("2", 3, silent="does not answer")

    assert seen_at(moment) == SEEN


def test_without_a_machine_nobody_has_seen_it(moment: Moment) -> None:
    assert seen_at(moment) is None


def test_after_an_hour_nobody_asks_any_more(moment: Moment) -> None:
    report("1", 7)

    assert seen_at(moment, after=timedelta(hours=2)) is None
