"""The highest version of the shared state that an edge has shown, remembered beside the file itself.

What is shown says how new it is only as long as it is whole. When a bad disk, or a hand, has damaged it, a store that
offers last year's announcement would be believed. Forgotten is what was signed by keys that do not count any more: with
a stolen key somebody may have signed a version so high that no honest one comes after it.
"""

import json
from contextlib import suppress
from pathlib import Path

from tuf.api.metadata import Targets

from conglang.wire import durable
from conglang.wire.envelope import Sealed
from conglang.wire.repo import STATE_ROLE


class Highest:
    """Version and signers, in memory and in one small file. A file that cannot be read counts as none."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._version, self._keyids = 0, frozenset[str]()
        with suppress(OSError, ValueError, KeyError, TypeError):
            found = json.loads(file.read_bytes())
            self._version, self._keyids = int(found["version"]), frozenset(map(str, found["keyids"]))

    def known(self, delegator: Targets) -> int:
        """The version below which nothing is taken; 0 when none of its signers is entitled any more."""
        delegations = delegator.delegations
        role = (delegations.roles or {}).get(STATE_ROLE) if delegations else None
        return self._version if role and self._keyids & set(role.keyids) else 0

    def note(self, sealed: Sealed) -> None:
        """This was verified and is about to be shown. Raises OSError."""
        if (sealed.version, frozenset(sealed.keyids)) != (self._version, self._keyids):
            data = {"version": sealed.version, "keyids": sorted(sealed.keyids)}
            durable.write(self._file, json.dumps(data).encode())
            self._version, self._keyids = sealed.version, frozenset(sealed.keyids)
