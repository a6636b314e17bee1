"""`/_/trust/…`: what was signed and is applied here, so that anyone can check the pages. A closed list of names."""

import re
from pathlib import Path

from conglang.edge.chain import NotThere
from conglang.edge.folder import EdgeFolder
from conglang.wire import durable
from conglang.wire.paths import PathError, check_site_key
from conglang.wire.repo import NETWORK_ROLE, SITES_ROLE, site_of_role, site_role

LIMIT = 20_000_000  # bytes of one file
_TOP = frozenset(
    {"timestamp.json", "snapshot.json", "targets.json", f"{SITES_ROLE}.json", f"{NETWORK_ROLE}.json"}
)
_ROOT = re.compile(r"[1-9][0-9]{0,8}\.root\.json")
_SHARD = re.compile(r"(?P<site>[a-z0-9-]+)/(?P<shard>[0-9a-f]{2})\.json")


def show(folder: EdgeFolder) -> None:
    """Have the metadata answered that were just verified together; a pull that fails half-way leaves them alone."""
    for name in _TOP:
        if not (folder.trust / name).exists():  # no site, or no host, was signed yet
            continue
        data = (folder.trust / name).read_bytes()
        if not (folder.shown / name).exists() or (folder.shown / name).read_bytes() != data:
            durable.write(folder.shown / name, data, sync=False)


def read(folder: EdgeFolder, name: str) -> bytes:
    """The bytes of one name: `timestamp.json`, `3.root.json`, `hosts.json`, `site-badinh.json`, `badinh/0a.json` …

    A site's role and shards are those of the edition that is applied. NotThere for every other name.
    """
    for file in _files(folder, name):
        try:
            return file.read_bytes()
        except OSError:
            continue
    raise NotThere(name)


def _files(folder: EdgeFolder, name: str) -> list[Path]:
    if name in _TOP:
        return [folder.shown / name, folder.trust / name]
    if name == "hosts.json":
        return [folder.root / name]
    if _ROOT.fullmatch(name):
        return [folder.trust / "root_history" / name]
    if match := _SHARD.fullmatch(name):
        return [folder.state / match["site"] / f"{match['shard']}.json"] if _is_site(match["site"]) else []
    site = site_of_role(name.removesuffix(".json")) if name.endswith(".json") else None
    if site is None or not _is_site(site):
        return []
    return [folder.role(site), folder.trust / f"{site_role(site)}.json"]


def _is_site(key: str) -> bool:
    try:
        check_site_key(key)
    except PathError:
        return False
    return True
