"""Who gets which desk group, from the roles they hold. Plain Python."""

from collections.abc import Iterable
from datetime import timedelta

CENTRE = "centre-editors"
OBSERVERS = "observers"
UNIT_ROLES = frozenset({"unit-author", "unit-approver", "unit-manager"})
CENTRE_ROLES = frozenset({"centre-editor", "centre-approver"})
OBSERVER_ROLES = frozenset({"centre-support", "press-officer", "police-observer"})
PREVIEW_LIFE = timedelta(hours=1)
LONGEST_SHARE = timedelta(days=7)


def site_group(site_key: str) -> str:
    """Return the key of the group that writes for one site."""
    return f"site:{site_key}"


def groups_for(roles: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the group keys of somebody who holds ``roles``, pairs of role and site key (empty: no site)."""
    found = set()
    for role, site_key in roles:
        if role in UNIT_ROLES and site_key:
            found.add(site_group(site_key))
        elif role in CENTRE_ROLES:
            found.add(CENTRE)
        elif role in OBSERVER_ROLES:
            found.add(OBSERVERS)
    return frozenset(found)
