"""Following what was done until an edition with it is signed: only then is a moment past for readers."""

from datetime import datetime, timedelta

from conglang.portal.publishing.releases.models import Edition
from conglang.portal.publishing.rendering import queries as rendered
from conglang.portal.publishing.rendering.models import Entry, Production, Stale, Touch
from conglang.portal.publishing.rendering.rules import MOST_TRIES

from ..models import Moment
from ..rules import INSTANT, State

PATIENCE = timedelta(hours=1)


def follow(*, now: datetime) -> int:
    """Note the edition of what was done and is released since. Return how many moments are still on their way."""
    rows = list(Moment.objects.filter(state=State.DONE, released_at=None, done_at__gte=now - PATIENCE))
    if not rows:
        return 0
    busy = _busy_sites(rows)
    troubled = {failure.site: failure.error for failure in rendered.failures({row.site for row in rows})}
    arrived = [row for row in rows if _arrive(row, busy, troubled)]
    Moment.objects.bulk_update(arrived, ["released_at", "edition", "warning"])
    return sum(row.released_at is None and not row.warning for row in rows)


def _busy_sites(rows: list[Moment]) -> set[str]:
    """Sites with something to render or to sign, or of which that is not known yet."""
    sites = {row.site for row in rows}
    if Touch.objects.filter(dispatched_at=None, tries__lt=MOST_TRIES).exists():
        return sites
    last = max(row.due for row in rows)
    stale = Stale.objects.filter(site__in=sites, quarantined=False)
    dirty = Entry.objects.filter(site__in=sites, dirty=True, refused="")
    unturned = Production.objects.filter(site__in=sites, changes_at__lte=last)
    return {
        *stale.values_list("site", flat=True),
        *dirty.values_list("site", flat=True),
        *unturned.values_list("site", flat=True),
    }


def _arrive(row: Moment, busy: set[str], troubled: dict[str, str]) -> bool:
    """A text has arrived with the edition that brings its own path, a whole site when nothing of it waits any more.

    Return whether there is something to write down.
    """
    if row.planner != INSTANT and row.path:
        entry = Entry.objects.filter(site=row.site, path=row.path, dirty=False).first()
        brought = _edition(row, entry.edition) if entry and entry.edition else None
    else:
        brought = _last(row) if row.site not in busy else None
    if brought is not None:
        row.released_at, row.edition = brought.at, brought.number
    elif row.site not in busy and row.site in troubled:
        row.warning = troubled[row.site]
    elif row.site not in busy:  # nothing was different for readers
        row.released_at = row.done_at
    return row.released_at is not None or bool(row.warning)


def _edition(row: Moment, number: int) -> Edition | None:
    return Edition.objects.filter(site=row.site, number=number, at__gte=row.done_at).first()


def _last(row: Moment) -> Edition | None:
    return Edition.objects.filter(site=row.site, at__gte=row.done_at).order_by("at").last()
