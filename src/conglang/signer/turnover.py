"""Which roles must be signed again because a key was replaced, or because they are new."""

from collections.abc import Iterable

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import DelegatedRole, Delegations, Key, Metadata, Targets

from conglang.signer.roles import IN_SNAPSHOT
from conglang.signer.signed_state import SignedState
from conglang.wire.repo import SITES_ROLE, site_of_role


def roles_to_sign(state: SignedState, top: Targets) -> dict[str, Targets]:
    """What the delegations `top` and the site key in the ring ask for, beyond what is signed already."""
    found: dict[str, Targets] = {}
    for name in IN_SNAPSHOT:
        if name not in state.role_names():
            found[name] = Targets()
        elif not _accepted(top, name, state.role(name)):
            found[name] = state.role(name).signed
    return found | _sites_to_sign(state)


def _sites_to_sign(state: SignedState) -> dict[str, Targets]:
    """`sites` and every site, when the site key has a successor: all in one swap, so none is without a key."""
    now = state.role(SITES_ROLE).signed.delegations
    key = state.ring.wanted("site")
    if now is None or set(now.keys) == {key.keyid}:
        return {}
    known = [name for name in state.role_names() if site_of_role(name)]
    return {SITES_ROLE: sites_role(key, known), **{name: state.role(name).signed for name in known}}


def _accepted(top: Targets, name: str, role: Metadata[Targets]) -> bool:
    try:
        top.verify_delegate(name, role.signed_bytes, role.signatures)
    except (RepositoryError, ValueError):
        return False
    return True


def sites_role(key: Key, roles: Iterable[str]) -> Targets:
    """The role `sites`: each site's role may sign that site's shards, all with the one key."""
    known = {
        name: DelegatedRole(name, [key.keyid], 1, terminating=True, paths=[f"{site_of_role(name)}/*"])
        for name in roles
    }
    return Targets(delegations=Delegations({key.keyid: key}, known))
