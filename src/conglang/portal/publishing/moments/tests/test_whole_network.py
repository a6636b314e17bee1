"""126 sites become official at 00:00 on 1 July 2025, Hanoi time: prepared before, all of them turned at that moment."""

from datetime import datetime, timedelta, timezone

import pytest

from conglang.portal.publishing.moments import actions, queries
from conglang.portal.publishing.moments.models import Moment
from conglang.portal.publishing.moments.rules import INSTANT, State
from conglang.portal.publishing.rendering import actions as rendering
from conglang.portal.publishing.rendering import queries as rendered
from conglang.portal.publishing.rendering.models import Prepared, Reached
from conglang.portal.publishing.rendering.rules import Answer
from conglang.portal.publishing.rendering.tests import toy

from .conftest import FakeClock
from .plan import ToyPlanner

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MIDNIGHT = datetime(2025, 7, 1, tzinfo=timezone(timedelta(hours=7)))
SITES = [f"xa-{number:03}" for number in range(126)]
PAGES = 2


@pytest.fixture
def clock(planner: ToyPlanner) -> FakeClock:
    """Half an hour before; every site has pages that change at midnight."""
    for site in SITES:
        for number in range(PAGES):
            toy.run(
                "INSERT INTO toy_note VALUES (%s, %s, 'y-te', %s, 'Vận hành thử nghiệm', %s)",
                f"{site}-{number}", site, f"{site}-{number}", MIDNIGHT,
            )  # fmt: skip
    rendering.rebuild(SITES, by="test", reason="first", families=["note"])
    clock = FakeClock(MIDNIGHT - timedelta(minutes=30))
    rendering.dispatch()
    render(clock.now)
    return clock


def render(at: datetime) -> int:
    """Everything that waits on the 126 sites; how many of them had paths with a new answer."""
    turned = 0
    for site in SITES:
        progress = rendering.render_next(site, at=at)
        turned += progress is not None and bool(progress.paths)
        assert rendering.render_next(site, at=at) is None
    return turned


def pages_of(site: str) -> dict[str, Answer]:
    return rendered.answers(site)


def pages_as_they_should_be(site: str, at: datetime) -> dict[str, Answer]:
    """Without the newspaper's lists, which were left out to be quick."""
    return {
        path: answer for path, answer in rendered.full_render(site, at=at).items() if path.startswith("/tin/")
    }


def test_126_sites_are_prepared_and_turn_at_midnight_without_rendering_a_page(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.sync()
    assert Moment.objects.filter(planner=INSTANT, due=MIDNIGHT).count() == 126
    clock.now = MIDNIGHT - queries.lead_for(MIDNIGHT, True)
    deeds, sites = actions.to_prepare(now=clock.now)
    assert deeds == [] and sorted(sites) == [(site, MIDNIGHT) for site in SITES]
    assert sum(actions.prepare_site(site, due) for site, due in sites) == 126 * PAGES
    assert pages_of(SITES[0]) == pages_as_they_should_be(SITES[0], clock.now)
    drawn: list[str] = []
    monkeypatch.setattr(toy.NoteFamily, "hindrance", staticmethod(drawn.append))

    clock.now = MIDNIGHT
    assert actions.fire(clock=clock) == 126
    assert render(clock.now) == 126

    assert drawn == [] and not Prepared.objects.exists()
    monkeypatch.setattr(toy.NoteFamily, "hindrance", staticmethod(lambda ident: None))
    for site in SITES[::25]:
        assert pages_of(site) == pages_as_they_should_be(site, MIDNIGHT)
    assert Reached.objects.get().at == MIDNIGHT
    assert Moment.objects.filter(state=State.DONE).count() == 126
