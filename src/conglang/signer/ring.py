"""The on-line keys in the signer's hands: each role's key in force and, while one waits, its successor."""

from collections.abc import Container
from pathlib import Path
from typing import TYPE_CHECKING

from conglang.signer import pem
from conglang.signer.keys import KeysIncomplete

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner, Key


class Ring:
    """What lay in `keys/online` at the moment of reading."""

    def __init__(self, keys_dir: Path) -> None:
        self._folder = keys_dir / "online"
        self._held = {name: pem.candidates(self._folder, name) for name in pem.ONLINE}

    def signing(self, name: str, counting: Container[str]) -> "list[CryptoSigner]":
        """The keys of a role that are among the ids that count. KeysIncomplete when none is."""
        found = [key for key in self._held[name] if key.public_key.keyid in counting]
        if not found:
            raise KeysIncomplete(f"{self._folder}: the key of {name} that counts is not here; restore it")
        return found

    def held(self, name: str) -> "list[CryptoSigner]":
        """The key in force and its successor, whichever is here. KeysIncomplete when neither is."""
        if not self._held[name]:
            raise KeysIncomplete(f"{self._folder}: the key of {name} is gone; restore it from the backup")
        return list(self._held[name])

    def wanted(self, name: str) -> "Key":
        """The public half of the key that is to count from now on. KeysIncomplete when there is none."""
        return self.held(name)[-1].public_key

    def waiting(self) -> list[str]:
        """Roles with a successor that does not count yet, or whose old key is still here."""
        return [name for name, held in self._held.items() if len(held) > 1]

    def settle(self, name: str, counting: Container[str]) -> None:
        """Where the successor counts and the old key does not, the successor takes the name."""
        held = self._held[name]
        if len(held) > 1 and held[-1].public_key.keyid in counting:
            pem.promote(self._folder, name)
            self._held[name] = held[-1:]
