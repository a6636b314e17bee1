"""What changes by itself because the hour has come."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conglang.portal.publishing.rendering import actions, queries
from conglang.portal.publishing.rendering.actions.dispatching import DEPENDENT
from conglang.portal.publishing.rendering.models import Production, Stale
from conglang.portal.publishing.rendering.tests import toy

from .test_rendering import assert_equals_full, first_news, render_all

pytestmark = pytest.mark.usefixtures("newspaper")


class TestTime:
    def test_an_output_changes_when_it_said_it_would(self) -> None:
        first_news()
        now = timezone.now()
        toy.write(
            "n1",
            site="badinh",
            section="y-te",
            slug="gop-y",
            title="Góp ý",
            closes_at=now + timedelta(hours=1),
        )
        render_all(at=now)
        before = queries.answers("badinh")["/tin/gop-y/"]

        assert actions.mark_due(at=now + timedelta(minutes=59)) == frozenset()
        assert actions.mark_due(at=now + timedelta(minutes=61)) == {"badinh"}
        render_all(at=now + timedelta(minutes=61))

        assert queries.answers("badinh")["/tin/gop-y/"] != before
        assert_equals_full(at=now + timedelta(minutes=61))
        assert actions.mark_due(at=now + timedelta(days=9)) == frozenset()

    def due(self, notes: int) -> dict[int, set[str]]:
        """Let a whole site turn now; what is marked, by priority."""
        for number in range(notes):
            toy.write(f"n{number}", site="badinh", section="y-te", slug=f"tin-{number}", title="Tin")
        actions.rebuild(["badinh"], by="test", reason="first")
        render_all()
        Production.objects.filter(site="badinh").update(changes_at=timezone.now())
        actions.mark_due(at=timezone.now())
        marked: dict[int, set[str]] = {}
        for priority, ident in Stale.objects.values_list("priority", "ident"):
            marked.setdefault(priority, set()).add(ident)
        return marked

    def test_where_a_whole_site_turns_its_home_page_goes_first(self) -> None:
        marked = self.due(20)

        assert marked.pop(DEPENDENT) == {"front"}
        assert {len(idents) for idents in marked.values()} == {22}

    def test_the_few_pages_of_a_small_change_turn_together(self) -> None:
        assert self.due(5).keys() == {DEPENDENT}
