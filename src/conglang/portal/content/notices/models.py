"""What people were told, and how they want to be told."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from . import rules


class Notice(models.Model):
    """One thing one person is told. The title is as it was then; of texts nothing else is kept."""

    class Event(models.TextChoices):
        TO_APPROVE = rules.Event.TO_APPROVE.value, _("Waits for your approval")
        SENT_BACK = rules.Event.SENT_BACK.value, _("Sent back to you with a remark")
        APPROVED = rules.Event.APPROVED.value, _("Your text was approved")
        VOID = rules.Event.VOID.value, _("Your request is void: the text was changed")
        TO_CONFIRM = rules.Event.TO_CONFIRM.value, _("Waits for you as the second person")
        CONFIRMED = rules.Event.CONFIRMED.value, _("A second person confirmed what you proposed")
        REFUSED = rules.Event.REFUSED.value, _("A second person refused what you proposed")
        LAPSED = rules.Event.LAPSED.value, _("Nobody confirmed in time what you proposed")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    event = models.CharField(max_length=12, choices=Event)
    site = models.ForeignKey("sites.Site", models.CASCADE, related_name="+")
    title = models.CharField(max_length=255)
    address = models.CharField(max_length=200)  # at the desk
    at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["person", "at"], name="notice_of_person"),
            models.Index(fields=["person"], condition=Q(read_at=None), name="notice_unread"),
            models.Index(fields=["at"], condition=Q(mailed_at=None), name="notice_unmailed"),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.event} {self.title}"


class Wish(models.Model):
    """How one person wants to be told, beside the desk itself."""

    class Mail(models.TextChoices):
        SOON = rules.Mail.SOON.value, _("By e-mail, within minutes (not from 21:00 to 6:00)")
        DAILY = rules.Mail.DAILY.value, _("By e-mail, once a day at 7:30")
        NEVER = rules.Mail.NEVER.value, _("At the desk only")

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notice_wish")
    mail = models.CharField(_("How"), max_length=6, choices=Mail, default=Mail.SOON)
    last_mail_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.person}: {self.mail}"
