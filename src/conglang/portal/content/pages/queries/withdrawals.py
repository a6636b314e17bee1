"""Notices that stand in place of pages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ..models import FormerPath, Withdrawal


@dataclass(frozen=True)
class NoticeFacts:
    """One notice, and the addresses on one site at which it stands."""

    id: int
    page_uuid: UUID
    reason: str
    text: str
    at: datetime
    by: UUID | None
    replacement_id: int | None
    provisional: bool
    second: UUID | None
    emergency: bool
    paths: tuple[str, ...]


def notices(site_key: str, uuids: Iterable[str] | None = None) -> list[NoticeFacts]:
    """Load the notices that stand at addresses of a site: of these pages, or all."""
    standing = Withdrawal.objects.filter(ended_at=None)
    if uuids is not None:
        standing = standing.filter(page__uuid__in=list(uuids))
    fields = (
        "id", "page__uuid", "reason", "text", "at", "by__uuid", "replacement_id", "provisional", "second__uuid",
        "emergency",
    )  # fmt: skip
    rows: list[tuple[Any, ...]] = list(standing.order_by("id").values_list(*fields))
    paths: dict[UUID, list[str]] = {}
    former = FormerPath.objects.filter(site__key=site_key, page_uuid__in=[row[1] for row in rows])
    for uuid, path in former.order_by("path").values_list("page_uuid", "path"):
        paths.setdefault(uuid, []).append(path)
    shown = ((*row, tuple(paths[row[1]])) for row in rows if row[1] in paths)
    return [NoticeFacts(*values) for values in shown]


def notice_sites(uuids: Iterable[str]) -> list[tuple[str, str]]:
    """Return pairs of site key and page uuid where a notice of one of these pages stands."""
    standing = Withdrawal.objects.filter(ended_at=None, page__uuid__in=list(uuids)).values_list(
        "page__uuid", flat=True
    )
    found = (
        FormerPath.objects.filter(page_uuid__in=list(standing))
        .values_list("site__key", "page_uuid")
        .distinct()
    )
    return [(site, str(uuid)) for site, uuid in found]


def has_notice(page_id: int) -> bool:
    """Whether a page was taken down with a notice that still stands."""
    return Withdrawal.objects.filter(page_id=page_id, ended_at=None).exists()
