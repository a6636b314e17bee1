"""The off-line keys of a development network leave the machine: copy, sync, read back, and only then delete."""

import os
import shutil
from pathlib import Path

from conglang.signer import pem
from conglang.signer.ceremony.proposal import in_force
from conglang.wire import durable


class Different(ValueError):
    """Another key lies under this name already. The text is its path."""


def move(keys_dir: Path, target: Path) -> list[str]:
    """Move every off-line key to `target`, the newest root beside them; the names of the keys that were moved.

    A kill at any step leaves each key in at least one of the places, and the same call finishes it.
    """
    source = keys_dir / "offline"
    files = sorted(source.glob("*.pem")) if source.exists() else []
    for file in files:
        copy = target / file.name
        if copy.exists() and copy.read_bytes() != file.read_bytes():
            raise Different(copy)
    if not files:
        return []
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    for file in files:
        _copy(file, target / file.name)
    durable.write(target / "root.json", in_force(keys_dir).current.to_bytes())
    durable.sync([target, target.parent])
    for file in files:  # not from the cache of this process: what a reader finds who opens it anew
        if pem.read(target / file.name).public_key.keyid != pem.read(file).public_key.keyid:
            raise OSError(5, "the copy is not what was written", str(target / file.name))
    for file in files:
        file.unlink()
    durable.sync([source])
    return [file.stem for file in files]


def _copy(file: Path, target: Path) -> None:
    half = target.with_name(f".{target.name}.part")
    half.unlink(missing_ok=True)
    half.touch(mode=0o600)
    with half.open("wb") as out, file.open("rb") as data:
        shutil.copyfileobj(data, out)
        out.flush()
        os.fsync(out.fileno())
    half.replace(target)
