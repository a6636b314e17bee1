"""The people of the desk and the roles they hold in offices."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from . import rules


class User(AbstractUser):
    """A person who signs in at the desk."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta(AbstractUser.Meta):
        verbose_name = _("person")  # type: ignore[assignment]
        verbose_name_plural = _("people")  # type: ignore[assignment]


class RoleHolding(models.Model):
    """One person, one role, one office, from a day until the day before another."""

    class Role(models.TextChoices):
        UNIT_AUTHOR = rules.Role.UNIT_AUTHOR.value, _("Author of a unit")
        UNIT_APPROVER = rules.Role.UNIT_APPROVER.value, _("Approver of a unit")
        UNIT_MANAGER = rules.Role.UNIT_MANAGER.value, _("Manager of a unit")
        CENTRE_EDITOR = rules.Role.CENTRE_EDITOR.value, _("Editor of the Centre")
        CENTRE_APPROVER = rules.Role.CENTRE_APPROVER.value, _("Approver of the Centre")
        CENTRE_SUPPORT = rules.Role.CENTRE_SUPPORT.value, _("Support officer of the Centre")
        PRESS_OFFICER = rules.Role.PRESS_OFFICER.value, _("Press officer")
        POLICE_OBSERVER = rules.Role.POLICE_OBSERVER.value, _("Police observer")
        CITY_ADMINISTRATOR = rules.Role.CITY_ADMINISTRATOR.value, _("City administrator")

    user = models.ForeignKey(User, models.CASCADE, related_name="holdings")
    office = models.ForeignKey("units.Office", models.PROTECT, related_name="holdings")
    role = models.CharField(_("role"), max_length=24, choices=Role)
    valid_from = models.DateField(_("first day"), null=True, blank=True)
    valid_to = models.DateField(_("first day no longer held"), null=True, blank=True)

    class Meta:
        verbose_name = _("role held in an office")
        verbose_name_plural = _("roles held in offices")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "office", "role"],
                condition=Q(valid_to__isnull=True),
                name="one_open_holding_of_a_role",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_from=None) | Q(valid_to__gt=F("valid_from")),
                name="role_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.office}"


class Invitation(models.Model):
    """A link that lets one person in, once, within a day, with one role in one office. Its secret is not kept."""

    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the secret in the link
    office = models.ForeignKey("units.Office", models.PROTECT, related_name="+")
    role = models.CharField(_("role"), max_length=24, choices=RoleHolding.Role)
    name = models.CharField(_("full name"), max_length=100)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")  # whom it let in
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.name} · {self.get_role_display()} · {self.office}"


class SignedIn(models.Model):
    """One sign-in of a person, so that they can see where they are signed in and end it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True)
    agent = models.CharField(max_length=200, blank=True)  # what the browser calls itself
    began_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-seen_at"]

    def __str__(self) -> str:
        return f"{self.user} · {self.began_at}"
