"""An approval is about one content: a draft saved meanwhile ends the request."""

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver
from wagtail.models import Revision

from conglang.portal.content.pagebase.models import BasePage

from . import actions
from .models import Request


@receiver(post_save, sender=Revision)
def draft_was_saved(sender: Any, instance: Revision, **_: Any) -> None:
    if not issubclass(instance.base_content_type.model_class() or object, BasePage):
        return
    waiting = Request.objects.filter(page=instance.object_id, state=Request.State.WAITING)
    if waiting.exists():
        actions.void_if_changed(int(instance.object_id), instance)
