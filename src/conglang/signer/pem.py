"""Private keys as files: Ed25519, PKCS #8 in PEM, one file for each role.

`NAME.pem` is the key in force. `NAME.next.pem` is its successor, which waits beside it until those above have signed
for it; then it takes the name. A file counts by what is signed about its key, never by its name alone.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from conglang.signer.roles import DELEGATED
from conglang.wire import durable

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

ROOT_KEYS = ("root-1", "root-2", "root-3")
OFFLINE = (*ROOT_KEYS, "targets")
ONLINE = (*DELEGATED, "site", "snapshot", "timestamp")


def load(keys_dir: Path, *path: str) -> "CryptoSigner":
    """The signer for one key, as `load(keys, "online", "site")`. FileNotFoundError when it is not there."""
    return read(pem_file(keys_dir, Path(*path)))


def read(file: Path) -> "CryptoSigner":
    """The signer in one file. FileNotFoundError; ValueError when it is no private key of ours."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from securesystemslib.signer import CryptoSigner

    private = load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(private, Ed25519PrivateKey):
        raise ValueError(f"{file} holds no Ed25519 key")
    return CryptoSigner(private)


def pem_file(keys_dir: Path, name: Path) -> Path:
    return keys_dir / name.parent / f"{name.name}.pem"


def next_file(folder: Path, name: str) -> Path:
    """Where the successor of a key waits."""
    return folder / f"{name}.next.pem"


def candidates(folder: Path, name: str) -> list["CryptoSigner"]:
    """The key in force and its successor, whichever is there."""
    files = (folder / f"{name}.pem", next_file(folder, name))
    return [read(file) for file in files if file.exists()]


def wanted(folder: Path, name: str) -> "CryptoSigner":
    """The key that is to be in force: the successor where one waits. FileNotFoundError when there is neither."""
    successor = next_file(folder, name)
    return read(successor if successor.exists() else folder / f"{name}.pem")


def prepare_next(folder: Path, name: str) -> bool:
    """Make a successor, durably. False when one was waiting already: that one is used."""
    file = next_file(folder, name)
    if file.exists():
        return False
    write(file, new_key(), mode=0o600)
    durable.sync([folder])
    return True


def promote(folder: Path, name: str) -> None:
    """The successor takes the name; the key it replaces is gone from this disk. Nothing when none waits."""
    if next_file(folder, name).exists():
        next_file(folder, name).rename(folder / f"{name}.pem")
        durable.sync([folder])


def new_key() -> bytes:
    """A fresh private key. The caller sees to it that only its owner reads the file."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def write(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Replace a file in one step; written by root, it belongs to whoever owns the folder (the signer's account)."""
    folder = path.parent.stat()
    owner = (folder.st_uid, folder.st_gid) if os.geteuid() == 0 else None
    durable.write(path, data, mode=mode, owner=owner)
