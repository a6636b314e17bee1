"""Private keys as files: Ed25519, PKCS #8 in PEM, one file for each role."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

ROOT_KEYS = ("root-1", "root-2", "root-3")
OFFLINE = (*ROOT_KEYS, "targets")
ONLINE = ("sites", "site", "network", "state", "snapshot", "timestamp")


def load(keys_dir: Path, *path: str) -> "CryptoSigner":
    """The signer for one key, as `load(keys, "online", "site")`. FileNotFoundError when it is not there."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from securesystemslib.signer import CryptoSigner

    private = load_pem_private_key(pem_file(keys_dir, Path(*path)).read_bytes(), password=None)
    return CryptoSigner(private)


def pem_file(keys_dir: Path, name: Path) -> Path:
    return keys_dir / name.parent / f"{name.name}.pem"


def new_key() -> bytes:
    """A fresh private key. The caller sees to it that only its owner reads the file."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
