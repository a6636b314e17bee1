"""May this ceremony file be signed, may it be installed? Asked by each holder and by the signer, who trust nobody."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Targets

from conglang.signer.ceremony.document import Ceremony, CeremonyRefused, Wrong, fingerprint
from conglang.signer.roles import DELEGATED, NAMED_BY_ROOT, SHARED

LONGEST_LIFE = timedelta(days=400)


def check_proposal(ceremony: Ceremony, now: datetime) -> None:
    """CeremonyRefused unless what is proposed follows exactly from a sound chain. Its signatures are not asked for."""
    check_chain(ceremony)
    if ceremony.root is None and ceremony.delegations is None:
        raise CeremonyRefused(Wrong.NOTHING_TO_SIGN)
    if ceremony.root is not None:
        _check_root(ceremony.root.signed, ceremony.current.signed)
        _check_life(ceremony.root.signed, now)
    if ceremony.delegations is not None:
        _check_delegations(ceremony.delegations.signed, ceremony.targets.signed.version)
        _check_life(ceremony.delegations.signed, now)
    new_targets_key = ceremony.newest.signed.roles["targets"] != ceremony.current.signed.roles["targets"]
    if new_targets_key and ceremony.delegations is None:
        raise CeremonyRefused(Wrong.SHAPE, "another targets key, and nothing for it to sign")


def check_chain(ceremony: Ceremony) -> None:
    """CeremonyRefused unless each root is signed by itself and by the one before, and targets by the last."""
    try:
        for place, root in enumerate(ceremony.chain):
            if root.signed.version != place + 1:
                raise CeremonyRefused(Wrong.CHAIN, f"root {root.signed.version} in place {place + 1}")
            before = ceremony.chain[place - 1] if place else root
            before.verify_delegate("root", root)
            root.verify_delegate("root", root)
        ceremony.current.verify_delegate("targets", ceremony.targets)
    except RepositoryError as error:
        raise CeremonyRefused(Wrong.CHAIN, str(error)) from error


def check_same_network(ceremony: Ceremony, known: Metadata[Root], *, exactly: bool) -> None:
    """CeremonyRefused unless the file is of the network that `known` belongs to, and not older than it.

    `exactly`: `known` must be the newest root of the file, else any root of its chain.
    """
    place = known.signed.version - 1
    if place >= len(ceremony.chain):
        raise CeremonyRefused(Wrong.OLDER, f"it knows root {len(ceremony.chain)}, here is {place + 1}")
    if fingerprint(ceremony.chain[place]) != fingerprint(known):
        raise CeremonyRefused(Wrong.OTHER_NETWORK, fingerprint(ceremony.chain[0])[:12])
    if exactly and place != len(ceremony.chain) - 1:
        raise CeremonyRefused(Wrong.VERSION, f"it knows root {len(ceremony.chain)}, here is {place + 1}")


def check_signatures(ceremony: Ceremony) -> None:
    """CeremonyRefused, naming what is missing, until old and new root keys and the targets key have signed."""
    for why, who in missing_signatures(ceremony):
        raise CeremonyRefused(why, who)


def missing_signatures(ceremony: Ceremony) -> Iterator[tuple[Wrong, str]]:
    """Which thresholds are not reached yet, and how far they are, as "old 1/2 (waiting for root-2, root-3)"."""
    for name in ceremony.missing:
        yield Wrong.KEY_MISSING, name
    if ceremony.root is not None:
        payload, signatures = ceremony.root.signed_bytes, ceremony.root.signatures
        for label, judge in (("old", ceremony.current.signed), ("new", ceremony.root.signed)):
            result = judge.get_verification_result("root", payload, signatures)
            if not result:
                names = [f"root-{judge.roles['root'].keyids.index(keyid) + 1}" for keyid in result.unsigned]
                detail = f"{label} {len(result.signed)}/{result.threshold} ({', '.join(sorted(names))})"
                yield Wrong.ROOT_SIGNATURES, detail
    if ceremony.delegations is not None:
        targets = ceremony.delegations
        if not ceremony.newest.signed.get_verification_result(
            "targets", targets.signed_bytes, targets.signatures
        ):
            yield Wrong.TARGETS_SIGNATURES, "targets 0/1"


def _check_root(root: Root, before: Root) -> None:
    if root.version != before.version + 1:
        raise CeremonyRefused(Wrong.VERSION, f"root {root.version} after {before.version}")
    shape = {name: (role.threshold, len(role.keyids)) for name, role in root.roles.items()}
    if shape != {name: (role.threshold, len(role.keyids)) for name, role in before.roles.items()}:
        raise CeremonyRefused(Wrong.SHAPE, "thresholds or numbers of keys are others than before")
    used = [keyid for role in root.roles.values() for keyid in role.keyids]
    values = [key.keyval.get("public") for key in root.keys.values()]
    if len(set(used)) != len(used) or set(used) != set(root.keys) or len(set(values)) != len(values):
        raise CeremonyRefused(Wrong.SHAPE, "one key in two places")
    if not root.consistent_snapshot or root.unrecognized_fields or root.spec_version != before.spec_version:
        raise CeremonyRefused(Wrong.SHAPE, "something in the root that does not belong there")


def _check_delegations(targets: Targets, before: int) -> None:
    if targets.version != before + 1:
        raise CeremonyRefused(Wrong.VERSION, f"targets {targets.version} after {before}")
    found = targets.delegations
    roles = (found and found.roles) or {}
    if targets.targets or not found or list(roles) != list(DELEGATED):
        raise CeremonyRefused(Wrong.SHAPE, "delegations are not those of such a network")
    for name, pattern in DELEGATED.items():
        role = roles[name]
        plain = (role.threshold, role.terminating, role.paths, role.path_hash_prefixes)
        if plain != (1, True, [pattern], None) or len(role.keyids) != 1 and name not in SHARED:
            raise CeremonyRefused(Wrong.SHAPE, f"the delegation to {name}")
    used = [keyid for role in roles.values() for keyid in role.keyids]
    if not len(set(used)) == len(used) == len(found.keys):
        raise CeremonyRefused(Wrong.SHAPE, "one key in two places")


def _check_life(signed: Root | Targets, now: datetime) -> None:
    if not now < signed.expires <= now + LONGEST_LIFE:
        raise CeremonyRefused(Wrong.EXPIRY, f"{signed.expires:%Y-%m-%d}")


def changes(ceremony: Ceremony) -> list[tuple[str, str, str]]:
    """What a holder is asked to put his name to: (role or off-line key, old key id, new key id; empty: none)."""
    before, after = (
        _keys_of(ceremony.current, ceremony.targets),
        _keys_of(ceremony.newest, ceremony.delegations or ceremony.targets),
    )
    return [
        (name, before.get(name, ""), after.get(name, ""))
        for name in {**before, **after}
        if before.get(name) != after.get(name)
    ]


def _keys_of(root: Metadata[Root], targets: Metadata[Targets]) -> dict[str, str]:
    found = {f"root-{place + 1}": keyid for place, keyid in enumerate(root.signed.roles["root"].keyids)}
    found |= {name: root.signed.roles[name].keyids[0] for name in ("targets", *NAMED_BY_ROOT)}
    roles = (targets.signed.delegations and targets.signed.delegations.roles) or {}
    found |= {name: role.keyids[0] for name, role in roles.items()}
    personal = [(name, keyid) for name, role in roles.items() for keyid in role.keyids[1:]]
    return found | {f"{name} {keyid[:12]}": keyid for name, keyid in personal}
