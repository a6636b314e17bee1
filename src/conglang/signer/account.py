"""The signer's own account: root gives it the keys, then becomes it and never goes back.

Started as root, because the socket lies where only the portal's user may look, and because Python itself may lie where
no other account can read: everything is imported first.
"""

import os
import pwd
from collections.abc import Iterator
from pathlib import Path


class Closed(Exception):
    """The account cannot reach what it has to read. The text says what."""


def name() -> str:
    """The account this process runs under."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def hand_over(data: Path, user: str) -> None:
    """Give `keys/`, `signer/` and `store/repo` with all that is in them to the account. KeyError when there is none."""
    from conglang.signer.audit_desk import AuditDesk
    from conglang.signer.state_desk import StateDesk

    entry = pwd.getpwnam(user)
    (data / "store" / "repo").mkdir(parents=True, exist_ok=True)
    StateDesk(data).prepare()
    AuditDesk(data).prepare()
    for place in (data / "keys", data / "signer"):
        place.chmod(0o700)
    for place in (data / "keys", data / "signer", data / "store" / "repo"):
        for path in _tree(place):
            found = os.lstat(path)
            if (found.st_uid, found.st_gid) != (entry.pw_uid, entry.pw_gid):
                os.lchown(path, entry.pw_uid, entry.pw_gid)


def _tree(folder: Path) -> Iterator[str]:
    yield str(folder)
    for place, folders, files in os.walk(folder):
        yield from (f"{place}/{found}" for found in (*folders, *files))


def become(user: str, data: Path) -> None:
    """Become the account for good; nothing without a name. Closed when its keys are out of its reach."""
    if user and os.geteuid() == 0:
        _read_ahead()
        entry = pwd.getpwnam(user)
        os.setgroups([])
        os.setresgid(entry.pw_gid, entry.pw_gid, entry.pw_gid)
        os.setresuid(entry.pw_uid, entry.pw_uid, entry.pw_uid)
    for place in (data / "keys" / "online", data / "store" / "repo"):
        if not _usable(place):
            raise Closed(
                f"{place} cannot be read and written by {name()}: see who owns it and the folders above"
            )


def _usable(place: Path) -> bool:
    """True for a folder that is not made yet, or that this process may enter and write."""
    try:
        place.stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return os.access(place, os.R_OK | os.W_OK | os.X_OK)


def _read_ahead() -> None:
    """Do once what imports at its first use: afterwards Python's own files may be out of reach."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from securesystemslib.signer import CryptoSigner
    from tuf.api.metadata import Metadata, Root, Timestamp

    from conglang.signer import lint, office  # noqa: F401

    lint.findings("<p>Tin</p>")
    key = CryptoSigner(Ed25519PrivateKey.generate())
    root = Root()
    root.add_key(key.public_key, "timestamp")
    stamp = Metadata(Timestamp())
    stamp.sign(key)
    Metadata(root).verify_delegate("timestamp", Metadata[Timestamp].from_bytes(stamp.to_bytes()))
