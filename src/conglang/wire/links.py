"""Where an announcement to all sites may lead: to the network itself, and to the few hosts on its list."""

import tomllib
from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlsplit

from conglang.wire.paths import PathError, check_path
from conglang.wire.state import StateError


def _(text: str) -> str:
    """Mark a sentence for translation; whoever shows it translates it."""
    return text


def check_link(link: str, *, own: Collection[str], listed: Collection[str]) -> None:
    """Raise StateError unless a link is a possible path, an address on an `own` host, or https on a `listed` one."""
    if not _may_lead_to(link, own, listed):
        raise StateError(
            _(
                "A link may lead to a page of the network or to a host on the network's list, not to %(link)s."
            ),
            link=link,
        )


def _may_lead_to(link: str, own: Collection[str], listed: Collection[str]) -> bool:
    if link.startswith("/") and not link.startswith("//"):
        return _is_path(link)
    try:
        parts = urlsplit(link)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.username or parts.password or parts.scheme not in ("http", "https"):
        return False
    return host in own or (parts.scheme == "https" and port is None and host in listed)


def listed_hosts(network: Path | None) -> frozenset[str]:
    """The hosts outside the network that announcements may link to, from `[announcements]` of its network.toml."""
    if network is None:
        return frozenset()
    try:
        facts = tomllib.loads((network / "network.toml").read_text())
        return frozenset(str(host) for host in facts["announcements"]["link_hosts"])
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset()


def _is_path(link: str) -> bool:
    try:
        check_path(link)
    except PathError:
        return False
    return True
