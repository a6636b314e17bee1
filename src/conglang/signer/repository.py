"""The signed repository on disk, and what may be published in it: editions of sites, and the list of hosts."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from tuf.api.metadata import Delegations, TargetFile, Targets

from conglang.signer.limits import Weight, weigh
from conglang.signer.renewal import Renewal
from conglang.signer.turnover import sites_role
from conglang.wire import durable
from conglang.wire.manifest import ManifestError
from conglang.wire.repo import (
    HOSTS_TARGET,
    NETWORK_ROLE,
    SITES_ROLE,
    Hosts,
    decode_hosts,
    shard_of_target,
    shard_target,
    site_role,
)


class NextEdition(NamedTuple):
    """What becomes of a site: shards to be replaced (None: gone).

    `weights`: what each of them weighs, kept beside its digest so that nobody has to read it for that again. `taken`:
    how many pages that readers had are not there any more.
    """

    shards: Mapping[str, bytes | None]
    weights: Mapping[str, Weight] | None = None
    taken: int = 0


class Repository(Renewal):
    """One writer per repository (the caller holds `keys.lock`). Methods may be called from several threads."""

    def publish_together(self, editions: Mapping[str, "NextEdition"]) -> dict[str, int]:
        """Sign a new edition of each of these sites under one snapshot. Return site → edition."""
        with self._lock, self._or_reload():
            first = [site for site in editions if f"{site_role(site)}.json" not in self._snapshot.signed.meta]
            roles = {SITES_ROLE: self._with_sites(first)} if first else {}
            files: dict[Path, bytes] = {}
            for site, edition in editions.items():
                roles[site_role(site)] = Targets(targets=self._targets_of(site, edition, new=site in first))
                files |= self._target_files(
                    site,
                    {f"{shard}.json": data for shard, data in edition.shards.items() if data is not None},
                )
            self.swap(roles, files=files)
            meta = self._snapshot.signed.meta
            return {site: int(meta[f"{site_role(site)}.json"].version) for site in editions}

    def _targets_of(self, site: str, edition: "NextEdition", *, new: bool) -> dict[str, TargetFile]:
        found = {} if new else dict(self.role(site_role(site)).signed.targets)
        for shard, data in edition.shards.items():
            name = shard_target(site, shard)
            found.pop(name, None)
            if data is not None:
                found[name] = TargetFile.from_data(name, data, ["sha256"])
                if edition.weights:
                    found[name].unrecognized_fields["custom"] = edition.weights[shard]._asdict()
        return found

    def weight(self, site: str, *, without: Collection[str] = ()) -> Weight:
        """What a site weighs, some shards left out. Read from its role; a shard signed before that is read itself."""
        with self._lock:
            try:
                files = dict(self.role(site_role(site)).signed.targets)
            except KeyError:
                return Weight()
        found = [
            self._weight(site, name, file)
            for name, file in files.items()
            if shard_of_target(name) not in without
        ]
        return Weight(sum(one.paths for one in found), sum(one.bytes for one in found))

    def _weight(self, site: str, name: str, file: TargetFile) -> Weight:
        if file.custom:
            return Weight(int(file.custom["paths"]), int(file.custom["bytes"]))
        found = weigh(self.entries(site, shard_of_target(name)).values())
        file.unrecognized_fields["custom"] = found._asdict()  # signed with the site's next edition
        return found

    def hosts(self) -> Hosts:
        """The list of hosts that is signed now; empty before the first, and where its file was damaged."""
        with self._lock:
            file = self.role(NETWORK_ROLE).signed.targets.get(HOSTS_TARGET)
        if file is None:
            return Hosts({})
        try:
            return decode_hosts((self.targets / file.get_prefixed_paths()[0]).read_bytes())
        except (OSError, ManifestError):
            return Hosts({})

    def publish_hosts(self, data: bytes) -> tuple[int, bool]:
        """Sign the list of hosts. Return its edition and whether it was already so."""
        with self._lock, self._or_reload():
            self.settle()
            file = TargetFile.from_data(HOSTS_TARGET, data, ["sha256"])
            now = self.role(NETWORK_ROLE)
            if now.signed.targets == {HOSTS_TARGET: file}:
                return now.signed.version, True
            folder, _, name = HOSTS_TARGET.rpartition("/")
            signed = {NETWORK_ROLE: Targets(targets={HOSTS_TARGET: file})}
            self.swap(signed, files=self._target_files(folder, {name: data}))
            return int(self.role(NETWORK_ROLE).signed.version), False

    def _with_sites(self, sites: Iterable[str]) -> Targets:
        """The `sites` role with more delegations."""
        delegations = self.role(SITES_ROLE).signed.delegations or Delegations({}, {})
        key = next(iter(delegations.keys.values()), None) or self.ring.wanted("site")
        return sites_role(key, [*(delegations.roles or {}), *map(site_role, sites)])

    def _target_files(self, folder: str, files: Mapping[str, bytes]) -> dict[Path, bytes]:
        """Where files that are signed by their digest will lie; their folder is made."""
        place = self.targets / folder
        durable.make_folder(place)
        return {place / f"{hashlib.sha256(data).hexdigest()}.{name}": data for name, data in files.items()}
