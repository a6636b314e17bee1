"""The backup file: a plain tar with a table of contents first, so that it can be read without this program.

    conglang-backup.json   what this is: version, moment, origin, network, whether keys are in it
    database.dump          pg_dump, custom format
    edges.json             which edges the portal asks
    media/…                originals of pictures and documents
    store/…                content-addressed objects and, when the keys are in the backup too, the signed repository
    keys/…, portal/…       only when asked for: whoever has them can sign pages, or sessions of the desk

The order matters: the database is dumped first and the store is read after it; what the dump refers to stays there for
a day at least (garbage collection).
"""

import io
import json
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

CONTENTS = "conglang-backup.json"
DUMP = "database.dump"
FORMAT = 1
PRIVATE = ("keys", "portal")
FILES = ("edges.json",)
FOLDERS = ("media", "store", *PRIVATE)


class BadArchive(ValueError):
    """Not a backup of this program, damaged, or with a member that has no business there."""


def write(
    target: tarfile.TarFile, root: Path, dump: Path, *, contents: Mapping[str, Any], keys: bool
) -> None:
    """Write everything into an open tar. `root` is the data folder."""
    _add_bytes(target, CONTENTS, json.dumps({"format": FORMAT, "keys": keys, **contents}, indent=1).encode())
    target.add(dump, DUMP)
    for name in FILES:
        with suppress(FileNotFoundError):  # no edge was named yet
            target.add(root / name, name)
    folders = FOLDERS if keys else FOLDERS[:2]
    for folder in folders:
        for file in _files(root / folder):
            name = file.relative_to(root).as_posix()
            if keys or not name.startswith("store/repo/"):
                with suppress(FileNotFoundError):  # garbage when the database was dumped, collected since
                    target.add(file, name, recursive=False)


def _files(folder: Path) -> Iterator[Path]:
    """Files in an order that is safe while the signer writes: the timestamp, which names the rest, before the rest."""
    found = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    yield from sorted(found, key=lambda path: (path.name != "timestamp.json", path))


def _add_bytes(target: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    target.addfile(member, io.BytesIO(content))


def read_contents(source: tarfile.TarFile) -> dict[str, Any]:
    """The table of contents. Raises BadArchive when the file is something else."""
    first = source.next()
    handle = source.extractfile(first) if first is not None and first.name == CONTENTS else None
    if handle is None:
        raise BadArchive("no table of contents")
    found = dict(json.load(handle))
    if found.get("format") != FORMAT:
        raise BadArchive(f"format {found.get('format')}")
    return found


def unpack(source: tarfile.TarFile, root: Path) -> int:
    """Write the members below `root`; return how many. Raises BadArchive before writing anything odd."""
    count = 0
    for member in source:
        if member.name == CONTENTS:
            continue
        handle = source.extractfile(member) if member.isreg() else None
        if handle is None or not _allowed(member.name):
            raise BadArchive(member.name)
        target = root / member.name
        private = member.name.startswith(tuple(f"{folder}/" for folder in PRIVATE))
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700 if private else 0o755)
        with target.open("wb") as file:
            target.chmod(0o600 if private else 0o644)
            shutil.copyfileobj(handle, file, 2**20)
        count += 1
    return count


def _allowed(name: str) -> bool:
    """Only the dump and files below the known folders: a tar may name ../../etc/passwd."""
    parts = PurePosixPath(name).parts
    return name in (DUMP, *FILES) or (len(parts) > 1 and parts[0] in FOLDERS and ".." not in parts)
