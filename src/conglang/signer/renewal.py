"""What the signer does without being asked: new keys taken up, timestamps signed anew, superseded files cleared."""

import logging
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tuf.api.metadata import Metadata, Targets

from conglang.signer.ceremony import pending
from conglang.signer.ceremony.document import Ceremony
from conglang.signer.ceremony.proposal import in_force
from conglang.signer.next_state import ROLE_LIFE, NextState
from conglang.signer.ring import Ring
from conglang.signer.roles import DELEGATED, NAMED_BY_ROOT
from conglang.signer.turnover import roles_to_sign

KEPT_SECONDS = 3600  # superseded files stay this long for edges in the middle of a pull
log = logging.getLogger("conglang.signer")


class Renewal(NextState):
    """Keeps a repository valid: `renew` is called every few minutes, `leap` after a restore from a backup."""

    def renew(self) -> None:
        """Take up waiting keys and ceremonies, sign the timestamp again and whatever is half-way to its end, and clear
        what was superseded an hour ago.
        """
        with self._lock, self._or_reload():
            self._take_up()
            self.swap(self._ageing())
        self._prune()

    def _take_up(self) -> None:
        """Make true what the off-line keys have signed, and successors that nobody off-line has to sign for.

        Snapshot and timestamp are first signed by the old key and the new one, then the new root is shown: an edge
        finds a sound state whichever root it knows. A kill at any step leaves a state that holds; the next look at the
        keys (on a start, on `reload`, every five minutes) finishes the rest.
        """
        self.ring = Ring(self.keys_dir)
        ceremony = self.waiting_ceremony()
        proposed = ceremony.root if ceremony else None
        self.judges = [self._root, *([proposed.signed] if proposed else [])]
        newer = self._newer_delegations(ceremony)
        roles = roles_to_sign(self, (newer or self.role("targets")).signed)
        if ceremony or newer or roles:
            log.warning("keys change: signing %s again", ", ".join(roles) or "snapshot and timestamp")
            self.swap(roles, carried=newer)
        if ceremony:
            pending.finish(self.keys_dir, ceremony)
        self._root = self.publish_roots()
        self.judges = [self._root]
        for name in (*DELEGATED, "site", *NAMED_BY_ROOT):
            self.ring.settle(name, self.counting(name))

    def _newer_delegations(self, ceremony: Ceremony | None) -> Metadata[Targets] | None:
        """What the off-line key `targets` has signed and the snapshot does not name yet."""
        found = (ceremony and ceremony.delegations) or in_force(self.keys_dir).targets
        if found.signed.version <= self.role("targets").signed.version:
            return None
        self._verify("targets", found, self.judges)
        return found

    def leap(self, by: int = 1000) -> None:
        """Raise every version: after a restore from a backup, edges have seen newer numbers and refuse older ones."""
        with self._lock, self._or_reload():
            roles = {role: self.role(role).signed for role in self.role_names() if role != "targets"}
            self.swap(roles, step=by)

    def keys_in_force(self) -> dict[str, Any]:
        """For `reload`: version of root and targets, key id of each on-line role, roles whose successor waits."""
        with self._lock:
            ids = {name: sorted(self.counting(name)) for name in (*DELEGATED, "site", *NAMED_BY_ROOT)}
            return {
                "root": self._root.version,
                "targets": self.role("targets").signed.version,
                "keys": {name: found[0] for name, found in ids.items() if found},
                "waiting": self.ring.waiting(),
            }

    def _ageing(self) -> dict[str, Targets]:
        limit = self._clock() + ROLE_LIFE / 2
        found = {name: self.role(name).signed for name in self.role_names() if name != "targets"}
        return {name: signed for name, signed in found.items() if signed.expires < limit}

    def _prune(self) -> None:
        with self._lock:
            keep = {f"{file.version}.{name}" for name, file in self._snapshot.signed.meta.items()}
            keep |= {f"{self._snapshot.signed.version}.snapshot.json", "timestamp.json"}
            files = [file for name in self.role_names() for file in self.role(name).signed.targets.values()]
            shards = {path for file in files for path in file.get_prefixed_paths()}
        limit = time.time() - KEPT_SECONDS
        metadata = (
            file for file in self.metadata.iterdir() if file.name not in keep and "root.json" not in file.name
        )
        targets = (
            file for file in self.targets.glob("*/*") if f"{file.parent.name}/{file.name}" not in shards
        )
        _remove_older(limit, metadata)
        _remove_older(limit, targets)


def _remove_older(limit: float, files: Iterable[Path]) -> None:
    for file in list(files):
        # What a request wrote aside meanwhile may be in its place by now.
        with suppress(FileNotFoundError):
            if file.stat().st_mtime < limit:
                file.unlink()
