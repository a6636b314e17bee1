"""What is announced on all sites, as the database knows it and as the signed file says."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from conglang.portal.identity.accounts.models import User
from conglang.portal.identity.accounts.queries import holdings
from conglang.portal.identity.accounts.rules import Role
from conglang.portal.identity.sites.queries import NoOrigin, current_origin, hosts
from conglang.portal.publishing.rendering.rules import Source
from conglang.wire.envelope import EnvelopeError, peek
from conglang.wire.release import Authority, AuthorityKind
from conglang.wire.repo import STATE_TARGET
from conglang.wire.state import State, state_from_json

from .models import Announced

KEY = "network-state"  # read by whatever has the announcements in the page
ANNOUNCERS = frozenset({Role.CENTRE_EDITOR, Role.CENTRE_APPROVER, Role.CITY_ADMINISTRATOR})
HISTORY = 50


@dataclass(frozen=True)
class Known:
    """The state that pages are rendered with, and who stands for it."""

    state: State
    source: Source


def known() -> Known | None:
    """The state the worker found last; None while nothing was ever said."""
    newest = Announced.objects.first()
    if newest is None:
        return None
    who = Authority(AuthorityKind(newest.kind), tuple(newest.people), newest.at)
    return Known(state_from_json(newest.state), Source(newest.digest, who))


def signed() -> tuple[State, int] | None:
    """State and version of the signed file as it lies in the store now; None when there is none that can be read."""
    try:
        return peek(state_file().read_bytes())
    except (OSError, EnvelopeError):
        return None


def state_file() -> Path:
    return Path(settings.DATA) / "store" / "repo" / STATE_TARGET


def own_hosts() -> frozenset[str]:
    """The hosts of all sites, which an announcement may link to; none before the network was started."""
    try:
        return frozenset(hosts(current_origin()))
    except NoOrigin:
        return frozenset()


def history(*, viewer: User) -> list[Announced]:
    """What was announced, by whom and why, newest first; nothing for whoever may not announce."""
    return list(Announced.objects.all()[:HISTORY]) if may_announce(viewer=viewer) else []


def may_announce(*, viewer: User, on: datetime | None = None) -> bool:
    """Whether somebody may speak for the whole network: editors of the Centre and administrators of the city."""
    if not viewer.is_active:
        return False
    day = on.date() if on else None
    return viewer.is_superuser or holdings(viewer=viewer, on=day).filter(role__in=ANNOUNCERS).exists()


def others_on_duty(*, viewer: User) -> list[User]:
    """Those who may be named as the second person: everybody else who may announce."""
    roles = [role.value for role in ANNOUNCERS]
    people = User.objects.filter(is_active=True, holdings__role__in=roles).exclude(pk=viewer.pk).distinct()
    return [one for one in people.order_by("last_name", "first_name") if may_announce(viewer=one)]
