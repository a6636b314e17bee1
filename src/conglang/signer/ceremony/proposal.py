"""What must be signed off-line, worked out from the keys that lie here and from what is in force."""

from collections.abc import Collection, Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path

from tuf.api.metadata import DelegatedRole, Delegations, Key, Metadata, Root, Targets

from conglang.signer import pem
from conglang.signer.ceremony.document import Ceremony, replace_key
from conglang.signer.roles import DELEGATED, NAMED_BY_ROOT, SHARED

LIFE = timedelta(days=365)
RENEWED_BEFORE = timedelta(days=120)


def in_force(keys_dir: Path) -> Ceremony:
    """The chain of roots and the delegations that count now, nothing proposed. FileNotFoundError without a root."""
    chain = sorted(
        (keys_dir / "root-chain").glob("*.root.json"), key=lambda file: int(file.name.split(".")[0])
    )
    if not chain:
        raise FileNotFoundError(f"{keys_dir}/root-chain holds no root")
    roots = [Metadata[Root].from_bytes(file.read_bytes()) for file in chain]
    return Ceremony(roots, Metadata[Targets].from_bytes((keys_dir / "targets.json").read_bytes()))


def propose(
    keys_dir: Path,
    now: datetime,
    *,
    replace: Collection[str] = (),
    renew: bool = False,
    duty: Mapping[str, Key] | None = None,
) -> Ceremony | None:
    """What the off-line keys have to sign so that the keys waiting here count; None when nothing needs them.

    `replace`: off-line keys that get a successor (its holder fills in the public half). `renew`: sign for another year
    although the end is far. What ends within 120 days is renewed in any case. `duty`: personal keys (by key id) that
    may sign the shared state too; None leaves those that may now.
    """
    found = in_force(keys_dir)
    online = {name: pem.wanted(keys_dir / "online", name).public_key for name in (*DELEGATED, *NAMED_BY_ROOT)}
    found.missing = sorted(set(replace))
    root, targets = found.current.signed, found.targets.signed
    if renew or replace or _ends(root.expires, now) or _root_differs(root, online):
        found.root = _next_root(root, online, now)
    keys: dict[str, dict[str, Key]] = {name: {online[name].keyid: online[name]} for name in DELEGATED}
    for name in SHARED:
        keys[name].update(personal_keys(keys_dir, name) if duty is None else duty)
    if renew or "targets" in replace or _ends(targets.expires, now) or _targets_differ(targets, keys):
        found.delegations = Metadata(delegations(keys, now, version=targets.version + 1))
    return found if found.root or found.delegations else None


def _ends(expires: datetime, now: datetime) -> bool:
    return expires - now < RENEWED_BEFORE


def _root_differs(root: Root, online: Mapping[str, Key]) -> bool:
    return any(root.roles[name].keyids != [online[name].keyid] for name in NAMED_BY_ROOT)


def _targets_differ(targets: Targets, keys: Mapping[str, Mapping[str, Key]]) -> bool:
    now = targets.delegations.roles if targets.delegations else None
    return {name: role.keyids for name, role in (now or {}).items()} != {
        name: list(keys[name]) for name in DELEGATED
    }


def personal_keys(keys_dir: Path, name: str) -> dict[str, Key]:
    """The keys a role has now beside its on-line one, which is known by lying here."""
    targets = in_force(keys_dir).targets.signed
    given, ours = targets.delegations, pem.candidates(keys_dir / "online", name)
    if given is None or not given.roles or name not in given.roles:
        return {}
    known = {key.public_key.keyid for key in ours}
    return {keyid: given.keys[keyid] for keyid in given.roles[name].keyids if keyid not in known}


def _next_root(root: Root, online: Mapping[str, Key], now: datetime) -> Metadata[Root]:
    following = deepcopy(root)
    following.version += 1
    following.expires = now.replace(microsecond=0) + LIFE
    for name in NAMED_BY_ROOT:
        if following.roles[name].keyids != [online[name].keyid]:
            replace_key(following, name, online[name])
    return Metadata(following)


def delegations(keys: Mapping[str, Mapping[str, Key]], now: datetime, *, version: int = 1) -> Targets:
    """Top-level targets: each delegated role with its keys (by key id) and its one pattern, the end of the search."""
    roles = {
        name: DelegatedRole(name, list(keys[name]), 1, terminating=True, paths=[pattern])
        for name, pattern in DELEGATED.items()
    }
    known = {keyid: key for name in DELEGATED for keyid, key in keys[name].items()}
    expires = now.replace(microsecond=0) + LIFE
    return Targets(version=version, expires=expires, delegations=Delegations(known, roles))
