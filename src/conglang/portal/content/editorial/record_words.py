"""The audit record in words: what was done, to what, and what else an entry says."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conglang.portal.identity.accounts.models import RoleHolding
from conglang.portal.identity.audit.rules import SYSTEM, Kind, ThingKind

DONE: Mapping[Kind, str | Promise] = {
    Kind.SIGNED_IN: gettext_lazy("Signed in"),
    Kind.SIGN_IN_FAILED: gettext_lazy("Failed sign-in"),
    Kind.SIGNED_OUT: gettext_lazy("Signed out"),
    Kind.SIGN_IN_ENDED: gettext_lazy("Sign-in ended"),
    Kind.PROVED: gettext_lazy("Proved once more who it is"),
    Kind.KEY_ADDED: gettext_lazy("Way to sign in added"),
    Kind.KEY_REMOVED: gettext_lazy("Way to sign in removed"),
    Kind.KEY_DOUBTED: gettext_lazy("Sign-in refused: there may be two of this passkey"),
    Kind.RECOVERY_ASKED: gettext_lazy("Recovery of an account asked for"),
    Kind.RECOVERY_AGREED: gettext_lazy("Recovery of an account agreed to"),
    Kind.RECOVERY_REFUSED: gettext_lazy("Recovery of an account refused"),
    Kind.RECOVERED: gettext_lazy("Account recovered: all former keys removed"),
    Kind.ACCOUNT_CLOSED: gettext_lazy("Account closed: not used for long"),
    Kind.ACCOUNT_OPENED: gettext_lazy("Account opened again"),
    Kind.INVITED: gettext_lazy("Invitation made"),
    Kind.INVITATION_WITHDRAWN: gettext_lazy("Invitation withdrawn"),
    Kind.INVITATION_ACCEPTED: gettext_lazy("Invitation accepted"),
    Kind.PERSON_ADDED: gettext_lazy("Account made"),
    Kind.PERSON_CHANGED: gettext_lazy("Account changed"),
    Kind.PERSON_REMOVED: gettext_lazy("Account removed"),
    Kind.ROLE_GIVEN: gettext_lazy("Role given"),
    Kind.ROLE_ENDED: gettext_lazy("Role ended"),
    Kind.ADMINISTRATOR_MADE: gettext_lazy("Made administrator of the city"),
    Kind.ADMINISTRATOR_ENDED: gettext_lazy("No longer administrator of the city"),
    Kind.DELEGATED: gettext_lazy("Approving delegated"),
    Kind.DELEGATION_ENDED: gettext_lazy("Delegation ended"),
    Kind.CREATED: gettext_lazy("Text begun"),
    Kind.EDITED: gettext_lazy("Text edited"),
    Kind.RENAMED: gettext_lazy("Public title changed"),
    Kind.MOVED: gettext_lazy("Page moved"),
    Kind.COPIED: gettext_lazy("Page copied"),
    Kind.DELETED: gettext_lazy("Page deleted"),
    Kind.LOCKED: gettext_lazy("Page locked"),
    Kind.UNLOCKED: gettext_lazy("Page unlocked"),
    Kind.REVERTED: gettext_lazy("Older draft taken up again"),
    Kind.SUBMITTED: gettext_lazy("Approval asked for"),
    Kind.APPROVED: gettext_lazy("Text approved"),
    Kind.SENT_BACK: gettext_lazy("Text sent back"),
    Kind.TAKEN_BACK: gettext_lazy("Request taken back"),
    Kind.VOIDED: gettext_lazy("Request void: the text was changed"),
    Kind.PUBLISHED: gettext_lazy("Text published"),
    Kind.SCHEDULED: gettext_lazy("Publication scheduled"),
    Kind.UNSCHEDULED: gettext_lazy("Schedule cancelled"),
    Kind.UNPUBLISHED: gettext_lazy("Page taken down"),
    Kind.WITHDRAWN: gettext_lazy("Page taken down with a notice"),
    Kind.CONFIRMED: gettext_lazy("Confirmed as still correct"),
    Kind.PROPOSED: gettext_lazy("Waits for a second person"),
    Kind.AGREED_TO: gettext_lazy("Confirmed by a second person"),
    Kind.REFUSED: gettext_lazy("Refused by a second person"),
    Kind.LAPSED: gettext_lazy("Lapsed: nobody confirmed it in time"),
    Kind.CITY_ACTED: gettext_lazy("The city acted in an emergency"),
    Kind.DRAFT_SHARED: gettext_lazy("Draft shared"),
    Kind.DRAFT_UNSHARED: gettext_lazy("Draft no longer shared"),
    Kind.RETRIED: gettext_lazy("Scheduled publication tried again"),
    Kind.FILE_ADDED: gettext_lazy("File added"),
    Kind.FILE_CHANGED: gettext_lazy("File's description changed"),
    Kind.FILE_REMOVED: gettext_lazy("File removed"),
    Kind.EDITION_RESTORED: gettext_lazy("Older edition restored"),
    Kind.RESTORATION_ENDED: gettext_lazy("Restoration ended"),
    Kind.REBUILD_ORDERED: gettext_lazy("Rebuild ordered"),
    Kind.ANNOUNCED: gettext_lazy("Announcement to all sites"),
    Kind.SITE_CHANGED: gettext_lazy("Site changed"),
    Kind.UNITS_CHANGED: gettext_lazy("Register of units changed"),
    Kind.SETTINGS_CHANGED: gettext_lazy("Settings changed"),
    Kind.KEYS_CHANGED: gettext_lazy("Signing keys in force"),
    Kind.EXPORTED: gettext_lazy("Record handed out"),
    Kind.PRUNED: gettext_lazy("Old entries pruned"),
    Kind.OTHER: gettext_lazy("Other act"),
}
_ALL = tuple(Kind)
_PEOPLE, _TEXTS, _FILES, _NETWORK = map(
    _ALL.index, (Kind.INVITED, Kind.CREATED, Kind.FILE_ADDED, Kind.EDITION_RESTORED)
)
GROUPS: tuple[tuple[str | Promise, tuple[Kind, ...]], ...] = (
    (gettext_lazy("Sign-ins"), _ALL[:_PEOPLE]),
    (gettext_lazy("People and roles"), _ALL[_PEOPLE:_TEXTS]),
    (gettext_lazy("Texts"), _ALL[_TEXTS:_FILES]),
    (gettext_lazy("Files"), _ALL[_FILES:_NETWORK]),
    (gettext_lazy("Network"), _ALL[_NETWORK:]),
)
THINGS: Mapping[ThingKind, str | Promise] = {
    ThingKind.PERSON: gettext_lazy("person"),
    ThingKind.INVITATION: gettext_lazy("invitation"),
    ThingKind.OFFICE: gettext_lazy("office"),
    ThingKind.UNIT: gettext_lazy("administrative unit"),
    ThingKind.SITE: gettext_lazy("site"),
    ThingKind.PAGE: gettext_lazy("page"),
    ThingKind.IMAGE: gettext_lazy("picture"),
    ThingKind.DOCUMENT: gettext_lazy("document"),
    ThingKind.EDITION: gettext_lazy("published edition"),
    ThingKind.REBUILD: gettext_lazy("rebuild"),
    ThingKind.MOMENT: gettext_lazy("scheduled publication"),
    ThingKind.ANNOUNCEMENT: gettext_lazy("announcement"),
    ThingKind.KEYS: gettext_lazy("signing keys"),
    ThingKind.RECORD: gettext_lazy("audit record"),
    ThingKind.ROW: gettext_lazy("row of a table"),
}
_ROLES = {str(value): label for value, label in RoleHolding.Role.choices}


def kind_words(kind: str) -> str:
    """Return what was done, for a person; the bare name of a kind from a newer version."""
    return str(DONE.get(Kind(kind), kind)) if kind in set(Kind) else kind


def role_words(role: str) -> str:
    """Return the roles of an entry in words."""
    if role == SYSTEM:
        return _("the program itself")
    return ", ".join(str(_ROLES.get(one, one)) for one in role.split(", ") if one)


def detail_words(details: Mapping[str, Any]) -> str:
    """Return what else an entry says, short: the role that was given, where somebody came from, which step."""
    found = []
    if role := details.get("role"):
        found.append(str(_ROLES.get(role, role)))
    if network := details.get("network"):
        found.append(_("from the network %s") % network)
    if details.get("of", 1) > 1:
        found.append(_("step %(step)s of %(of)s") % {"step": details["step"], "of": details["of"]})
    if people := details.get("people"):
        found.append(", ".join(people))
    if sites := details.get("sites"):
        found.append(", ".join(sites) if len(sites) <= 3 else _("%d sites") % len(sites))
    if count := details.get("count"):
        found.append(_("%d entries") % count)
    return " · ".join(found)
