"""Handing the record out: as a table, and as a file that proves itself to whoever has the root file."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from conglang.wire.audit import FACTS, AuditError, Head
from conglang.wire.audit_walk import signed_of
from conglang.wire.checkpoint import Checkpoint, head_to_json, read

from . import queries
from .checkpointing import checkpoint, signer
from .models import Entry

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would calculate


def table(rows: Iterable[Sequence[object]]) -> bytes:
    """CSV with a mark at its head by which spreadsheets know UTF-8; no cell is a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([f"'{cell}" if str(cell).startswith(_FORMULA) else cell for cell in map(str, row)])
    return text.getvalue().encode("utf-8-sig")


def proven(rows: Sequence[Entry], *, at: datetime) -> bytes:
    """These entries, between them only digests, from checkpoint to checkpoint; and the checkpoints and their keys.

    Has the record signed first, so that the newest entries lie under a checkpoint too. Raises SignerUnavailable and
    checkpointing.HistoryDiffers.
    """
    checkpoint(signer(), at=at, force=True)
    place = Path(settings.DATA) / "store" / "repo"
    signed = [one for file in sorted((place / "audit").glob("*.jsonl")) for one in _lines(file)]
    lines = [{"conglang-audit": 1, "made_at": at.isoformat(timespec="seconds"), "entries": len(rows)}]
    lines += _stretches({row.seq or 0: row for row in rows}, signed)
    lines += [{"delegations": file.read_text()} for file in sorted((place / "audit").glob("*.targets.json"))]
    lines += [{"root": file.read_text()} for file in sorted((place / "metadata").glob("*.root.json"))]
    return b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)


def _lines(file: Path) -> Iterator[Checkpoint]:
    for line in file.read_bytes().splitlines():
        try:
            yield read(line)
        except AuditError:
            continue


def _stretches(wanted: dict[int, Entry], signed: Sequence[Checkpoint]) -> Iterator[dict[str, Any]]:
    """For each stretch between two checkpoints in which something wanted lies: where it begins, rows, where it ends."""
    heads = sorted(signed_of(signed).hashes.items())
    begins, used = queries.first_head(), {0}
    for number, digest in heads:
        inside = [seq for seq in wanted if begins.number < seq <= number]
        if inside:
            yield {"begins": head_to_json(begins)}
            for seq, leaf in queries.leaves_between(begins.number, number):
                yield {"number": seq, "leaf": leaf.hex()} | _facts(wanted.get(seq))
            yield {"ends": head_to_json(Head(number, digest))}
            used |= {begins.number, number}
        begins = Head(number, digest)
    for one in signed:
        if one.head.number in used or one.broken is not None:
            yield {"checkpoint": one.line.decode()}


def _facts(entry: Entry | None) -> dict[str, Any]:
    return dict(zip(FACTS, queries.facts_of(entry), strict=True)) if entry is not None else {}
