"""A picture or file that arrives is prepared in the same transaction; one that changes touches who shows it."""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from conglang.portal.publishing.rendering.actions import touch
from conglang.portal.publishing.rendering.locks import hold_store

from .actions import make_derivatives, shelve_document
from .models import Document, Image


@receiver(post_save, sender=Image)
@transaction.atomic
def prepare_image(instance: Image, *, raw: bool = False, **kwargs: Any) -> None:
    if not raw:
        hold_store()
        make_derivatives(instance)
        touch([f"image:{instance.uuid}"])


@receiver(post_save, sender=Document)
@transaction.atomic
def prepare_document(instance: Document, *, raw: bool = False, **kwargs: Any) -> None:
    if not raw:
        hold_store()
        shelve_document(instance)
        touch([f"document:{instance.uuid}"])


@receiver(post_delete, sender=Image)
def forget_image(instance: Image, **kwargs: Any) -> None:
    touch([f"image:{instance.uuid}"])


@receiver(post_delete, sender=Document)
def forget_document(instance: Document, **kwargs: Any) -> None:
    touch([f"document:{instance.uuid}"])
