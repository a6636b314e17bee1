"""The signed ceremony file on the signer's machine: checked, laid down in one step, then made true by the signer.

keys/install.json     waits for the signer; gone when root-chain/ and targets.json say the same
"""

from datetime import datetime
from pathlib import Path

from conglang.signer import pem
from conglang.signer.ceremony import document
from conglang.signer.ceremony.document import Ceremony, CeremonyRefused, Wrong, fingerprint
from conglang.signer.ceremony.proposal import in_force
from conglang.signer.ceremony.verdict import check_proposal, check_same_network, check_signatures
from conglang.signer.roles import DELEGATED, NAMED_BY_ROOT
from conglang.wire import durable


def file_of(keys_dir: Path) -> Path:
    return keys_dir / "install.json"


def submit(keys_dir: Path, ceremony: Ceremony, now: datetime) -> bool:
    """Check everything and lay the file down for the signer. False: it is in force already, nothing was changed.

    Raises CeremonyRefused; then nothing was changed either.
    """
    if check(keys_dir, ceremony, now):
        return False
    if ceremony.root is None:  # one file, replaced in one step: nothing to wait for
        finish(keys_dir, ceremony)
        return True
    document.save(ceremony, file_of(keys_dir))
    return True


def check(keys_dir: Path, ceremony: Ceremony, now: datetime) -> bool:
    """True when the file is in force already. CeremonyRefused unless it is the next step of this very network."""
    ours = in_force(keys_dir)
    root_done = ceremony.root is not None and fingerprint(ceremony.root) == fingerprint(ours.current)
    if not root_done:
        check_same_network(ceremony, ours.current, exactly=True)
    check_proposal(ceremony, now)
    check_signatures(ceremony)
    delegations = ceremony.delegations or ceremony.targets
    targets_done = ours.targets.signed_bytes == delegations.signed_bytes
    if not targets_done and ours.targets.signed_bytes != ceremony.targets.signed_bytes:
        raise CeremonyRefused(Wrong.VERSION, f"targets here are {ours.targets.signed.version}")
    if targets_done and (root_done or ceremony.root is None):
        return True
    _check_keys_here(keys_dir, ceremony)
    return False


def _check_keys_here(keys_dir: Path, ceremony: Ceremony) -> None:
    """The signer must hold the private half of every on-line key that will count."""
    delegations = (ceremony.delegations or ceremony.targets).signed.delegations
    roles = {**ceremony.newest.signed.roles, **((delegations and delegations.roles) or {})}
    for name in (*NAMED_BY_ROOT, *DELEGATED):
        here = {key.public_key.keyid for key in pem.candidates(keys_dir / "online", name)}
        if name in roles and not here & set(roles[name].keyids):
            raise CeremonyRefused(Wrong.KEY_NOT_HERE, name)


def waiting(keys_dir: Path, now: datetime) -> Ceremony | None:
    """The file that waits, checked again; None without one. CeremonyRefused when somebody changed it meanwhile."""
    try:
        ceremony = document.load(file_of(keys_dir))
    except FileNotFoundError:
        return None
    if check(keys_dir, ceremony, now):
        finish(keys_dir, ceremony)
        return None
    return ceremony


def finish(keys_dir: Path, ceremony: Ceremony) -> None:
    """Write down what now counts, let the off-line keys that lie here take their names, and clear the file away."""
    if ceremony.delegations is not None:
        pem.write(keys_dir / "targets.json", ceremony.delegations.to_bytes())
        durable.sync([keys_dir])
    if ceremony.root is not None:
        chain = keys_dir / "root-chain"
        pem.write(chain / f"{ceremony.root.signed.version}.root.json", ceremony.root.to_bytes())
        durable.sync([chain])
        pem.write(keys_dir / "root.json", ceremony.root.to_bytes())  # a new edge begins with the newest
        for name in pem.OFFLINE:
            _take_name(keys_dir / "offline", name, ceremony)
    file_of(keys_dir).unlink(missing_ok=True)
    durable.sync([keys_dir])


def _take_name(folder: Path, name: str, ceremony: Ceremony) -> None:
    successor = pem.next_file(folder, name)
    if successor.exists() and pem.read(successor).public_key.keyid in ceremony.newest.signed.keys:
        pem.promote(folder, name)
