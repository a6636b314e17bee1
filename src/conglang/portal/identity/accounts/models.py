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
    first_signed_in_at = models.DateTimeField(null=True, editable=False)  # from then on a second step is due

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


class Passkey(models.Model):
    """A key in somebody's telephone, computer or hand that proves who they are (WebAuthn)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="passkeys")
    credential_id = models.BinaryField(unique=True)
    credential = models.BinaryField()  # attested credential data: identity of the key and its public half
    counter = models.BigIntegerField(default=0)  # of the key itself; 0 where it does not count
    label = models.CharField(_("name"), max_length=60)
    made_at = models.DateTimeField(db_default=Now())
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["made_at", "pk"]

    def __str__(self) -> str:
        return self.label


class CodeDevice(models.Model):
    """An authenticator app that shows somebody a code every thirty seconds (RFC 6238)."""

    user = models.OneToOneField(User, models.CASCADE, related_name="code_device")
    secret = models.CharField(max_length=300)  # sealed
    last_step = models.BigIntegerField(default=0)  # no code opens twice
    wrong = models.PositiveIntegerField(default=0)  # wrong codes since the last right one, from wherever
    shut_until = models.DateTimeField(null=True)
    made_at = models.DateTimeField(db_default=Now())
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user} · {self.made_at}"


class Recovery(models.Model):
    """One person asks, another one agrees, that somebody who lost every key may register a new one by a link."""

    user = models.ForeignKey(User, models.CASCADE, related_name="recoveries")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    agreed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    digest = models.CharField(max_length=64, blank=True)  # SHA-256 of the secret in the link, once agreed to
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # used, refused or replaced

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(agreed_by=F("asked_by")), name="recovery_needs_two_people"),
            models.CheckConstraint(
                condition=~Q(agreed_by=F("user")) & ~Q(asked_by=F("user")), name="nobody_recovers_oneself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.asked_at}"
