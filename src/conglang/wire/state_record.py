"""Who said what to all sites, when and why: kept beside the signer, one file for each change, not given to readers."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Said:
    """One change: under which version, when, who stands for it, why, who signed, and what was said."""

    version: int
    at: str
    kind: str
    people: tuple[str, ...]
    cause: str
    signed_by: str
    state: dict[str, Any]

    def encode(self) -> bytes:
        return json.dumps(asdict(self)).encode()


def decode(data: bytes) -> Said:
    """What `encode` wrote. ValueError for anything else."""
    try:
        row = json.loads(data)
        return Said(
            int(row["version"]), str(row["at"]), str(row["kind"]), tuple(map(str, row["people"])),
            str(row["cause"]), str(row["signed_by"]), dict(row["state"]),
        )  # fmt: skip
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a record of an announcement: {error}") from error


def records_folder(data: Path) -> Path:
    """Where the records of a data folder lie."""
    return data / "signer" / "state" / "history"


def record(data: Path, version: int) -> Said | None:
    """The record of one version, None when it is not here or cannot be read."""
    try:
        return decode((records_folder(data) / f"{version}.json").read_bytes())
    except (OSError, ValueError):
        return None


def history(data: Path) -> list[Said]:
    """Every change on record, newest first."""
    versions = sorted(
        (int(file.stem) for file in records_folder(data).glob("*.json") if file.stem.isdigit()), reverse=True
    )
    return [said for version in versions if (said := record(data, version)) is not None]
