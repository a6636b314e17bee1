"""What the desk asks about releases: what is public, what is on its way, what failed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from procrastinate.contrib.django.models import ProcrastinateJob

from conglang.portal.publishing.rendering import queries as rendered
from conglang.portal.publishing.rendering.models import Entry, Stale
from conglang.portal.publishing.rendering.rules import Subject

from .models import EdgeReport, Edition


class Stage(StrEnum):
    """How far a change has come. Readers see it once the edges report the edition."""

    WAITING = "waiting"
    RENDERED = "rendered"  # waits for the signer
    RELEASED = "released"
    FAILED = "failed"
    ABSENT = "absent"  # nothing to publish: a draft, or withdrawn


@dataclass(frozen=True)
class Whereabouts:
    """Where one subject is. ``edition``: the newest edition that brought a change to one of its paths."""

    stage: Stage
    edition: int | None = None
    paths: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class SiteState:
    """One line of the publishing overview."""

    site: str
    edition: int | None
    released_at: datetime | None
    waiting: int  # subjects to be rendered
    unsigned: int  # paths the signer has not acknowledged
    failed: int


def last_edition(site: str) -> Edition | None:
    """The signed edition of a site that was noted last, None before the first."""
    return Edition.objects.filter(site=site).order_by("at").last()


def last_editions(sites: Iterable[str]) -> dict[str, int]:
    """The number of the last edition of each site that has one."""
    found = Edition.objects.filter(site__in=list(sites)).order_by("site", "-at").distinct("site")
    return dict(found.values_list("site", "number"))


def whereabouts(subject: Subject) -> Whereabouts:
    """How far the last change of a subject has come."""
    paths = rendered.paths_of(subject)
    failed = Stale.objects.filter(
        family=subject.family, site=subject.site, ident=subject.ident, quarantined=True
    ).first()
    if failed is not None:
        return Whereabouts(Stage.FAILED, paths=paths, error=failed.error)
    if rendered.is_waiting(subject):
        return Whereabouts(Stage.WAITING, paths=paths)
    if not paths:
        return Whereabouts(Stage.ABSENT)
    return _of_entries(subject.site, paths)


def _of_entries(site: str, paths: tuple[str, ...]) -> Whereabouts:
    entries = list(Entry.objects.filter(site=site, path__in=paths))
    refused = next((entry.refused for entry in entries if entry.refused), "")
    edition = max((entry.edition for entry in entries if entry.edition is not None), default=None)
    if refused:
        return Whereabouts(Stage.FAILED, edition, paths, refused)
    stage = Stage.RENDERED if any(entry.dirty for entry in entries) else Stage.RELEASED
    return Whereabouts(stage, edition, paths)


def site_states(sites: Iterable[str]) -> list[SiteState]:
    """The publishing overview, one line for each site, in the order given."""
    return [_site_state(site) for site in sites]


def _site_state(site: str) -> SiteState:
    edition = last_edition(site)
    return SiteState(
        site=site,
        edition=edition.number if edition else None,
        released_at=edition.at if edition else None,
        waiting=Stale.objects.filter(site=site, quarantined=False).count(),
        unsigned=Entry.objects.filter(site=site, dirty=True, refused="").count(),
        failed=len(rendered.failures([site])),
    )


def sites_with_jobs() -> frozenset[str]:
    """Sites that a job waits for or works on."""
    jobs = ProcrastinateJob.objects.filter(
        task_name__in=["releases.publish_site", "releases.publish_together"], status__in=["todo", "doing"]
    )
    found: set[str] = set()
    for arguments in jobs.values_list("args", flat=True):
        found.update([arguments["site"]] if "site" in arguments else arguments["sites"])
    return frozenset(found)


def edge_reports() -> list[EdgeReport]:
    """What every known edge said last, by name."""
    return list(EdgeReport.objects.all())


def shown_editions(site: str) -> list[int]:
    """The edition of a site on each known edge, as it was last heard; 0 where it shows none."""
    found = EdgeReport.objects.values_list(f"sites__{site}__edition", flat=True)
    return [int(edition or 0) for edition in found]
