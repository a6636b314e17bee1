"""Publishing a page in one transaction, and keeping every address a page once had."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.identity.accounts.models import User

from ..models import FormerPath


@transaction.atomic
def publish(page: BasePage, *, by: User | None = None) -> BasePage:
    """Make the page's present values its live revision; return it as stored. The change is touched with it."""
    revision = page.save_revision(user=by, log_action=True)
    revision.publish(user=by, skip_permission_checks=True)
    return BasePage.objects.get(pk=page.pk).specific


def remember_former_paths(rows: Iterable[tuple[int, str, UUID | str]]) -> None:
    """Remember (site id, path, page uuid) as addresses that pages had; the last page that had one keeps it."""
    found = {(site, path): FormerPath(site_id=site, path=path, page_uuid=uuid) for site, path, uuid in rows}
    FormerPath.objects.bulk_create(
        found.values(), update_conflicts=True, unique_fields=["site", "path"], update_fields=["page_uuid"]
    )
