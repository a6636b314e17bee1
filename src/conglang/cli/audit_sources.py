"""Where an audit record is read from: the database of a network, or a file that was handed out."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from conglang.cli.words import Trouble, _
from conglang.wire.audit import FACTS, AuditError, Head, link_of
from conglang.wire.audit_walk import Row
from conglang.wire.checkpoint import Checkpoint, head_from_json, is_signed, keys_of, read

BATCH = 5_000
_ROWS = """
    SELECT seq, previous, hash, leaf, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), kind, who,
        name, role, office, session, thing, thing_id, unit, details::text
    FROM audit_entry WHERE seq > %s ORDER BY seq
"""
Group = list[Row]


def database_rows(connection: "psycopg.Connection[Any]", after: int) -> Iterator[Group]:
    """The entries behind a number, some thousand at a time, without holding all of them."""
    with connection.cursor("audit_walk") as cursor:
        cursor.execute(_ROWS, [after])
        while found := cursor.fetchmany(BATCH):
            yield [
                Row(one[0], one[1] or b"", one[2] or b"", one[3], (*one[4:14], json.loads(one[14])))
                for one in found
            ]


def stump(connection: "psycopg.Connection[Any]") -> tuple[Head, bytes] | None:
    """What is left of pruned entries: number, hash, and the checkpoint that was signed for it."""
    row = connection.execute(
        "SELECT seq, hash, checkpoint FROM audit_stump ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    return (Head(row[0], bytes(row[1])), str(row[2]).encode()) if row else None


def unnumbered(connection: "psycopg.Connection[Any]") -> int:
    """How many entries have no place in the chain; the end of every transaction gives them one."""
    row = connection.execute("SELECT count(*) FROM audit_entry WHERE seq IS NULL").fetchone()
    return int(row[0]) if row else 0


def hash_at(connection: "psycopg.Connection[Any]", number: int) -> bytes | None:
    """The hash of one entry as it stands there."""
    row = connection.execute("SELECT hash FROM audit_entry WHERE seq = %s", [number]).fetchone()
    return bytes(row[0]) if row and row[0] else None


def checkpoint_files(places: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Files of checkpoints and files of delegations in these files and folders. Trouble when a place is not there."""
    lines: list[Path] = []
    lists: list[Path] = []
    for place in places:
        if not place.exists():
            raise Trouble(_("%s is not there: --checkpoints names a file or a folder.") % place)
        found = sorted(file for file in place.rglob("*") if file.is_file()) if place.is_dir() else [place]
        lists += [file for file in found if file.name.endswith("targets.json")]
        lines += [
            file for file in found if file.suffix == ".jsonl" or file.name == "latest.json" or file == place
        ]
    return lines, lists


def read_checkpoints(
    files: Sequence[Path], lists: Sequence[Path], roots: Sequence[Path], root: Path
) -> tuple[list[Checkpoint], int]:
    """The checkpoints that a key of this network signed, and how many lines were not. Trouble without a root file."""
    try:
        keys = keys_of(
            root.read_bytes(), [one.read_bytes() for one in roots], [one.read_bytes() for one in lists]
        )
    except (OSError, AuditError) as error:
        raise Trouble(_("%s is no root file of a network: --root names it.") % root) from error
    found, foreign = [], 0
    for line in (line for file in files for line in file.read_bytes().splitlines() if line.strip()):
        try:
            one = read(line)
        except AuditError:
            foreign += 1
            continue
        if is_signed(one, keys):
            found.append(one)
        else:
            foreign += 1
    return found, foreign


def unpack_proof(file: Path, folder: Path) -> None:
    """Lay down what a file that was handed out brings along: checkpoints and whose keys they are. Nothing of it is
    believed by itself; the root file decides.
    """
    names = {"checkpoint": "checkpoints.jsonl", "delegations": ".targets.json", "root": ".root.json"}
    try:
        with file.open(encoding="utf-8") as lines:
            for count, line in enumerate(map(json.loads, lines)):
                for key, name in names.items():
                    if key in line:
                        place = folder / (f"{count}{name}" if name.startswith(".") else name)
                        with place.open("a", encoding="utf-8") as target:
                            target.write(line[key] + ("\n" if key == "checkpoint" else ""))
    except (OSError, ValueError, TypeError) as error:
        raise Trouble(_("%(file)s is no record that was handed out, or is damaged: %(why)s")
                      % {"file": file, "why": error}) from error  # fmt: skip


@dataclass(frozen=True)
class Stretch:
    """A part of the record in a file that was handed out: behind a checkpoint, up to another."""

    begins: Head
    rows: list[Row]
    ends: Head


def file_stretches(file: Path) -> Iterator[Stretch]:
    """What a file that was handed out holds; of other units only the digests are in it. Trouble when it is damaged."""
    begins: Head | None = None
    rows: list[Row] = []
    running = Head()
    try:
        with file.open(encoding="utf-8") as lines:
            for line in map(json.loads, lines):
                if "begins" in line:
                    begins, rows = head_from_json(line["begins"]), []
                    running = begins
                elif "leaf" in line and begins is not None:
                    row = _file_row(line, running)
                    rows.append(row)
                    running = Head(running.number + 1, row.hash)
                elif "ends" in line and begins is not None:
                    yield Stretch(begins, rows, head_from_json(line["ends"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Trouble(_("%(file)s is no record that was handed out, or is damaged: %(why)s")
                      % {"file": file, "why": error}) from error  # fmt: skip


def _file_row(line: dict[str, Any], before: Head) -> Row:
    facts = tuple(line[name] for name in FACTS) if "at" in line else None
    leaf = bytes.fromhex(line["leaf"])
    number = int(line["number"])
    return Row(number, before.hash, link_of(number, before.hash, leaf), leaf, facts)
