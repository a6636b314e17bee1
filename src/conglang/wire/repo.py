"""Names inside the signed repository (`store/repo`), the same for the signer that writes and the edge that reads.

Roles (The Update Framework): `root` → `targets` → `network` (hosts.json) and `sites` → one role per site, whose
version is the site's edition and whose targets are the shards `<site>/<nn>.json`; `state`, whose one file lies
outside snapshot and timestamp (`conglang.wire.envelope`); and `audit`, which signs checkpoints of the audit record
(`conglang.wire.checkpoint`).
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conglang.wire.manifest import ManifestError, canonical
from conglang.wire.paths import PathError, check_site_key

HOSTS_TARGET = "network/hosts.json"
SITES_ROLE = "sites"
NETWORK_ROLE = "network"
STATE_ROLE = "state"
STATE_TARGET = "state/network.json"
STATE_PATTERN = "state/*"
AUDIT_ROLE = "audit"
AUDIT_PATTERN = "audit/*"
_SITE_ROLE = "site-"
# What a web server's configuration, an address and a certificate all mean the same by.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")


def site_role(site: str) -> str:
    """The role that signs one site. The prefix keeps a commune called "targets" apart from the role."""
    return _SITE_ROLE + site


def site_of_role(role: str) -> str | None:
    """The site a role signs, or None for the roles of the network itself."""
    return role.removeprefix(_SITE_ROLE) if role.startswith(_SITE_ROLE) else None


def shard_target(site: str, shard: str) -> str:
    return f"{site}/{shard}.json"


def shard_of_target(target: str) -> str:
    return target.rpartition("/")[2].removesuffix(".json")


def manifest_digest(shards: Mapping[str, str]) -> str:
    """One SHA-256 for all a site shows, from shard → SHA-256 of the shard: equal content, equal digest."""
    return hashlib.sha256(canonical(dict(shards))).hexdigest()


@dataclass(frozen=True)
class Hosts:
    """Which host shows which site; `noindex` when the network is a demonstration."""

    hosts: Mapping[str, str]
    noindex: bool = False


def encode_hosts(hosts: Hosts) -> bytes:
    """Canonical JSON. ManifestError for a host or site that cannot be one."""
    for host, site in hosts.hosts.items():
        if len(host) > 253 or not _HOST.fullmatch(host):
            raise ManifestError(f"{host!r} is not a lower-case host name of the form name.name")
        try:
            check_site_key(site)
        except PathError as error:
            raise ManifestError(str(error)) from error
    return canonical({"v": 1, "hosts": dict(hosts.hosts), "noindex": hosts.noindex})


def decode_hosts(data: bytes) -> Hosts:
    """What `encode_hosts` wrote. ManifestError for anything else."""
    try:
        found: dict[str, Any] = json.loads(data)
        hosts = Hosts(
            {str(host): str(site) for host, site in found["hosts"].items()}, found["noindex"] is True
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ManifestError(f"not a list of hosts: {error}") from error
    if encode_hosts(hosts) != data:
        raise ManifestError("the list of hosts is not in canonical form")
    return hosts
