"""What is recorded: the closed list of kinds, who acted, and on what. Plain Python."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Kind(StrEnum):
    """What was done. The value is what the database keeps; none is ever renamed or used for something else."""

    SIGNED_IN = "signed-in"
    SIGN_IN_FAILED = "sign-in-failed"
    SIGNED_OUT = "signed-out"
    SIGN_IN_ENDED = "sign-in-ended"  # by time, or by its owner from elsewhere
    PROVED = "proved-again"  # the password once more, before a weighty screen
    KEY_ADDED = "sign-in-key-added"  # a passkey, or an app that shows codes
    KEY_REMOVED = "sign-in-key-removed"
    KEY_DOUBTED = "sign-in-key-doubted"  # its counter went back: perhaps there are two of it
    RECOVERY_ASKED = "recovery-asked"
    RECOVERY_AGREED = "recovery-agreed"
    RECOVERY_REFUSED = "recovery-refused"
    RECOVERED = "recovered"  # all former keys are gone, a new one may be registered
    ACCOUNT_CLOSED = "account-closed"  # nobody used it for long
    ACCOUNT_OPENED = "account-opened"
    INVITED = "invited"
    INVITATION_WITHDRAWN = "invitation-withdrawn"
    INVITATION_ACCEPTED = "invitation-accepted"
    PERSON_ADDED = "person-added"
    PERSON_CHANGED = "person-changed"
    PERSON_REMOVED = "person-removed"
    ROLE_GIVEN = "role-given"
    ROLE_ENDED = "role-ended"
    ADMINISTRATOR_MADE = "administrator-made"
    ADMINISTRATOR_ENDED = "administrator-ended"
    DELEGATED = "delegated"  # approving, from day to day
    DELEGATION_ENDED = "delegation-ended"
    CREATED = "created"
    EDITED = "edited"
    RENAMED = "renamed"  # its public title became another one
    MOVED = "moved"
    COPIED = "copied"
    DELETED = "deleted"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    REVERTED = "reverted"  # the draft became an older one
    SUBMITTED = "submitted"
    APPROVED = "approved"
    SENT_BACK = "sent-back"
    TAKEN_BACK = "taken-back"
    VOIDED = "voided"  # the text was changed while somebody was asked to approve it
    PUBLISHED = "published"
    SCHEDULED = "scheduled"
    UNSCHEDULED = "unscheduled"
    UNPUBLISHED = "unpublished"
    WITHDRAWN = "withdrawn"  # with a notice that says why
    CONFIRMED = "confirmed"  # still correct, without a change
    DRAFT_SHARED = "draft-shared"  # a link for somebody without an account
    DRAFT_UNSHARED = "draft-unshared"
    PROPOSED = "proposed"  # what another person has to confirm
    AGREED_TO = "agreed-to"  # by the other person
    REFUSED = "refused"
    LAPSED = "lapsed"  # nobody confirmed in time
    CITY_ACTED = "city-acted"  # over the unit's head, in an emergency
    RETRIED = "retried"
    FILE_ADDED = "file-added"
    FILE_CHANGED = "file-changed"
    FILE_REMOVED = "file-removed"
    EDITION_RESTORED = "edition-restored"
    RESTORATION_ENDED = "restoration-ended"
    REBUILD_ORDERED = "rebuild-ordered"
    ANNOUNCED = "announced"  # the shared state of all sites
    SITE_CHANGED = "site-changed"
    UNITS_CHANGED = "units-changed"
    SETTINGS_CHANGED = "settings-changed"
    KEYS_CHANGED = "keys-changed"
    EXPORTED = "exported"
    PRUNED = "pruned"  # old entries of this record itself
    OTHER = "other"  # what Wagtail logs under a name we have no word for; the name is in the details


class ThingKind(StrEnum):
    """What it was done to."""

    NONE = ""
    PERSON = "person"
    INVITATION = "invitation"
    OFFICE = "office"
    UNIT = "unit"
    SITE = "site"
    PAGE = "page"
    IMAGE = "image"
    DOCUMENT = "document"
    EDITION = "edition"
    REBUILD = "rebuild"
    MOMENT = "moment"
    ANNOUNCEMENT = "announcement"
    KEYS = "keys"
    RECORD = "record"  # this one
    ROW = "row"  # of any other table, as «app.model»


SYSTEM = "system"  # the role of a program that acts by itself


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, as known at that moment. ``id``: a person's UUID, empty for a program, whose name it then is.

    ``session``: a digest of the session's key, which does not lead back to it.
    """

    id: str = ""
    name: str = ""
    role: str = ""
    office: str = ""
    unit: str = ""
    session: str = ""


@dataclass(frozen=True, slots=True)
class Thing:
    """What an act is about, by an identifier that does not change, and the unit whose it is."""

    kind: ThingKind = ThingKind.NONE
    id: str = ""
    unit: str = ""


FIVE_MINUTES = timedelta(minutes=4, seconds=45)  # looked at every fifteen seconds
HEARTBEAT = timedelta(
    hours=1
)  # so often also a record to which nothing came is signed again: nothing was cut off
MANY = 1000


def is_due(unsigned: int, age: timedelta | None) -> bool:
    """Say whether a checkpoint is to be signed, by the entries that wait and the age of the last one, if any."""
    return age is None or age >= HEARTBEAT or unsigned >= MANY or (unsigned > 0 and age >= FIVE_MINUTES)
