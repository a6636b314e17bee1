"""Where checkpoints of the audit record are signed. The signer remembers the last one and signs only what follows it.

signer/audit/head.json                what was signed last; only this account reads and writes it
signer/audit/break.json               an administrator's word that, once, the record goes on from another entry
store/repo/audit/2026-11.jsonl        every checkpoint of a month, for whoever wants to keep them
store/repo/audit/latest.json          the last one
store/repo/audit/<n>.targets.json     the delegations in which its key stands

The portal hands over the digests of the entries since the last checkpoint, and the signer computes the chain itself. So
neither the portal nor an owner of the database can have a second history signed: it would have to follow the same hash.
"""

import fcntl
import json
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from conglang.wire import durable
from conglang.wire.audit import AuditError, Head, extend
from conglang.wire.checkpoint import (
    MOST_LEAVES,
    Break,
    Checkpoint,
    read,
    sign,
)

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

log = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


class AuditDesk:
    """The checkpoints of one data folder."""

    def __init__(self, data: Path, *, clock: Callable[[], datetime] = _now) -> None:
        self._folder = folder_of(data)
        self._public = data / "store" / "repo" / "audit"
        self._clock = clock

    def prepare(self) -> None:
        """Make the folder, so that it belongs to whoever owns the folder above."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self._folder / "lock").touch()

    def last(self) -> Checkpoint | None:
        """What was signed last, None before the first. AuditError when the memory is damaged.

        A signer without memory (its folder was lost) takes up what it has published: that folder is its own, too.
        """
        for file in (self._folder / "head.json", self._public / "latest.json"):
            with suppress(FileNotFoundError):
                return read(file.read_bytes())
        return None

    def sign(
        self, after: Head, leaves: Sequence[bytes], signer: "CryptoSigner", *, delegations: tuple[int, bytes]
    ) -> Checkpoint:
        """Sign the record as it is with these entries behind `after`. AuditError when that is not where the last
        checkpoint ended, unless an administrator has said so. `delegations`: version and bytes of the list of keys.
        """
        if len(leaves) > MOST_LEAVES:
            raise AuditError(f"at most {MOST_LEAVES} entries at a time")
        with self._alone():
            last = self.last()
            self._settle(last)
            remembered = last.head if last else Head()
            broken = None if after == remembered else self._allowed_break(remembered, after)
            head = extend(after, leaves)
            made = sign(head, self._clock(), signer, broken=broken)
            self._public.mkdir(parents=True, exist_ok=True)
            version, data = delegations
            if not (file := self._public / f"{version}.targets.json").exists():
                durable.write(file, data)
            durable.write(self._folder / "head.json", made.line, mode=0o600)
            durable.sync([self._folder])
            self._settle(made)
            (self._folder / "break.json").unlink(missing_ok=True)  # needed or not, it is said for this once
            if broken is not None:
                log.warning("the audit record goes on from entry %d: %s", after.number, broken.reason)
            return made

    def _allowed_break(self, remembered: Head, after: Head) -> Break:
        try:
            return Break(
                after, remembered, str(json.loads((self._folder / "break.json").read_bytes())["reason"])
            )
        except FileNotFoundError:
            pass
        log.error(
            "the audit record does not go on from what was signed last: entry %d is remembered, %d was given",
            remembered.number, after.number,
        )  # fmt: skip
        raise AuditError(
            f"entry {remembered.number} was signed with the hash {remembered.hash.hex()}, and this record has none such"
        )

    def _settle(self, last: Checkpoint | None) -> None:
        """Publish what a kill left unpublished."""
        latest = self._public / "latest.json"
        if last is None or (latest.exists() and latest.read_bytes() == last.line):
            return
        month = self._public / f"{last.at:%Y-%m}.jsonl"
        held = month.read_bytes() if month.exists() else b""
        lines = held[: held.rfind(b"\n") + 1]  # a torn last line is written again
        if not lines.endswith(last.line + b"\n"):
            with month.open("r+b" if month.exists() else "wb") as file:
                file.truncate(len(lines))
                file.seek(len(lines))
                file.write(last.line + b"\n")
            durable.sync([month])
        durable.write(latest, last.line)
        durable.sync([self._public])

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.prepare()
        with (self._folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def folder_of(data: Path) -> Path:
    """The signer's own memory of the record."""
    return data / "signer" / "audit"


def allow_break(data: Path, reason: str) -> None:
    """An administrator's word that, once, the record goes on from an entry that is not the last one signed: it was
    brought back from a backup. PermissionError for whoever may not write in the signer's folder; AuditError without a
    reason.
    """
    if not reason.strip():
        raise AuditError("a break needs a reason")
    folder = folder_of(data)
    owner = folder.stat()
    file = folder / "break.json"
    place = (owner.st_uid, owner.st_gid) if os.geteuid() == 0 else None
    durable.write(file, json.dumps({"reason": reason.strip()}).encode(), mode=0o600, owner=place)
    durable.sync([folder])
