"""Following what is signed to the last machine that serves it: planned for eight is seen by readers at eight."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from conglang.portal.publishing.releases.models import EdgeReport

from ..models import Moment
from ..rules import State

PATIENCE = timedelta(hours=1)


def see(*, now: datetime) -> int:
    """Note for what was signed since when every machine that answers shows it. Return how many were noted.

    By the machines' own clocks, and no later than that: one that shows a newer edition by now says when that came.
    """
    signed = Moment.objects.filter(state=State.DONE, seen_at=None, released_at__gte=now - PATIENCE)
    rows = list(signed.exclude(edition=None))
    shown = [report.sites for report in EdgeReport.objects.filter(silent="")] if rows else []
    seen = [row for row in rows if _look(row, shown)]
    Moment.objects.bulk_update(seen, ["seen_at"])
    return len(seen)


def _look(row: Moment, shown: Sequence[Mapping[str, Mapping[str, object]]]) -> bool:
    found = [sites.get(row.site, {}) for sites in shown]
    if not found or any(int(str(one.get("edition", 0))) < (row.edition or 0) for one in found):
        return False
    row.seen_at = max(datetime.fromisoformat(str(one["at"])) for one in found)
    return True
