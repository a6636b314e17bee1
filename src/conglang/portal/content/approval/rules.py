"""Who has to agree before a text goes public, and what exactly they agree to. Plain Python."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from conglang.portal.identity.accounts.rules import UNIT_ROLES, Role


class State(StrEnum):
    """Where a request for approval stands. The value is what the database keeps."""

    WAITING = "waiting"
    APPROVED = "approved"
    SENT_BACK = "sent-back"
    TAKEN_BACK = "taken-back"  # by its author
    VOID = "void"  # the text was changed meanwhile


class Objection(StrEnum):
    """Why somebody may not decide about a request."""

    CLOSED = "closed"
    NO_ROLE = "no-role"
    OWN_TEXT = "own-text"
    CHANGED = "changed"


Chain = tuple[Role, ...]
UNIT_CHAIN: Chain = (Role.UNIT_APPROVER,)
CITY_CHAIN: Chain = (Role.CENTRE_APPROVER,)


# Who may override a unit in an emergency: two of them, one who asks and another who agrees.
CITY_ROLES = frozenset({Role.CENTRE_EDITOR, Role.CENTRE_APPROVER, Role.CITY_ADMINISTRATOR})


class Act(StrEnum):
    """What one person proposes and another one confirms, other than a text's going public."""

    TAKE_DOWN = "take-down"  # done at once, provisionally
    PUT_BACK = "put-back"
    CITY_TAKE_DOWN = "city-take-down"


class Outcome(StrEnum):
    """Where a proposal stands."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    TAKEN_BACK = "taken-back"
    LAPSED = "lapsed"  # nobody answered in time


# Roles whose holders approve texts: these can be delegated, for so long at most.
APPROVERS = frozenset({Role.UNIT_APPROVER, Role.CENTRE_APPROVER})
LONGEST_DELEGATION = timedelta(days=60)
PROVISIONAL_LIFE = timedelta(hours=24)  # of what one person took down; then it is confirmed, or public again


def takes_part(act: Act, held: Collection[tuple[str, int]], *, unit: int, is_city: bool) -> bool:
    """Say whether somebody who holds ``held`` (role, unit) may propose or confirm an act on a site of ``unit``."""
    if any(role in CITY_ROLES for role, _where in held):
        return True
    if act is Act.CITY_TAKE_DOWN or is_city:
        return False
    return any(role in UNIT_ROLES and where == unit for role, where in held)


def chain_of(*, is_city: bool, own: Sequence[str] = ()) -> Chain:
    """Return the roles that agree one after the other to a text of a site: its ``own`` chain where one is kept."""
    return tuple(Role(role) for role in own) or (CITY_CHAIN if is_city else UNIT_CHAIN)


def objection(
    *, state: State, role_held: bool, decider: int, authors: Collection[int], agreed: Collection[int]
) -> Objection | None:
    """Return why ``decider`` may not decide, or None.

    Nobody decides about a text of which they wrote any part since it was last public, and nobody is two people of
    one chain (``agreed``: who agreed at earlier steps).
    """
    if state is not State.WAITING:
        return Objection.CLOSED
    if not role_held:
        return Objection.NO_ROLE
    if decider in authors or decider in agreed:
        return Objection.OWN_TEXT
    return None


# What Wagtail keeps in a revision about the desk and the tree, and changes by itself: no reader sees any of it.
_NOT_CONTENT = frozenset(
    {
        "pk", "path", "depth", "numchild", "url_path", "live", "has_unpublished_changes", "draft_title", "owner",
        "latest_revision", "latest_revision_created_at", "live_revision", "first_published_at", "last_published_at",
        "locked", "locked_at", "locked_by", "expired", "wagtail_admin_comments", "alias_of", "translation_key",
        "page_ptr", "basepage_ptr", "search_description_is_auto",
    }
)  # fmt: skip


def file_state(content: str, words: Sequence[str]) -> str:
    """One digest over a file's content hash and the words readers get with it: its description, origin, licence."""
    return hashlib.sha256(json.dumps([content, *words], ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class Content:
    """One text in its place: what an approval is bound to. ``files``: of every picture and document it refers to,
    type, identity, name, and a digest over its content and what it says of itself."""

    site: str
    page: str
    type: str
    kind: str
    path: str
    values: Mapping[str, Any]
    files: tuple[tuple[str, str, str, str], ...]

    def digest(self) -> str:
        """SHA-256 in hex over a canonical form. Moving, renaming, rescheduling or exchanging a file changes it."""
        values = {name: value for name, value in self.values.items() if name not in _NOT_CONTENT}
        facts = [1, self.site, self.page, self.type, self.kind, self.path, values, sorted(self.files)]
        text = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
        return hashlib.sha256(text.encode()).hexdigest()
