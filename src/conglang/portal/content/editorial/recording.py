"""Whatever Wagtail logs goes into the audit record, in the transaction in which Wagtail logs it."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone
from wagtail.models import ModelLogEntry, PageLogEntry

from conglang.portal.content.files.models import Document, Image
from conglang.portal.content.files.recording import thing_of as file_thing
from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pagebase.recording import thing_of as page_thing
from conglang.portal.identity.accounts.models import User
from conglang.portal.identity.accounts.recording import note, person
from conglang.portal.identity.audit.acting import current
from conglang.portal.identity.audit.models import Entry
from conglang.portal.identity.audit.rules import Kind, Thing, ThingKind

WRITING_ON = timedelta(
    minutes=5
)  # the editor saves every fifteen seconds: one entry for so long of one person's draft
JUST_NOW = timedelta(seconds=10)
KINDS = {
    "wagtail.create": Kind.CREATED, "wagtail.edit": Kind.EDITED, "wagtail.delete": Kind.DELETED,
    "wagtail.publish": Kind.PUBLISHED, "wagtail.publish.scheduled": Kind.PUBLISHED,
    "wagtail.publish.schedule": Kind.SCHEDULED, "wagtail.schedule.cancel": Kind.UNSCHEDULED,
    "wagtail.unpublish": Kind.UNPUBLISHED, "wagtail.unpublish.scheduled": Kind.UNPUBLISHED,
    "wagtail.lock": Kind.LOCKED, "wagtail.unlock": Kind.UNLOCKED, "wagtail.rename": Kind.RENAMED,
    "wagtail.revert": Kind.REVERTED, "wagtail.copy": Kind.COPIED, "wagtail.copy_for_translation": Kind.COPIED,
    "wagtail.create_alias": Kind.COPIED, "wagtail.convert_alias": Kind.EDITED, "wagtail.move": Kind.MOVED,
    "wagtail.reorder": Kind.MOVED, "pages.confirm": Kind.CONFIRMED,
    "pages.share": Kind.DRAFT_SHARED, "pages.unshare": Kind.DRAFT_UNSHARED, "pages.withdraw": Kind.WITHDRAWN,
    "approval.city_publish": Kind.CITY_ACTED, "approval.city_take_down": Kind.CITY_ACTED,
    "wagtail.comments.create": Kind.EDITED, "wagtail.comments.edit": Kind.EDITED,
    "wagtail.comments.delete": Kind.EDITED, "wagtail.comments.resolve": Kind.EDITED,
    "wagtail.comments.create_reply": Kind.EDITED, "wagtail.comments.edit_reply": Kind.EDITED,
    "wagtail.comments.delete_reply": Kind.EDITED, "wagtail.view_restriction.create": Kind.SETTINGS_CHANGED,
    "wagtail.view_restriction.edit": Kind.SETTINGS_CHANGED, "wagtail.view_restriction.delete": Kind.SETTINGS_CHANGED,
    "wagtail.apitoken.create": Kind.KEYS_CHANGED, "wagtail.apitoken.revoke": Kind.KEYS_CHANGED,
}  # fmt: skip
# Switched off here: Wagtail's own workflow and moderation. If they were used, the entry would be «other», by name.
NOT_USED = ("wagtail.workflow.", "wagtail.moderation.")


@receiver(post_save, sender=PageLogEntry)
@transaction.atomic
def page_was_logged(sender: Any, instance: PageLogEntry, created: bool, **_: Any) -> None:
    page = BasePage.objects.select_related("unit").filter(pk=instance.page_id).first()
    thing = page_thing(page) if page else Thing(ThingKind.PAGE, f"#{instance.page_id}")
    if created and not _writes_on(instance, thing):
        _note(instance, KINDS.get(instance.action, Kind.OTHER), thing)


@receiver(post_save, sender=ModelLogEntry)
@transaction.atomic
def row_was_logged(sender: Any, instance: ModelLogEntry, created: bool, **_: Any) -> None:
    """Accounts and files that come and go are recorded by what they are themselves, whoever logs."""
    kind = KINDS.get(instance.action, Kind.OTHER)
    model = instance.content_type.model_class() if instance.content_type else None
    is_own = model in (User, Image, Document)
    if not created or (is_own and kind in (Kind.CREATED, Kind.DELETED)):
        return
    row = model._base_manager.filter(pk=instance.object_id).first() if model and is_own else None
    if isinstance(row, User):
        _note(instance, Kind.PERSON_CHANGED, person(row))
    elif isinstance(row, Image | Document):
        _note(instance, Kind.FILE_CHANGED if kind is Kind.EDITED else kind, file_thing(row))
    else:
        label = model._meta.label_lower if model else "?"
        changed = Kind.SETTINGS_CHANGED if kind in (Kind.CREATED, Kind.EDITED, Kind.DELETED) else kind
        _note(instance, changed, Thing(ThingKind.ROW, f"{label}:{instance.object_id}"))


def _note(entry: PageLogEntry | ModelLogEntry, kind: Kind, thing: Thing) -> None:
    details: dict[str, Any] = {"action": entry.action}
    if entry.content_type:
        details["type"] = f"{entry.content_type.app_label}.{entry.content_type.model}"
    if entry.revision_id:
        details["revision"] = entry.revision_id
    note(kind, thing, by=entry.user, **details)


def _writes_on(entry: PageLogEntry, thing: Thing) -> bool:
    """Whether the same person saved the same draft lately, and that was recorded."""
    if entry.action != "wagtail.edit" or not entry.revision_id:
        return False
    who = str(entry.user.uuid) if entry.user else current().id
    now, same_draft = timezone.now(), Q(kind=Kind.EDITED, details__revision=entry.revision_id)
    just_made = Q(kind=Kind.CREATED, at__gte=now - JUST_NOW)  # Wagtail logs the first save of a page as both
    lately = Entry.objects.filter(who=who, thing_id=thing.id, at__gte=now - WRITING_ON)
    return lately.filter(same_draft | just_made).exists()
