"""What this edge says of itself: its folder, its puller and its audit in one `wire.status` report."""

from datetime import UTC, datetime

from conglang.edge.puller import Puller
from conglang.edge.shared import SharedState
from conglang.wire.status import EdgeStatus, SharedShown, ShownSite


def report(puller: Puller, shared: SharedState | None = None, *, name: str) -> EdgeStatus:
    """The report of this moment."""
    at = datetime.now(UTC)
    health, applied = puller.health, puller.folder.applied()
    return EdgeStatus(
        edge=name,
        at=at.isoformat(timespec="seconds"),
        stale=health.stale(at),
        fresh_until=health.expires.isoformat() if health.expires else None,
        age=round((at - health.accepted).total_seconds(), 1) if health.accepted else None,
        trouble=health.kind,
        hosts=applied.hosts,
        sites={site: ShownSite(*shown) for site, shown in applied.sites.items()},
        tree=puller.watch.report,
        shared=shared.health.shown(at) if shared else SharedShown(),
    )
