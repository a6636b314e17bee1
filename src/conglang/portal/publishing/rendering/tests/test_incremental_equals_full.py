"""The invariant: after any edits, in any interleaving with rendering, every path answers as a full rebuild would."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from conglang.portal.publishing.rendering import actions, queries
from conglang.portal.publishing.rendering.actions.recording import record
from conglang.portal.publishing.rendering.drawing import draw
from conglang.portal.publishing.rendering.models import Stale
from conglang.portal.publishing.rendering.shelving import shelve
from conglang.portal.publishing.rendering.tests import toy

SITE = st.sampled_from(toy.SITES)
IDENT = st.sampled_from(["n1", "n2", "n3", "n4"])
SLUG = st.sampled_from(["mot", "hai", "ba"])
SECTION = st.sampled_from(toy.ListFamily.sections)
TITLE = st.sampled_from(["Tin", "Tin mới", "Tin mới hơn"])


class Newspaper(RuleBasedStateMachine):
    """Editors write; dispatch and rendering come whenever they like, also in the middle of one another."""

    def __init__(self) -> None:
        super().__init__()
        self.now = timezone.now()
        toy.empty()

    @initialize()
    def found(self) -> None:
        actions.rebuild(toy.SITES, by="test", reason="first")

    # editors

    @rule(
        ident=IDENT,
        site=SITE,
        section=SECTION,
        slug=SLUG,
        title=TITLE,
        minutes=st.sampled_from([None, 5, 50]),
    )
    def write(self, ident: str, site: str, section: str, slug: str, title: str, minutes: int | None) -> None:
        """Create, edit, rename, move between sections and sites: the same act with other values."""
        self.put(ident, site, section, slug, title, minutes)

    def put(self, ident: str, site: str, section: str, slug: str, title: str, minutes: int | None) -> None:
        taken = toy.run(
            "SELECT 1 FROM toy_note WHERE site = %s AND slug = %s AND ident <> %s", site, slug, ident
        )
        if not taken:
            closes_at = self.now + timedelta(minutes=minutes) if minutes else None
            toy.write(ident, site=site, section=section, slug=slug, title=title, closes_at=closes_at)

    @rule(ident=IDENT)
    def unpublish(self, ident: str) -> None:
        toy.unpublish(ident)

    @rule(minutes=st.sampled_from([1, 10, 60]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    # machines

    @rule()
    def dispatch(self) -> None:
        actions.dispatch()

    @rule(site=SITE)
    def render_a_batch(self, site: str) -> None:
        actions.render_next(site, at=self.now)

    @rule(site=SITE)
    def rebuild(self, site: str) -> None:
        actions.rebuild([site], by="test", reason="random")

    @rule(
        site=SITE,
        ident=IDENT,
        section=SECTION,
        slug=SLUG,
        title=TITLE,
        dispatched=st.booleans(),
        gone=st.booleans(),
    )
    def write_while_rendering(
        self, site: str, ident: str, section: str, slug: str, title: str, dispatched: bool, gone: bool
    ) -> None:
        with self.rendering(site):
            if gone:
                toy.unpublish(ident)
            else:
                self.put(ident, site, section, slug, title, None)
            if dispatched:
                actions.dispatch()

    @rule(site=SITE)
    def killed_before_recording(self, site: str) -> None:
        marks = list(Stale.objects.filter(site=site))
        shelve(draw(site, [mark.subject for mark in marks], at=self.now))

    @contextmanager
    def rendering(self, site: str) -> Iterator[None]:
        """The block runs between the snapshot of a render and its being recorded."""
        marks = list(Stale.objects.filter(site=site).order_by("id")[:3])
        drawings = list(draw(site, [mark.subject for mark in marks], at=self.now))
        yield
        shelve(drawings)
        for drawing in drawings:
            record([drawing], {mark.subject: mark.generation for mark in marks})

    # and in the end

    @invariant()
    def nothing_failed(self) -> None:
        assert queries.failures(toy.SITES) == []

    def teardown(self) -> None:
        actions.dispatch()
        actions.mark_due(at=self.now)
        for site in toy.SITES:
            while actions.render_next(site, at=self.now):
                pass
            assert queries.answers(site) == queries.full_render(site, at=self.now)


@pytest.mark.parametrize(
    ("examples", "steps"), [pytest.param(25, 25), pytest.param(300, 50, marks=pytest.mark.long)]
)
@pytest.mark.timeout(900)
def test_incremental_equals_full(newspaper: None, examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Newspaper,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
