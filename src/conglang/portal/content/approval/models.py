"""Requests for approval, what each person decided, and chains that differ from the usual one."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from wagtail.models import Revision

from conglang.portal.content.pagebase.models import BasePage

from . import rules


class Chain(models.Model):
    """The roles that agree, in this order, to texts of a kind on a site. The nearest one counts, see `queries`."""

    site = models.ForeignKey("sites.Site", models.CASCADE, null=True, blank=True, related_name="+")
    kind = models.SlugField(max_length=60, blank=True)  # empty: every kind
    steps = ArrayField(models.CharField(max_length=24))  # of accounts.rules.Role

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "kind"], name="one_chain", nulls_distinct=False),
            models.CheckConstraint(condition=Q(steps__len__gt=0), name="chain_has_a_step"),
        ]

    def __str__(self) -> str:
        return " → ".join(self.steps)


class Request(models.Model):
    """Somebody asks that the newest revision of a page go public. It is about exactly the content of ``digest``."""

    class State(models.TextChoices):
        WAITING = rules.State.WAITING.value, _("Waiting for approval")
        APPROVED = rules.State.APPROVED.value, _("Approved")
        SENT_BACK = rules.State.SENT_BACK.value, _("Sent back")
        TAKEN_BACK = rules.State.TAKEN_BACK.value, _("Taken back")
        VOID = rules.State.VOID.value, _("Void: the text was changed")

    page = models.ForeignKey(BasePage, models.CASCADE, related_name="approval_requests")
    site = models.ForeignKey("sites.Site", models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    chain = ArrayField(models.CharField(max_length=24))
    step = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    note = models.TextField(blank=True, max_length=1000)
    ended_at = models.DateTimeField(null=True)
    # Of an approved one: the revision that may go public, and who agreed last.
    revision = models.OneToOneField(Revision, models.SET_NULL, null=True, related_name="approved_request")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["page"], condition=Q(state="waiting"), name="one_open_request_of_a_page"
            )
        ]
        indexes = [
            models.Index(fields=["site", "asked_at"], condition=Q(state="waiting"), name="request_open")
        ]

    def __str__(self) -> str:
        return f"{self.page_id}: {self.state}"


class Decision(models.Model):
    """What one person decided at one step, and about which content. Kept for good."""

    class Verdict(models.TextChoices):
        AGREED = "agreed", _("Approved")
        SENT_BACK = "sent-back", _("Sent back")

    request = models.ForeignKey(Request, models.CASCADE, related_name="decisions")
    step = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=24)
    verdict = models.CharField(max_length=10, choices=Verdict)
    digest = models.CharField(max_length=64)
    remark = models.TextField(blank=True, max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.verdict}"
