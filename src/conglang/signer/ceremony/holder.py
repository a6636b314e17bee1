"""One holder's part: a machine without network, a folder with off-line keys, the file that travels. No data folder."""

from datetime import datetime
from pathlib import Path

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root

from conglang.signer import pem
from conglang.signer.ceremony.document import (
    Ceremony,
    CeremonyRefused,
    Wrong,
    replace_key,
    root_key_ids,
)
from conglang.signer.ceremony.verdict import check_proposal, check_same_network
from conglang.wire import durable

ROOT_BESIDE = "root.json"


def check(ceremony: Ceremony, folder: Path, now: datetime) -> None:
    """CeremonyRefused unless the file follows from the root that lies beside the keys; that root is then brought up
    to date, so that an older file is refused from now on.
    """
    check_proposal(ceremony, now)
    known = _root_beside(folder)
    check_same_network(ceremony, known, exactly=False)
    if known.signed.version < ceremony.current.signed.version:
        pem.write(folder / ROOT_BESIDE, ceremony.current.to_bytes())
        durable.sync([folder])
    _take_names(ceremony.current.signed, folder)


def _root_beside(folder: Path) -> Metadata[Root]:
    file = folder / ROOT_BESIDE
    if not file.exists():
        raise CeremonyRefused(Wrong.NO_ROOT_BESIDE, str(file))
    try:
        return Metadata[Root].from_bytes(file.read_bytes())
    except (RepositoryError, ValueError) as error:
        raise CeremonyRefused(Wrong.UNREADABLE, f"{file}: {error}") from error


def _take_names(root: Root, folder: Path) -> None:
    """Successors that an earlier ceremony has put in force take the names of the keys they replaced."""
    for name, keyid in {**root_key_ids(root), "targets": root.roles["targets"].keyids[0]}.items():
        waiting = pem.next_file(folder, name)
        if waiting.exists() and pem.read(waiting).public_key.keyid == keyid:
            pem.promote(folder, name)


def fill(ceremony: Ceremony, folder: Path, name: str) -> bool:
    """Make the successor of an off-line key here and put its public half into the file. False: it is in it already.

    CeremonyRefused when the file asks for no such successor.
    """
    if ceremony.root is None or name not in ceremony.missing:
        if ceremony.root is not None and _is_filled(ceremony.root.signed, folder, name):
            return False
        raise CeremonyRefused(Wrong.SHAPE, f"no successor of {name} is asked for")
    pem.prepare_next(folder, name)
    replace_key(ceremony.root.signed, name, pem.wanted(folder, name).public_key)
    ceremony.missing.remove(name)
    return True


def _is_filled(root: Root, folder: Path, name: str) -> bool:
    here = pem.next_file(folder, name)
    keyid = {**root_key_ids(root), "targets": root.roles["targets"].keyids[0]}[name]
    return here.exists() and pem.read(here).public_key.keyid == keyid


def sign(ceremony: Ceremony, folder: Path) -> list[str]:
    """Add every signature that counts and that the keys in `folder` can give; the names of the keys that signed.

    Old and new keys both sign a root that replaces one by the other. Signing again changes nothing. CeremonyRefused
    while a successor is missing, for its public half must be in what is signed, or when no key here counts.
    """
    if ceremony.missing:
        raise CeremonyRefused(Wrong.KEY_MISSING, ", ".join(ceremony.missing))
    signed = [name for name in pem.OFFLINE if _sign_with(ceremony, folder, name)]
    if not signed:
        raise CeremonyRefused(Wrong.NO_KEY_OF_OURS, str(folder))
    return signed


def _sign_with(ceremony: Ceremony, folder: Path, name: str) -> bool:
    roots = [ceremony.current.signed, ceremony.newest.signed]
    role, document = ("targets", ceremony.delegations) if name == "targets" else ("root", ceremony.root)
    counting = {keyid for root in roots for keyid in root.roles[role].keyids}
    keys = [key for key in pem.candidates(folder, name) if key.public_key.keyid in counting]
    if document is not None:
        for key in keys:
            document.sign(key, append=True)
    return bool(keys) and document is not None
