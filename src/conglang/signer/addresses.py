"""Which hosts are the network's own: from its facts and the origin the signer was started with, not from the portal."""

import re
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

from conglang.wire.links import listed_hosts

_ABSOLUTE = re.compile(r"https?://([a-z0-9.-]+)(?::\d{1,5})?(?:[/?#][^\s\\]*)?", re.ASCII)


class Addresses:
    """What may be called a host of this network, and where a redirect may lead."""

    def __init__(self, network: Path | None = None, origin: str = "") -> None:
        """`network`: the folder of its facts. `origin`: `https://hanoi.gov.vn`, or where it is tried out meanwhile."""
        self._domains = {urlsplit(origin).hostname or ""}
        self._hosts: set[str] = set()
        self._listed = listed_hosts(network)
        if network is not None and (network / "network.toml").exists():
            domain = tomllib.loads((network / "network.toml").read_text()).get("domain", {})
            self._domains.add(str(domain.get("official", "")))
            self._hosts = {str(one["host"]) for one in domain.get("special", ()) if "host" in one}
        self._domains.discard("")

    def owns(self, host: str) -> bool:
        """True below the network's own domain, for a unit's host of its own, and for names of this machine alone."""
        own = host in self._hosts or any(host == one or host.endswith(f".{one}") for one in self._domains)
        return own or host.endswith(".localhost")  # RFC 6761, 6.3: never leaves the machine

    def own_address(self, address: str) -> bool:
        """True for an absolute address on a host of the network that every browser reads alike."""
        found = _ABSOLUTE.fullmatch(address)
        return found is not None and self.owns(found[1])

    def may_redirect_to(self, address: str) -> bool:
        """True for an own address, and for one on the network's short list of hosts outside it."""
        found = _ABSOLUTE.fullmatch(address)
        return found is not None and (self.owns(found[1]) or found[1] in self._listed)
