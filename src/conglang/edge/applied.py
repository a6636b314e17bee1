"""What an edge shows, per site, as it remembers it: `applied.json`.

Whoever reads it acts on it: a site that is not named there is taken out of the tree. So it carries a digest of itself,
and one changed byte makes it worth nothing; everything is then applied again from what is signed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from conglang.wire.manifest import canonical
from conglang.wire.objects import digest_of


class AppliedSite(NamedTuple):
    """`edition` became visible `at` (RFC 3339, UTC). `manifest`: `repo.manifest_digest` of what it shows."""

    edition: int
    at: str
    manifest: str = ""


@dataclass(frozen=True)
class Applied:
    """What the tree shows, per site, and the edition of the list of hosts."""

    sites: Mapping[str, AppliedSite]
    hosts: int = 0

    def encode(self) -> bytes:
        """The file, with its own digest in it."""
        sites = {key: site._asdict() for key, site in self.sites.items()}
        said: dict[str, Any] = {"v": 1, "hosts": self.hosts, "sites": sites}
        return canonical({**said, "sha256": digest_of(canonical(said))})


def decode(data: bytes) -> Applied:
    """What `encode` wrote; nothing applied when a byte of it is another."""
    try:
        found = json.loads(data)
        sites = {
            str(key): AppliedSite(int(one["edition"]), str(one["at"]), str(one["manifest"]))
            for key, one in found["sites"].items()
        }
        applied = Applied(sites, int(found["hosts"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Applied({})
    return applied if applied.encode() == data else Applied({})
