"""What the desk itself keeps: the groups it made, and drafts opened for preview."""

import uuid

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from wagtail.models import Collection


class DeskGroup(models.Model):
    """A group the desk made and keeps up. ``key`` says for whom: ``site:badinh``, ``centre-editors``, ``observers``.

    Names of groups are for people and may change; what a group stands for must not hang on a name.
    """

    key = models.CharField(max_length=80, unique=True)
    group = models.OneToOneField(Group, models.PROTECT, related_name="desk_group")
    collection = models.ForeignKey(Collection, models.PROTECT, related_name="+", null=True, blank=True)

    def __str__(self) -> str:
        return self.key


class Preview(models.Model):
    """A draft as it would look, made when its editor asked for it. One row for each editor and page."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    page_uuid = models.UUIDField()
    html = models.TextField()
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "page_uuid"], name="one_preview_for_an_editor_and_a_page")
        ]

    def __str__(self) -> str:
        return str(self.page_uuid)
