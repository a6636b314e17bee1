"""A picture or file that arrives is prepared in the same transaction; one that changes touches who shows it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.dispatch import receiver

from conglang.portal.content.approval.queries import was_agreed
from conglang.portal.identity.accounts.recording import note
from conglang.portal.identity.audit.rules import Kind
from conglang.portal.publishing.rendering.actions import touch
from conglang.portal.publishing.rendering.locks import hold_store

from .actions import make_derivatives, shelve_document
from .models import Document, Image
from .recording import thing_of

SHOWN = {Image: ("alt_text", "origin"), Document: ("title",)}  # of the row; the file itself never changes


@receiver([pre_save], sender=Image)
@receiver([pre_save], sender=Document)
def note_what_changes(instance: Image | Document, **kwargs: Any) -> None:
    """What nobody shows (a tag, a licence, the collection it lies in) renders no page again."""
    names = SHOWN[type(instance)]
    stored = (
        type(instance)._base_manager.filter(pk=instance.pk).values(*names).first() if instance.pk else None
    )
    instance._shown_differently = stored is not None and any(  # type: ignore[union-attr]
        stored[name] != getattr(instance, name) for name in names
    )


@receiver(post_save, sender=Image)
@transaction.atomic
def prepare_image(instance: Image, *, created: bool, raw: bool = False, **kwargs: Any) -> None:
    if raw:
        return
    if created:
        note(Kind.FILE_ADDED, thing_of(instance))
    hold_store()
    made = {f"image:{instance.uuid}"} if make_derivatives(instance) else set()
    said = {f"image-words:{instance.uuid}"} if getattr(instance, "_shown_differently", True) else set()
    touch(made | said)


@receiver(post_save, sender=Document)
@transaction.atomic
def prepare_document(instance: Document, *, created: bool, raw: bool = False, **kwargs: Any) -> None:
    if raw:
        return
    if created:
        note(Kind.FILE_ADDED, thing_of(instance))
    hold_store()
    shelve_document(instance)
    if getattr(instance, "_shown_differently", True):
        touch([f"document:{instance.uuid}"])


@receiver([pre_delete], sender=Image)
@receiver([pre_delete], sender=Document)
def keep_what_two_agreed_to(instance: Image | Document, **kwargs: Any) -> None:
    """Whoever deletes alone would change what readers get. Raises PermissionDenied, which the desk answers."""
    if was_agreed(instance):
        raise PermissionDenied


@receiver(post_delete, sender=Image)
@transaction.atomic
def forget_image(instance: Image, **kwargs: Any) -> None:
    touch([f"image:{instance.uuid}"])
    note(Kind.FILE_REMOVED, thing_of(instance))


@receiver(post_delete, sender=Document)
@transaction.atomic
def forget_document(instance: Document, **kwargs: Any) -> None:
    touch([f"document:{instance.uuid}"])
    note(Kind.FILE_REMOVED, thing_of(instance))
