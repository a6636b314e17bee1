"""The applied manifest for the app: looked up by path, read again when the puller has replaced a shard."""

from collections import OrderedDict
from pathlib import Path

from conglang.edge.folder import EdgeFolder
from conglang.wire.manifest import Entry, ManifestError, decode_shard
from conglang.wire.paths import shard_of
from conglang.wire.repo import Hosts

_SHARDS_HELD = 2048
_Stamp = tuple[int, int, int]


class AppliedManifest:
    """Answers from memory while the files are unchanged. Not for several threads."""

    def __init__(self, folder: EdgeFolder) -> None:
        self._folder = folder
        self._shards: OrderedDict[Path, tuple[_Stamp, dict[str, Entry]]] = OrderedDict()
        self._hosts: tuple[_Stamp | None, Hosts] = (None, Hosts({}))

    def hosts(self) -> Hosts:
        """The applied list; while it is missing or damaged, the one that was read before."""
        stamp = _stamp(self._folder.root / "hosts.json")
        if stamp != self._hosts[0]:
            found = self._folder.hosts()
            self._hosts = (stamp, found if found.hosts else self._hosts[1])
        return self._hosts[1]

    def entry(self, site: str, path: str) -> Entry | None:
        """The signed entry of a path, None when the site has no such path."""
        shard = shard_of(path)
        file = self._folder.state / site / f"{shard}.json"
        stamp = _stamp(file)
        if stamp is None:
            return None
        held = self._shards.get(file)
        if held is None or held[0] != stamp:
            held = (stamp, self._read(file, site, shard))
            self._shards[file] = held
            if len(self._shards) > _SHARDS_HELD:
                self._shards.popitem(last=False)
        return held[1].get(path)

    @staticmethod
    def _read(file: Path, site: str, shard: str) -> dict[str, Entry]:
        try:
            return decode_shard(file.read_bytes(), site=site, shard=shard)
        except (OSError, ManifestError):
            return {}


def _stamp(file: Path) -> _Stamp | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns)
