"""Pages with a moment, over real pages: prepared, edited meanwhile, interrupted, and right in the end."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from wagtail.models import PageLogEntry, Revision

from conglang.cli.tests import small_network
from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pages.actions import provision_all, publish
from conglang.portal.content.pages.models import ArticlePage, FormerPath, SectionPage
from conglang.portal.identity.sites.actions import back_to_trial, create_network, go_official, record_origin
from conglang.portal.identity.sites.models import Site
from conglang.portal.identity.sites.rules import Origin
from conglang.portal.publishing.moments import actions as moments
from conglang.portal.publishing.moments.actions import firing
from conglang.portal.publishing.moments.models import Moment
from conglang.portal.publishing.moments.rules import INSTANT, State
from conglang.portal.publishing.rendering import actions, queries
from conglang.portal.publishing.rendering.models import Prepared, Reached
from conglang.portal.publishing.rendering.tests.template_database import TemplateDatabase

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SITES = ("hanoi", "badinh")
SITE = st.sampled_from(SITES)
NUMBER = st.integers(0, 5)
TITLE = st.sampled_from(["Lịch tiêm chủng", "Cắt nước", "Khai giảng"])
SLUG = st.sampled_from(["mot", "hai", "ba", "bon"])
MINUTES = st.sampled_from([1, 2, 5])
PUBLISHED, EXPIRED = "wagtail.publish.scheduled", "wagtail.unpublish.scheduled"


@pytest.fixture
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The test's database without a transaction around the test; replaces pytest-django's."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def world(
    db: None, postgres_url: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TemplateDatabase]:
    """A city and a commune, provisioned and rendered once."""
    settings.DATA = tmp_path / "data"
    monkeypatch.setattr(small_network, "COMMUNES", SITES[1:])
    database = TemplateDatabase(postgres_url)
    database.forget("empty", "world")
    database.keep("empty")
    create_network(small_network.write_small_network(tmp_path / "network"))
    record_origin(Origin.parse("http://hanoi.localhost:8570", "hanoi"))
    provision_all(Site.objects.all())
    actions.catch_up(SITES)
    render(timezone.now())
    database.keep("world")
    yield database
    database.restore("empty")
    database.forget("empty", "world")


def render(at: datetime) -> int:
    """Dispatch and render until nothing waits; how many subjects."""
    actions.dispatch()
    count = 0
    for site in SITES:
        while progress := actions.render_next(site, at=at):
            count += progress.rendered
    return count


def news_of(site: str) -> SectionPage:
    return SectionPage.objects.filter(site__key=site, kind="news").order_by("path").get()


def article_number(number: int) -> ArticlePage | None:
    articles = list(ArticlePage.objects.order_by("pk"))
    return articles[number % len(articles)] if articles else None


def draft(site: str, title: str, slug: str) -> ArticlePage | None:
    section = news_of(site)
    if section.get_children().filter(slug=slug).exists():
        return None
    return section.add_child(instance=ArticlePage(title=title, slug=slug, live=False))


def schedule(page: BasePage, due: datetime) -> Revision:
    """What Wagtail's form does when somebody presses «publish» with a time set."""
    page.go_live_at = due
    revision = page.save_revision(clean=False)
    revision.publish()
    return revision


def let_expire(page: BasePage, due: datetime) -> None:
    page.expire_at = due
    publish(page)


def assert_served_is_full(at: datetime) -> None:
    for site in SITES:
        served, full = queries.answers(site), queries.full_render(site, at=at)
        paths = [path for path in served.keys() | full.keys() if served.get(path) != full.get(path)]
        assert {path: (served.get(path), full.get(path)) for path in paths} == {}


class Killed(BaseException):
    """Stands for kill -9: no handler may run."""


