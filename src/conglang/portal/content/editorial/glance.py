"""The network at a glance: how each office's site stands, what needs somebody first on top. For those who see all."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any

from django.db.models import Count, Max, Min, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from conglang.portal.content.approval.models import Request
from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.identity.accounts.queries import sees_all, sites_of
from conglang.portal.publishing.releases.queries import edge_reports, last_editions
from conglang.portal.publishing.rendering.queries import failures

QUIET = timedelta(days=30)  # a site on which nobody published for so long is looked at
PATIENCE = timedelta(days=2)  # so long a text may wait for approval


class State(IntEnum):
    """Most urgent first."""

    TROUBLE = 0
    BEHIND = 1
    WAITS_LONG = 2
    QUIET = 3
    WELL = 4


@dataclass(frozen=True)
class Line:
    """One office's site. ``published_at``: when a person published last; ``seen``/``edges``: servers that show it."""

    key: str
    name: str
    root: int | None  # its home page
    state: State
    published_at: datetime | None
    drafts: int
    waiting: int
    waiting_since: datetime | None
    troubles: int
    seen: int
    edges: int

    @property
    def sign(self) -> str:
        return {State.TROUBLE: "▲", State.BEHIND: "◐", State.WAITS_LONG: "◷", State.QUIET: "○"}.get(
            self.state, "●"
        )

    @property
    def tone(self) -> str:
        return "good" if self.state is State.WELL else "soft" if self.state is State.QUIET else "warn"

    @property
    def word(self) -> str:
        return {
            State.TROUBLE: _("something is not published"),
            State.BEHIND: _("on its way to readers"),
            State.WAITS_LONG: _("a text waits long for approval"),
            State.QUIET: _("nothing new for a month"),
        }.get(self.state, _("in order"))


@dataclass(frozen=True)
class Glance:
    lines: tuple[Line, ...] = ()

    @property
    def counts(self) -> list[tuple[Line, int]]:
        """How many sites stand how: one of each kind, to be shown with its word, and the number."""
        first = {line.state: line for line in reversed(self.lines)}
        return [(first[state], sum(line.state is state for line in self.lines)) for state in sorted(first)]


def glance(*, viewer: Any) -> Glance | None:
    """Return every site in one line each; None for somebody who does not see the whole network.

    A handful of queries, however many sites there are.
    """
    if not sees_all(viewer=viewer):
        return None
    sites = list(sites_of(viewer=viewer))
    numbers = [site.pk for site in sites]
    pages = _pages(numbers)
    newest = last_editions(site.key for site in sites)
    reports = edge_reports()
    broken = Counter(failure.site for failure in failures(site.key for site in sites))
    waiting = _waiting(numbers)
    roots = dict(BasePage.objects.filter(depth=2).values_list("site_id", "pk"))
    lines = []
    for site in sites:
        edition, asked, written = newest.get(site.key, 0), waiting.get(site.pk, {}), pages.get(site.pk, {})
        facts = {
            "published_at": written.get("published_at"), "drafts": written.get("drafts", 0),
            "waiting": asked.get("count", 0), "waiting_since": asked.get("since"),
            "troubles": broken[site.key], "edges": len(reports),
            "seen": sum(_shown(report, site.key) >= edition for report in reports) if edition else 0,
        }  # fmt: skip
        state = _state(**facts, edition=edition)
        lines.append(Line(site.key, site.unit.full_name, roots.get(site.pk), state, **facts))
    return Glance(tuple(sorted(lines, key=_urgency)))


def _shown(report: Any, key: str) -> int:
    return int(report.sites.get(key, {}).get("edition", 0))


def _urgency(line: Line) -> tuple[Any, ...]:
    now, never = timezone.now(), datetime.min.replace(tzinfo=UTC)
    return (line.state, line.waiting_since or now, line.published_at or never, line.name)


def _state(*, edition: int, **facts: Any) -> State:
    now = timezone.now()
    if facts["troubles"]:
        return State.TROUBLE
    if edition and facts["seen"] < facts["edges"]:
        return State.BEHIND
    if facts["waiting_since"] and facts["waiting_since"] < now - PATIENCE:
        return State.WAITS_LONG
    last = facts["published_at"]
    return State.QUIET if last is None or last < now - QUIET else State.WELL


def _pages(sites: list[int]) -> dict[int, dict[str, Any]]:
    """Site → when a person published on it last, and how many texts are being written."""
    by_people = Q(live=True, latest_revision__user__isnull=False)
    rows = (
        BasePage.objects.filter(site__in=sites)
        .order_by()
        .values("site")
        .annotate(
            published_at=Max("last_published_at", filter=by_people),
            drafts=Count("pk", filter=Q(has_unpublished_changes=True)),
        )
    )
    return {row["site"]: dict(row) for row in rows}


def _waiting(sites: list[int]) -> dict[int, dict[str, Any]]:
    found = Request.objects.filter(state=Request.State.WAITING, site__in=sites).order_by()
    rows = found.values("site").annotate(count=Count("pk"), since=Min("asked_at"))
    return {row["site"]: dict(row) for row in rows}
