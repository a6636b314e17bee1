"""What one edge keeps on disk.

edge/<name>/root.json                    pinned root of trust, copied by hand or by the first `up`
edge/<name>/trust/                       newest verified TUF metadata
edge/<name>/shown/                       the metadata of the last pull that went well, for `/_/trust/`
edge/<name>/hosts.json                   host → site
edge/<name>/shared/network.json          what all sites say together, as it was signed
edge/<name>/applied.json                 edition per site and when it was applied
edge/<name>/state/<site>/<nn>.json       the applied manifest
edge/<name>/state/<site>/role.json       the site's signed role of the applied edition
edge/<name>/state/<site>/pending         an apply is under way (or was killed)
edge/<name>/objects/<aa>/<digest>-<mtime>[.br|.gz]
edge/<name>/www/<site>/…                 what the web server serves: hard links to objects
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from conglang.edge.applied import Applied, decode
from conglang.wire import durable
from conglang.wire.manifest import Entry, ManifestError, decode_shard
from conglang.wire.objects import SUFFIXES
from conglang.wire.paths import tree_path
from conglang.wire.repo import Hosts, decode_hosts


class FolderBusy(Exception):
    """Another process pulls into this folder."""


class EdgeFolder:
    """Paths below one edge's folder, and the small files that say what is applied."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.trust = root / "trust"
        self.shown = root / "shown"
        self.www = root / "www"
        self.objects = root / "objects"
        self.state = root / "state"
        self.half = root / "half"
        self.shared = root / "shared"
        self._objects, self._www = str(self.objects), str(self.www)

    def places(self) -> tuple[Path, ...]:
        """The folders in it."""
        return (self.trust, self.shown, self.www, self.objects, self.state, self.half, self.shared)

    def prepare(self) -> None:
        """Make the folders and clear what a killed apply left half-written."""
        for folder in self.places():
            folder.mkdir(parents=True, exist_ok=True)
        self.clear_half()
        for folder in (self.root, self.trust, self.shown, self.shared, *self.state.iterdir()):
            durable.clear_aside(folder)

    def clear_half(self) -> None:
        """Remove what was written half: after a kill, or when the disk ran full."""
        for leftover in (*self.half.iterdir(), *self.trust.glob("tmp*")):  # those are python-tuf's
            leftover.unlink(missing_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder for one puller. Raises FolderBusy while another process follows into it."""
        descriptor = os.open(self.root, os.O_RDONLY)  # the folder itself: also where nothing can be written
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError as error:
            raise FolderBusy(str(self.root)) from error
        finally:
            os.close(descriptor)

    def object(self, digest: str, mtime: int, encoding: str | None = None) -> Path:
        return Path(self.object_name(digest, mtime, encoding))

    def object_name(self, digest: str, mtime: int, encoding: str | None = None) -> str:
        """As `object`, for loops over a hundred thousand files, in which making a `Path` is most of the work."""
        return f"{self._objects}/{digest[:2]}/{digest}-{mtime}{SUFFIXES[encoding] if encoding else ''}"

    def file(self, site: str, path: str) -> Path:
        """Where the web server finds the identity bytes of a path."""
        return Path(self.file_name(site, path))

    def file_name(self, site: str, path: str) -> str:
        return f"{self._www}/{site}/{tree_path(path)}"

    def role(self, site: str) -> Path:
        """The signed role of the edition that is applied."""
        return self.state / site / "role.json"

    def pending(self, site: str) -> Path:
        return self.state / site / "pending"

    def shard_bytes(self, site: str) -> dict[str, bytes]:
        """The applied shards of a site as they were signed."""
        return {file.stem: file.read_bytes() for file in (self.state / site).glob("??.json")}

    def entries(self, site: str) -> dict[str, Entry]:
        """Every applied entry of a site. A shard that cannot be read counts as not applied."""
        found: dict[str, Entry] = {}
        for shard, data in self.shard_bytes(site).items():
            try:
                found |= decode_shard(data, site=site, shard=shard)
            except ManifestError:
                self.pending(site).touch()
        return found

    def hosts(self) -> Hosts:
        """The applied list of hosts; empty before the first pull, and while it is damaged."""
        try:
            return decode_hosts((self.root / "hosts.json").read_bytes())
        except (OSError, ManifestError):
            return Hosts({})

    def applied(self) -> Applied:
        """What is applied; nothing when the file is missing or damaged (everything is then applied again)."""
        try:
            return decode((self.root / "applied.json").read_bytes())
        except OSError:
            return Applied({})

    def record(self, applied: Applied) -> None:
        durable.write(self.root / "applied.json", applied.encode(), sync=False)


def now() -> str:
    """This instant in UTC, RFC 3339, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
