"""What somebody was told."""

from django.db.models import QuerySet

from conglang.portal.identity.accounts.models import User
from conglang.portal.identity.accounts.queries import sites_of

from .models import Notice


def notices_of(*, viewer: User) -> QuerySet[Notice]:
    """Return what ``viewer`` was told, newest first: of sites they still work with. Who moved away reads no more."""
    own = Notice.objects.filter(person=viewer, site__in=sites_of(viewer=viewer).order_by().values("pk"))
    return own.select_related("site__unit")


def unread(*, viewer: User) -> int:
    """Return how many of them ``viewer`` has not read."""
    return notices_of(viewer=viewer).filter(read_at=None).count()
