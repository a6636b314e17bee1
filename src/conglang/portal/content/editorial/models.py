"""What the desk itself keeps: the groups it made, and drafts opened for preview."""

import uuid

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models.functions import Now
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


class Confirmation(models.Model):
    """Somebody looked at a page as readers have it and found it still correct. The page keeps the last day."""

    page = models.ForeignKey("pagebase.BasePage", models.CASCADE, related_name="confirmations")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["page", "-at"], name="confirmation_last")]

    def __str__(self) -> str:
        return f"{self.page_id}: {self.at:%Y-%m-%d}"


class SharedDraft(models.Model):
    """One revision of a page, drawn when somebody asked for a link to it, for readers without an account."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    page = models.ForeignKey("pagebase.BasePage", models.CASCADE, related_name="shared_drafts")
    revision = models.ForeignKey("wagtailcore.Revision", models.SET_NULL, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    for_whom = models.CharField(max_length=120)
    html = models.TextField()
    made_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return str(self.page_id)


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
