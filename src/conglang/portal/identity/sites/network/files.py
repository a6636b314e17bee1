"""Opening the files of a network's folder: TOML, JSON, CSV."""

import csv
import json
import tomllib
from collections.abc import Sequence
from pathlib import Path

from .records import Record, Unreadable


def read_toml(folder: Path) -> dict[str, object]:
    """Return ``network.toml``; raise Unreadable."""
    file = folder / "network.toml"
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise Unreadable(f"{file} is not there; name a folder that holds a network.toml") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"{file} cannot be read as TOML: {error}") from error


def _text(folder: Path, table: Record) -> str:
    name = table.take("file", str)
    try:
        return (folder / name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{table.where}: {name} cannot be read ({error})") from error


def json_rows(folder: Path, table: Record) -> list[Record]:
    """Return the objects of the JSON file that ``table`` names; raise Unreadable."""
    name = table.take("file", str)
    try:
        rows = json.loads(_text(folder, table))
    except json.JSONDecodeError as error:
        raise Unreadable(f"{name} is not JSON: {error}") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unreadable(f"{name} is not a list of objects")
    return [Record(f"{name}, entry {n} ({row.get('name', '?')})", row) for n, row in enumerate(rows, 1)]


def csv_rows(folder: Path, table: Record, columns: Sequence[str]) -> list[Record]:
    """Return the rows of the CSV file that ``table`` names, which has ``columns``; raise Unreadable."""
    name = table.take("file", str)
    reader = csv.DictReader(_text(folder, table).splitlines())
    if missing := set(columns) - set(reader.fieldnames or ()):
        raise Unreadable(f"{name}: the first line lacks {', '.join(sorted(missing))}")
    return [Record(f"{name}, line {n}", row) for n, row in enumerate(reader, 2)]
