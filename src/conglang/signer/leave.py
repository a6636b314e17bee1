"""What the portal alone may not have signed: sites emptied, hosts taken away, search engines sent away.

Names of people in a request are the portal's word. So these few acts need a permit that a duty person signed with a key
of their own (`permits`). In a demonstration network, where off-line keys lie beside the others, nothing is held back.
"""

import logging
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from conglang.signer import keys as keyring
from conglang.signer import permits
from conglang.signer.permits import What
from conglang.signer.removals import Removals
from conglang.signer.repository import Repository
from conglang.wire.repo import STATE_ROLE, Hosts

if TYPE_CHECKING:
    from securesystemslib.signer import Key

_HOW = "a duty person has to allow it: ./conglang keys permit {what} --site {site} --key FILE"
log = logging.getLogger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Leave:
    """Judges removals and lists of hosts. `data`: the data folder; `clock`: the test's own where days pass."""

    def __init__(
        self, data: Path, repository: Repository, *, clock: Callable[[], datetime] = _utc_now
    ) -> None:
        self._data = data
        self._repository = repository
        self._removals = Removals(data / "keys")
        self.clock = clock

    def refusal_of_removal(self, site: str, paths: list[str]) -> str | None:
        """Why these pages of a site must not go now, or None."""
        if not paths or self._is_demo():
            return None
        size = self._repository.weight(site).paths
        reason = self._removals.too_many(site, paths, size, self.clock())
        return reason and self._unless_allowed(What.REMOVAL, site, reason)

    def note(self, site: str, count: int) -> None:
        """So many pages of a site went."""
        if not self._is_demo():
            self._removals.note(site, count, self.clock())

    def refusal_of_hosts(self, after: Hosts, *, owns: Callable[[str], bool]) -> str | None:
        """Why this must not become the list of hosts, or None. Hosts the network does not own any more may go, and
        those that never leave a machine (RFC 6761)."""
        before = self._repository.hosts()
        if self._is_demo() or not before.hosts:
            return None
        counting = [host for host in before.hosts if owns(host) and not host.endswith(".localhost")]
        lost = sorted(host for host in counting if after.hosts.get(host) != before.hosts[host])
        for host in lost:
            reason = f"{host} would show nothing, or another site"
            if refused := self._unless_allowed(What.HOSTS, before.hosts[host], reason):
                return refused
        if after.noindex and not before.noindex and counting:
            return self._unless_allowed(
                What.NOINDEX, permits.EVERY_SITE, "search engines would be sent away from all sites"
            )
        return None

    def _unless_allowed(self, what: What, site: str, reason: str) -> str | None:
        permit = permits.found(self._data, self._keys(), what, site, self.clock())
        if permit is None:
            return f"{reason}; {_HOW.format(what=what.value, site=site)}"
        log.warning("%s: %s; allowed until %s («%s»)", site, reason, permit.until, permit.cause)
        return None

    def _keys(self) -> "Collection[Key]":
        """The duty people's keys that count; not the on-line key, which signs what the portal announces."""
        delegations = self._repository.role("targets").signed.delegations
        mine = {key.public_key.keyid for key in self._repository.ring.held(STATE_ROLE)}
        counting = self._repository.counting(STATE_ROLE) - mine
        return [key for keyid, key in (delegations.keys if delegations else {}).items() if keyid in counting]

    def _is_demo(self) -> bool:
        return keyring.is_demo(self._data / "keys")