class Calendar(RuleBasedStateMachine):
    """Editors plan, cancel and edit; the hour moves on; the scheduler is killed in the middle of what it does."""

    database: TemplateDatabase

    def __init__(self) -> None:
        super().__init__()
        self.database.restore("world")
        self.now = timezone.now().replace(microsecond=0)
        self.approved: dict[int, datetime] = {}

    def clock(self) -> datetime:
        return self.now

    def soon(self, minutes: int) -> datetime:
        return self.now + timedelta(minutes=minutes)

    # what editors do

    @rule(site=SITE, title=TITLE, slug=SLUG, minutes=MINUTES)
    def plan_a_new_page(self, site: str, title: str, slug: str, minutes: int) -> None:
        if page := draft(site, title, slug):
            schedule(page, self.soon(minutes))

    @rule(number=NUMBER, title=TITLE, minutes=MINUTES)
    def plan_a_change(self, number: int, title: str, minutes: int) -> None:
        """Also of a page that waits already: the new plan replaces the old one."""
        if page := article_number(number):
            page.title = title
            schedule(page, self.soon(minutes))

    @rule(number=NUMBER)
    def cancel(self, number: int) -> None:
        if (page := article_number(number)) and page.scheduled_revision:
            Revision.objects.filter(pk=page.scheduled_revision.pk).update(approved_go_live_at=None)

    @rule(number=NUMBER, minutes=MINUTES)
    def plan_an_end(self, number: int, minutes: int) -> None:
        if (page := article_number(number)) and page.live:
            let_expire(page, self.soon(minutes))

    @rule(number=NUMBER, title=TITLE)
    def publish_now(self, number: int, title: str) -> None:
        if page := article_number(number):
            page.title, page.go_live_at = title, None
            publish(page)

    @rule(number=NUMBER, site=SITE)
    def move(self, number: int, site: str) -> None:
        page, section = article_number(number), news_of(site)
        if page and not section.get_children().filter(slug=page.slug).exists():
            page.move(section, pos="last-child")

    @rule(site=SITE, minutes=MINUTES)
    def plan_to_be_official(self, site: str, minutes: int) -> None:
        go_official(Site.objects.filter(key=site), at=self.soon(minutes), by="test")

    # what machines do

    @rule(minutes=MINUTES)
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        moments.sync()
        moments.fire(clock=self.clock)

    @rule()
    def time_steps_back(self) -> None:
        self.now -= timedelta(seconds=90)
        moments.sync()
        moments.fire(clock=self.clock)
        self.now += timedelta(seconds=90)

    @rule()
    def render(self) -> None:
        render(self.now)

    @rule()
    def prepare(self) -> None:
        moments.sync()
        for row in list(Moment.objects.filter(state=State.WAITING, due__gt=self.now).order_by("due")[:3]):
            if row.planner == INSTANT:
                moments.prepare_site(row.site, row.due)
            else:
                moments.prepare(row.due)

    @rule()
    def killed_while_it_happens(self) -> None:
        moments.sync()
        self.now += timedelta(minutes=1)
        real = firing.carry_out

        def dying(row: Moment, *, at: datetime) -> str | None:
            real(row, at=at)
            raise Killed

        firing.carry_out = dying
        try:
            moments.fire(clock=self.clock)
        except Killed:
            pass
        finally:
            firing.carry_out = real

    def teardown(self) -> None:
        self.now += timedelta(minutes=10)
        moments.sync()
        moments.fire(clock=self.clock)
        render(self.now)
        assert not Revision.objects.filter(approved_go_live_at__isnull=False).exists()
        assert not Moment.objects.filter(state__in=[State.WAITING, State.FAILED]).exists()
        for planner, action in (("go-live", PUBLISHED), ("expiry", EXPIRED)):
            done = Moment.objects.filter(planner=planner, state=State.DONE).count()
            assert PageLogEntry.objects.filter(action=action).count() == done
        at = max(self.now, *Reached.objects.values_list("at", flat=True), self.now)
        assert_served_is_full(at)


@pytest.mark.parametrize("examples", [6, pytest.param(150, marks=pytest.mark.long)])
def test_after_all_moments_what_is_served_is_what_a_full_rebuild_gives(
    world: TemplateDatabase, examples: int
) -> None:
    Calendar.database = world
    run_state_machine_as_test(
        Calendar,
        settings=settings(
            max_examples=examples, stateful_step_count=15, deadline=None,
            suppress_health_check=list(HealthCheck), print_blob=True,
        ),
    )  # fmt: skip


EIGHT = datetime(2030, 7, 1, 1, tzinfo=UTC)  # 08:00 in Hanoi


def at_eight() -> datetime:
    return EIGHT


