"""«Lịch công bố»: what is to come on one's own sites, what happened, how late, and what needs a person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from wagtail.admin import messages
from wagtail.models import Revision

from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.identity.accounts.queries import sites_of
from conglang.portal.identity.sites.models import Site
from conglang.portal.publishing.moments import actions, queries
from conglang.portal.publishing.moments.models import Moment
from conglang.portal.publishing.moments.pulse import silent_seconds
from conglang.portal.publishing.moments.rules import INSTANT, State, lateness
from conglang.portal.publishing.rendering.vietnamese import number

from .entries import Entry, Standing
from .queries import held_roles, looks_after_sites
from .requests import DeskRequest
from .rules import UNIT_ROLES
from .troubles import told

MOST = 400  # moments looked at; a network that turns as one has 126 of them at once
SILENCE = 30.0  # seconds


@dataclass(frozen=True)
class Line:
    """One moment of one text, or of all sites that turn together."""

    due: datetime
    what: str
    title: str
    place: str
    late: str  # in words, empty while it has not happened
    is_late: bool
    edition: int | None
    trouble: str
    failed: int | None  # the number of a moment that can be tried again
    page: int | None  # the one page it is about
    done: bool


def lines_to_come(*, viewer: Any, at_most: int = MOST) -> list[Line]:
    """Return what waits for its moment on the viewer's sites and what was set aside, soonest first."""
    sites = _own_sites(viewer)
    # Sites that turn together are one line made of many rows, so rows are counted generously.
    return _lines(queries.to_come(sites)[: min(MOST, at_most * (1 + len(sites)))], sites)[:at_most]


def lines_past(*, viewer: Any) -> list[Line]:
    """Return what happened on the viewer's sites, newest first."""
    sites = _own_sites(viewer)
    return _lines(queries.past(sites)[:MOST], sites)


def may_retry(viewer: Any) -> bool:
    """Whether somebody may have a moment tried again: those who publish, and those who write for a unit."""
    return looks_after_sites(viewer) or any(role in UNIT_ROLES for role, _site in held_roles(viewer))


def calendar(request: DeskRequest) -> HttpResponse:
    """What is to come, what needs a person, what happened."""
    silent, writes = silent_seconds(now=timezone.now()), may_retry(request.user)
    coming = lines_to_come(viewer=request.user)
    context = {
        "page_title": _("Publishing calendar"),
        "failed": [_entry(line, writes=writes) for line in coming if line.failed],
        "coming": [_entry(line, writes=writes) for line in coming if not line.failed],
        "past": [_entry(line, writes=writes) for line in lines_past(viewer=request.user)],
        "silent": silent is None or silent > SILENCE,
    }
    return render(request, "editorial/calendar.html", context)


@require_POST
def try_again(request: DeskRequest, pk: int) -> HttpResponse:
    """Try once more what was set aside, after somebody has mended its cause."""
    moment = Moment.objects.filter(pk=pk, site__in=_own_sites(request.user)).first()
    if moment is None or not may_retry(request.user):
        raise Http404
    if actions.retry(moment):
        messages.success(request, _("It is tried again now. The result stands here in a moment."))
    else:
        messages.warning(
            request, _("Nothing had to be tried again: it has happened or was cancelled meanwhile.")
        )
    return HttpResponseRedirect(reverse("editorial_calendar"))


def _entry(line: Line, *, writes: bool) -> Entry:
    """``writes``: whoever looks may open the texts and have something tried again."""
    when = date_format(timezone.localtime(line.due), "H:i, d/m/Y")
    edition = (_("Published edition") + f" {line.edition}",) if line.edition else ()
    return Entry(
        f"{when} · {line.what}" + (f": {line.title}" if line.title else ""),
        (line.place, *edition),
        url=reverse("wagtailadmin_pages:edit", args=[line.page]) if line.page and writes else "",
        standing=_standing(line),
        troubles=(told(line.trouble),) if line.trouble else (),
        retry=reverse("editorial_calendar_retry", args=[line.failed]) if line.failed and writes else "",
    )


def _standing(line: Line) -> Standing:
    if line.failed:
        return Standing.of("warn", _("was tried several times and set aside"))
    if not line.done:
        return (
            Standing.of("warn", _("would fail as it is"))
            if line.trouble
            else Standing.of("soft", _("is waiting"))
        )
    if not line.late:
        return Standing.of("half", _("on its way to readers"))
    return Standing.of("warn" if line.is_late else "good", line.late)


def _own_sites(viewer: Any) -> dict[str, Site]:
    return {site.key: site for site in sites_of(viewer=viewer)}


def _lines(moments: Iterable[Moment], sites: dict[str, Site]) -> list[Line]:
    rows = list(moments)
    pages = _pages(rows)
    groups = [list(group) for _key, group in groupby(rows, key=_together)]
    return [_line(group, sites, pages.get(group[0].pk)) for group in groups]


def _pages(rows: Iterable[Moment]) -> dict[int, int]:
    """Moment → the page it is about: a publication names a revision, an end the page itself."""
    named = {
        row.pk: (row.planner, int(row.ident))
        for row in rows
        if row.planner != INSTANT and row.ident.isdigit()
    }
    revisions = [ident for planner, ident in named.values() if planner == "go-live"]
    found = dict(Revision.page_revisions.filter(pk__in=revisions).values_list("pk", "object_id"))
    pages = {
        pk: int(found.get(ident, 0)) if planner == "go-live" else ident
        for pk, (planner, ident) in named.items()
    }
    there = set(BasePage.objects.filter(pk__in=pages.values()).values_list("pk", flat=True))
    return {moment: page for moment, page in pages.items() if page in there}


def _together(row: Moment) -> tuple[object, ...]:
    """Sites that turn by themselves at one instant are one line; everything else stands alone."""
    return (row.due, INSTANT) if row.planner == INSTANT else (row.due, row.pk)


def _line(rows: list[Moment], sites: dict[str, Site], page: int | None) -> Line:
    row = rows[0]
    reached = ((one.due, one.seen_at or one.released_at) for one in rows)
    late = max((seconds for due, at in reached if (seconds := lateness(due, at)) is not None), default=None)
    return Line(
        due=row.due,
        what=_what(row, sites[row.site]),
        title=row.title if row.planner != INSTANT else "",
        place=_place(rows, sites),
        late=in_words(late),
        is_late=late is not None and late > 5,
        edition=row.edition if len(rows) == 1 else None,
        trouble=next((one.error or one.warning for one in rows if one.error or one.warning), ""),
        failed=row.pk if row.state == State.FAILED else None,
        page=page,
        done=row.state == State.DONE,
    )


def _what(row: Moment, site: Site) -> str:
    if row.planner == INSTANT:
        return _("Becomes official") if site.official_from == row.due else _("Changes with the date")
    return {"go-live": _("Goes public"), "expiry": _("Is taken off the site")}.get(row.planner, row.planner)


def _place(rows: list[Moment], sites: dict[str, Site]) -> str:
    if len(rows) == 1:
        return sites[rows[0].site].unit.full_name
    return ngettext("%(count)d site", "%(count)d sites", len(rows)) % {"count": len(rows)}


def in_words(seconds: float | None) -> str:
    """Return how late something was: «đúng giờ», «muộn 2,4 giây», «muộn 3 phút»; empty when it has not happened."""
    if seconds is None:
        return ""
    if seconds < 1:
        return _("on time")
    if seconds < 60:
        return _("%(seconds)s seconds late") % {"seconds": number(seconds, 1)}
    return _("%(minutes)s minutes late") % {"minutes": number(seconds / 60)}
