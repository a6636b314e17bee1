"""What `up` has finished for a data folder, so that the next `up` carries on and skips what is still true.

One small JSON file, replaced whole after every step; losing it costs time, never data, because every step may be run
again.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from conglang.cli.data_folder import DataFolder

ROOT = Path(__file__).resolve().parents[3]


class Journal:
    """Facts by name. Values are JSON."""

    def __init__(self, data: DataFolder) -> None:
        self.file = data.root / "journal.json"

    def read(self) -> dict[str, Any]:
        try:
            facts = json.loads(self.file.read_text())
        except (OSError, ValueError):  # not there, or torn by a full disk
            return {}
        return facts if isinstance(facts, dict) else {}

    def get(self, name: str) -> Any:
        return self.read().get(name)

    def note(self, **facts: Any) -> None:
        """Add facts; None forgets one."""
        kept = {name: value for name, value in {**self.read(), **facts}.items() if value is not None}
        half = self.file.with_suffix(".new")
        with half.open("w") as handle:
            json.dump(kept, handle, indent=1, sort_keys=True)
            handle.flush()
            os.fsync(handle.fileno())
        half.replace(self.file)


def software_digest(network: Path, root: Path = ROOT) -> str:
    """A name for everything that decides what the pages look like and how the tables are laid out."""
    files = [root / "uv.lock", *_files(root / "src"), *_files(root / "design"), *_files(network)]
    return _digest(file for file in files if file.suffix not in (".mo", ".md"))


def migrations_digest(root: Path = ROOT) -> str:
    """A name for the schema: changes with any migration of ours and with any dependency."""
    return _digest([root / "uv.lock", *sorted((root / "src").glob("**/migrations/*.py"))])


def _files(folder: Path) -> list[Path]:
    found = (
        path for path in folder.rglob("*") if "__pycache__" not in path.parts and "tests" not in path.parts
    )
    return sorted(path for path in found if path.is_file())


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(str(file).encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:24]
