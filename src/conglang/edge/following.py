"""From a verified role to what has to be applied: which shards of a site are others now, and what they say."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tuf.api.metadata import Metadata, TargetFile, Targets
from tuf.ngclient import Updater

from conglang.edge.apply import Change
from conglang.edge.folder import EdgeFolder
from conglang.edge.source import Source
from conglang.wire.manifest import LARGEST_SHARD, Entry, ManifestError, decode_shard
from conglang.wire.paths import SHARDS
from conglang.wire.repo import manifest_digest, shard_of_target, shard_target, site_role


@dataclass(frozen=True)
class Following:
    """A verified edition that is to be applied, with its signed role and the digest of its manifest."""

    change: Change
    edition: int
    manifest: str
    role: bytes


class Editions:
    """Editions of sites as a verified client names them, compared with what this edge shows."""

    def __init__(self, folder: EdgeFolder, source: Source) -> None:
        self.folder = folder
        self._source = source

    def following(self, updater: Updater, site: str, edition: int) -> Following:
        """What applying this edition of a site comes to. Raises as the client, SourceError, or ManifestError."""
        signed = self._signed_shards(updater, site)
        held = self.folder.shard_bytes(site)
        shards: dict[str, bytes | None] = dict.fromkeys(held.keys() - signed.keys())
        for shard, file in signed.items():
            if shard not in held or not _is(held[shard], file):
                shards[shard] = self._shard(site, shard, file)
        before, after = self._entries(site, held, shards)
        interrupted = self.folder.pending(site).exists()
        manifest = manifest_digest({shard: file.hashes["sha256"] for shard, file in signed.items()})
        role = (self.folder.trust / f"{site_role(site)}.json").read_bytes()
        return Following(Change(site, before, after, shards, interrupted), edition, manifest, role)

    def _entries(
        self, site: str, held: Mapping[str, bytes], shards: Mapping[str, bytes | None]
    ) -> tuple[dict[str, Entry], dict[str, Entry]]:
        """Entries before and after: only of the shards that change, or of all when an apply was interrupted."""
        names = shards.keys() | (held.keys() if self.folder.pending(site).exists() else set())
        old = {shard: held[shard] for shard in names if shard in held}
        try:
            before = _decoded(site, old)
        except ManifestError:  # our own copy is damaged: compare the whole tree instead
            self.folder.pending(site).touch()
            names, before = held.keys() | shards.keys(), {}
        new = {shard: shards.get(shard, held.get(shard)) for shard in names}
        return before, _decoded(site, new)

    def _shard(self, site: str, shard: str, file: TargetFile) -> bytes:
        """Not by `download_target`: that walks through the delegations of all sites for every shard."""
        if file.length > LARGEST_SHARD:
            raise ManifestError(f"{site}/{shard}: {file.length} bytes are more than a shard has")
        data = self._source.shard(site, shard, file.hashes["sha256"], file.length)
        file.verify_length_and_hashes(data)
        return data

    def _signed_shards(self, updater: Updater, site: str) -> dict[str, TargetFile]:
        """Shard → signed length and digest, from the site's verified role."""
        updater.get_targetinfo(shard_target(site, SHARDS[0]))  # loads and verifies the role
        role: Metadata[Targets] = Metadata.from_file(str(self.folder.trust / f"{site_role(site)}.json"))
        return {shard_of_target(name): file for name, file in role.signed.targets.items()}

    def forget_older(self, sites: Iterable[str]) -> None:
        """The client would verify the role it has before it asks for the next one: twice the work for each site."""
        for site in sites:
            (self.folder.trust / f"{site_role(site)}.json").unlink(missing_ok=True)


def _is(data: bytes, file: TargetFile) -> bool:
    return hashlib.sha256(data).hexdigest() == file.hashes["sha256"]


def _decoded(site: str, shards: Mapping[str, bytes | None]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for shard, data in shards.items():
        if data is not None:
            found |= decode_shard(data, site=site, shard=shard)
    return found
