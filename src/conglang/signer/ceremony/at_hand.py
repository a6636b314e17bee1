"""The whole ceremony in one step, where every off-line key lies on this machine: a development network."""

from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path

from tuf.api.metadata import Key

from conglang.signer.ceremony import holder, pending
from conglang.signer.ceremony.proposal import propose


def hold(
    keys_dir: Path,
    now: datetime,
    *,
    replace: Collection[str] = (),
    renew: bool = False,
    duty: Mapping[str, Key] | None = None,
) -> bool:
    """Propose, sign with the keys in `keys/offline`, lay down for the signer. False when nothing had to be signed.

    Raises CeremonyRefused when the keys here are not enough.
    """
    ceremony = propose(keys_dir, now, replace=replace, renew=renew, duty=duty)
    if ceremony is None:
        return False
    for name in list(ceremony.missing):
        holder.fill(ceremony, keys_dir / "offline", name)
    holder.sign(ceremony, keys_dir / "offline")
    return pending.submit(keys_dir, ceremony, now)
