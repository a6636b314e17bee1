"""Having the record signed, so that nobody who owns the database can change what was without being seen."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from conglang.wire import durable
from conglang.wire.audit import AuditError, Head
from conglang.wire.checkpoint import MOST_LEAVES, Checkpoint, read
from conglang.wire.envelope import newest
from conglang.wire.release import Refusal, SignerClient

from . import queries
from .actions import note
from .models import Entry
from .rules import Kind, Thing, ThingKind, is_due


class HistoryDiffers(Exception):
    """The record in the database is not the one that was signed. The text says from which entry on."""


def signer() -> SignerClient:
    """The client of the signer of this data folder."""
    return SignerClient(Path(settings.DATA) / "spool" / "signer.sock", answer_timeout=30)


def checkpoint(client: SignerClient, *, at: datetime, force: bool = False) -> Checkpoint | None:
    """Have the record signed as far as it goes; None when that is not due yet.

    Raises HistoryDiffers when the signer remembers something else than what stands here, and SignerUnavailable.
    """
    last = client.last_checkpoint()
    start = last.head if last else Head()
    end = queries.head()
    if not force and not is_due(end.number - start.number, at - last.at if last else None):
        return None
    if queries.hash_of(start.number) != start.hash:
        start = end  # only an administrator's word lets the signer go on from here; else he refuses
    while True:
        leaves = queries.leaves_after(start.number, at_most=MOST_LEAVES)
        made = client.checkpoint(start, leaves)
        if isinstance(made, Refusal):
            raise HistoryDiffers(made.reason)
        if queries.hash_of(made.head.number) != made.head.hash:
            raise HistoryDiffers(f"entry {made.head.number} has another hash here than its contents give")
        if made.head.number >= end.number:
            return made
        start = made.head


@transaction.atomic
def note_keys() -> bool:
    """Record which keys count, when that is not what was recorded last; the signer itself opens no database."""
    now = _keys_now(Path(settings.DATA) / "store" / "repo" / "metadata")
    last = Entry.objects.filter(kind=Kind.KEYS_CHANGED, thing=ThingKind.KEYS).order_by("-pk").first()
    if not now or (last and last.details == now):
        return False
    note(Kind.KEYS_CHANGED, Thing(ThingKind.KEYS), **now)
    return True


def _keys_now(metadata: Path) -> dict[str, Any]:
    try:
        targets = newest(metadata, "targets")
    except (OSError, ValueError):
        return {}
    given = targets.delegations
    roots = [int(file.name.partition(".")[0]) for file in metadata.glob("*.root.json")]
    keys = sorted(
        f"{name}:{keyid[:12]}"
        for name, role in ((given and given.roles) or {}).items()
        for keyid in role.keyids
    )
    return {"root": max(roots, default=0), "targets": targets.version, "keys": keys}


def tell(at: datetime, *, trouble: str = "") -> None:
    """Leave word for `conglang doctor`: when the record was looked at last, and what was wrong."""
    word = {"at": at.timestamp(), "trouble": trouble}
    durable.write(Path(settings.DATA) / "spool" / "audit.json", json.dumps(word).encode(), sync=False)


def published() -> Checkpoint | None:
    """The checkpoint that was published last; None before the first."""
    try:
        return read((Path(settings.DATA) / "store" / "repo" / "audit" / "latest.json").read_bytes())
    except (OSError, AuditError):
        return None
