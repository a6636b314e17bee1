"""What the off-line keys sign: whose keys count (root), and who may speak for hosts and for sites (targets).

In production this happens on a machine without network; the results are carried here and are public. A development
network has the off-line keys at hand and does it by itself.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from tuf.api.metadata import DelegatedRole, Delegations, Key, Metadata, Root, Targets

from conglang.signer.pem import ROOT_KEYS, load
from conglang.wire import durable
from conglang.wire.repo import HOSTS_TARGET, NETWORK_ROLE, SITES_ROLE, STATE_PATTERN, STATE_ROLE

ROOT_THRESHOLD = 2
LIFE = timedelta(days=365)


def newest_root(keys_dir: Path) -> Metadata[Root]:
    """The last root of the chain. FileNotFoundError when there is none."""
    chain = (keys_dir / "root-chain").glob("*.root.json")
    files = sorted(chain, key=lambda file: int(file.name.partition(".")[0]))
    if not files:
        raise FileNotFoundError(f"{keys_dir}/root-chain holds no root")
    return Metadata[Root].from_bytes(files[-1].read_bytes())


def extend(keys_dir: Path, now: datetime) -> None:
    """Sign root and targets for another year. Edges follow the chain from the root they pinned."""
    root = newest_root(keys_dir)
    expires = now.replace(microsecond=0) + LIFE
    targets = Metadata[Targets].from_bytes((keys_dir / "targets.json").read_bytes())
    targets.signed.version, targets.signed.expires = targets.signed.version + 1, expires
    targets.sign(load(keys_dir, "offline", "targets"))
    durable.write(keys_dir / "targets.json", targets.to_bytes())
    root.signed.version, root.signed.expires = root.signed.version + 1, expires
    data = _signed_root(keys_dir, root.signed)
    durable.write(keys_dir / "root-chain" / f"{root.signed.version}.root.json", data)
    durable.sync([keys_dir, keys_dir / "root-chain"])


def entrust_state(keys_dir: Path, duty: Mapping[str, Key], now: datetime) -> None:
    """Give the role `state` to the on-line key and to these personal ones (by key id), each of them alone.

    FileNotFoundError when the off-line key `targets` is not at hand.
    """
    targets = Metadata[Targets].from_bytes((keys_dir / "targets.json").read_bytes())
    online = load(keys_dir, "online", STATE_ROLE).public_key
    keys = {online.keyid: online, **duty}
    given = targets.signed.delegations or Delegations({}, {})
    roles = dict(given.roles or {})
    sites = roles.pop(SITES_ROLE)
    roles[STATE_ROLE] = DelegatedRole(STATE_ROLE, list(keys), 1, terminating=True, paths=[STATE_PATTERN])
    roles[SITES_ROLE] = sites  # last: its pattern would fit the state too
    used = {keyid for role in roles.values() for keyid in role.keyids}
    known = {keyid: key for keyid, key in {**given.keys, **keys}.items() if keyid in used}
    targets.signed.delegations = Delegations(known, roles)
    targets.signed.version += 1
    targets.signed.expires = now.replace(microsecond=0) + LIFE
    targets.sign(load(keys_dir, "offline", "targets"))
    durable.write(keys_dir / "targets.json", targets.to_bytes())
    durable.sync([keys_dir])


def sign_first(keys_dir: Path, now: datetime) -> None:
    """Sign version 1 of root and targets; root.json comes last because its presence means "complete"."""
    expires = now.replace(microsecond=0) + LIFE
    durable.write(keys_dir / "targets.json", _first_targets(keys_dir, expires))
    root = _first_root(keys_dir, expires)
    durable.write(keys_dir / "root-chain" / "1.root.json", root)
    durable.sync([keys_dir, *(keys_dir / name for name in ("offline", "online", "root-chain"))])
    durable.write(keys_dir / "root.json", root)
    durable.sync([keys_dir])


def _first_root(keys_dir: Path, expires: datetime) -> bytes:
    root = Root(version=1, expires=expires, consistent_snapshot=True)
    for name in ROOT_KEYS:
        root.add_key(load(keys_dir, "offline", name).public_key, "root")
    root.roles["root"].threshold = ROOT_THRESHOLD
    root.add_key(load(keys_dir, "offline", "targets").public_key, "targets")
    for role in ("snapshot", "timestamp"):
        root.add_key(load(keys_dir, "online", role).public_key, role)
    return _signed_root(keys_dir, root)


def _signed_root(keys_dir: Path, root: Root) -> bytes:
    metadata = Metadata(root)
    for name in ROOT_KEYS:
        metadata.sign(load(keys_dir, "offline", name), append=True)
    return metadata.to_bytes()


def _first_targets(keys_dir: Path, expires: datetime) -> bytes:
    """Top-level targets: hosts.json belongs to `network`, the shared state to `state`, everything else one level deep
    to `sites`. The first pattern that fits decides, so `sites` comes last.
    """
    patterns = {NETWORK_ROLE: HOSTS_TARGET, STATE_ROLE: STATE_PATTERN, SITES_ROLE: "*/*"}
    keys = {name: load(keys_dir, "online", name).public_key for name in patterns}
    roles = {
        name: DelegatedRole(name, [keys[name].keyid], 1, terminating=True, paths=[pattern])
        for name, pattern in patterns.items()
    }
    delegations = Delegations({key.keyid: key for key in keys.values()}, roles)
    metadata = Metadata(Targets(version=1, expires=expires, delegations=delegations))
    metadata.sign(load(keys_dir, "offline", "targets"))
    return metadata.to_bytes()