def test_a_page_planned_for_eight_carries_eight_as_its_date_and_was_rendered_before(
    world: TemplateDatabase,
) -> None:
    page = draft("badinh", "Lễ công bố", "le-cong-bo")
    assert page is not None
    schedule(page, EIGHT)
    moments.sync()
    assert moments.prepare(EIGHT) > 3  # the page, its section, the home page, feeds, site maps …
    assert not ArticlePage.objects.get(pk=page.pk).live
    prepared = Prepared.objects.count()

    assert moments.fire(clock=at_eight) == 1
    shown = ArticlePage.objects.get(pk=page.pk)
    assert (shown.live, shown.first_published_at, shown.last_published_at) == (True, EIGHT, EIGHT)
    assert render(EIGHT) == prepared and Prepared.objects.count() == 0  # all of it was adopted
    assert_served_is_full(EIGHT)


def test_a_page_moved_after_it_was_prepared_is_rendered_where_it_is(world: TemplateDatabase) -> None:
    page = draft("badinh", "Lễ công bố", "le-cong-bo")
    assert page is not None
    schedule(page, EIGHT)
    moments.sync()
    moments.prepare(EIGHT)
    page.move(news_of("hanoi"), pos="last-child")
    moments.sync()

    assert [row.site for row in Moment.objects.all()] == ["hanoi"]
    moments.fire(clock=at_eight)
    render(EIGHT)
    assert "/tin-tuc/le-cong-bo/" in queries.answers("hanoi")
    assert_served_is_full(EIGHT)


def test_a_page_that_comes_late_says_when_it_really_came(world: TemplateDatabase) -> None:
    page = draft("badinh", "Lễ công bố", "le-cong-bo")
    assert page is not None
    schedule(page, EIGHT)
    moments.sync()
    moments.prepare(EIGHT)

    moments.fire(clock=lambda: EIGHT + timedelta(minutes=20))
    assert ArticlePage.objects.get(pk=page.pk).first_published_at == EIGHT + timedelta(minutes=20)
    render(EIGHT + timedelta(minutes=20))
    assert_served_is_full(EIGHT + timedelta(minutes=20))


def test_the_end_of_a_page_keeps_the_plan_that_brings_it_back(world: TemplateDatabase) -> None:
    page = draft("badinh", "Cắt nước", "cat-nuoc")
    assert page is not None
    let_expire(page, EIGHT)
    page = ArticlePage.objects.get(pk=page.pk)
    page.expire_at = None
    schedule(page, EIGHT + timedelta(hours=1))
    BasePage.objects.filter(pk=page.pk).update(expire_at=EIGHT)
    moments.sync()

    assert moments.fire(clock=at_eight) == 1
    assert not ArticlePage.objects.get(pk=page.pk).live
    moments.sync()
    assert moments.fire(clock=lambda: EIGHT + timedelta(hours=1)) == 1
    assert ArticlePage.objects.get(pk=page.pk).live


def test_a_section_renamed_after_the_preparation_is_on_the_page(world: TemplateDatabase) -> None:
    page = draft("badinh", "Lễ công bố", "le-cong-bo")
    assert page is not None
    schedule(page, EIGHT)
    moments.sync()
    moments.prepare(EIGHT)
    with transaction.atomic():
        section = news_of("badinh")
        section.title = "Tin và sự kiện"
        publish(section)

    moments.fire(clock=at_eight)
    render(EIGHT)
    assert FormerPath.objects.count() == 0
    assert_served_is_full(EIGHT)


def work_of_turning(prepared: bool, at: datetime) -> tuple[int, float]:
    """Make a site official at ``at``: how many subjects turned then, and the seconds of processor time it took."""
    sites = Site.objects.filter(key="badinh")
    back_to_trial(sites, by="test")
    go_official(sites, at=at, by="test")
    render(at - timedelta(minutes=5))
    if prepared:
        moments.prepare_site("badinh", at)
    began = time.process_time()
    actions.mark_due(at=at)
    count = render(at)
    return count, time.process_time() - began


def test_a_prepared_site_turns_with_less_than_half_the_work(world: TemplateDatabase) -> None:
    work_of_turning(False, EIGHT)  # fills what is filled once
    usual, took = work_of_turning(False, EIGHT + timedelta(days=1))
    swapped, left = work_of_turning(True, EIGHT + timedelta(days=2))

    print(
        f"\n{usual} subjects: {took:.2f} s rendered at the moment, {left:.2f} s prepared, ratio {left / took:.2f}"
    )
    assert usual == swapped > 40
    assert left < took / 2
    assert_served_is_full(EIGHT + timedelta(days=2))
