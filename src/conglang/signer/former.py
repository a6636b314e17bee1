"""What an earlier version signed, signed again as this one does: 64 shards of a site become 256."""

import logging
from collections import defaultdict

from conglang.signer.limits import weigh
from conglang.signer.repository import NextEdition, Repository
from conglang.wire.manifest import Entry, decode_former_shard, encode_shard
from conglang.wire.paths import shard_of

_TOGETHER = 16  # sites under one snapshot
log = logging.getLogger(__name__)


def take_over(repository: Repository) -> int:
    """Sign what is left of an earlier version; return how many sites that was. After a kill the next start goes on.

    Readers see no difference: paths, bodies and times stay as they are.
    """
    waiting = {site: found for site in repository.editions() if (found := _former(repository, site))}
    names = sorted(waiting)
    for begin in range(0, len(names), _TOGETHER):
        together = {site: _next(site, waiting[site]) for site in names[begin : begin + _TOGETHER]}
        repository.publish_together(together)
        log.info("%d sites signed in 256 shards", begin + len(together))
    return len(waiting)


def _former(repository: Repository, site: str) -> dict[str, dict[str, Entry]] | None:
    """The shards of version 1; None for a site that has none. One is enough to tell: a site is signed as a whole."""
    found: dict[str, dict[str, Entry]] = {}
    for shard, digest in repository.shards(site).items():
        entries = decode_former_shard(repository.shard(site, shard, digest))
        if entries is None:
            return None
        found[shard] = entries
    return found or None


def _next(site: str, former: dict[str, dict[str, Entry]]) -> NextEdition:
    after: defaultdict[str, dict[str, Entry]] = defaultdict(dict)
    for entries in former.values():
        for path, entry in entries.items():
            after[shard_of(path)][path] = entry
    shards: dict[str, bytes | None] = dict.fromkeys(former)
    shards |= {shard: encode_shard(site, shard, entries) for shard, entries in after.items()}
    return NextEdition(shards, {shard: weigh(after.get(shard, {}).values()) for shard in shards})
