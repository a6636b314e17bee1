"""Which sites there are, where they live and what state they are in."""

from datetime import datetime

from django.db.models import QuerySet

from .models import NetworkState, Site
from .rules import BadOrigin, Origin, State, state_at


class NoOrigin(LookupError):
    """No origin was recorded yet: the network has not been started."""


def all_sites() -> QuerySet[Site]:
    """Return every site with its unit and office, the city portal first, then by key."""
    return Site.objects.select_related("unit", "office").order_by("-is_city", "key")


def site(key: str) -> Site:
    """Return one site with its unit and office; raise Site.DoesNotExist."""
    return Site.objects.select_related("unit", "office").get(key=key)


def city() -> Site:
    """Return the city portal's site; raise Site.DoesNotExist before the network was created."""
    return Site.objects.select_related("unit", "office").get(is_city=True)


def network_state() -> NetworkState:
    """Return the one row about the whole network; an empty one when nothing was recorded yet."""
    return NetworkState.objects.filter(pk=1).first() or NetworkState()


def current_origin() -> Origin:
    """Return the recorded origin, knowing the city's key; raise NoOrigin."""
    city_key = Site.objects.filter(is_city=True).values_list("key", flat=True).first() or ""
    return origin_in(network_state(), city_key)


def origin_in(state: NetworkState, city_key: str) -> Origin:
    """Return the origin that was recorded for the network; raise NoOrigin."""
    if not state.origin:
        raise NoOrigin("No address was recorded for this network; start it once with ./conglang up.")
    return Origin.parse(state.origin, city_key)


def hosts(origin: Origin) -> dict[str, str]:
    """Return the key of the site for every host of the network at ``origin``.

    Raises BadOrigin when two sites would share a host.
    """
    found: dict[str, str] = {}
    for key, custom in Site.objects.order_by("key").values_list("key", "custom_host"):
        host = origin.host_of(key, custom)
        if host in found:
            raise BadOrigin(
                f"Sites {found[host]} and {key} would share the host {host}; give one its own host."
            )
        found[host] = key
    return found


def base_url(of: Site, origin: Origin) -> str:
    """Return the absolute address of a site without a trailing slash."""
    return origin.url(origin.host_of(of.key, of.custom_host))


def state(of: Site, *, at: datetime) -> State:
    """Return whether a site is on trial or official at the instant ``at``."""
    return state_at(of.official_from, at)
