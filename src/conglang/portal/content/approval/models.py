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
    # The city asked, over the unit's head: ``note`` says why, and one more person of the city agrees.
    emergency = models.BooleanField(default=False)
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


class AgreedFile(models.Model):
    """A picture or document that two people agreed to show: what it says of itself stays as they saw it."""

    model = models.CharField(max_length=60)  # label of its model
    uuid = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "uuid"], name="agreed_file_once")]

    def __str__(self) -> str:
        return f"{self.model} {self.uuid}"


class Proposal(models.Model):
    """One person proposes an act on a page, another one confirms it. The database knows nobody as both."""

    class Act(models.TextChoices):
        TAKE_DOWN = rules.Act.TAKE_DOWN.value, _("Take down with a notice")
        PUT_BACK = rules.Act.PUT_BACK.value, _("Publish again")
        CITY_TAKE_DOWN = rules.Act.CITY_TAKE_DOWN.value, _("Taking down by the city, in an emergency")

    class Outcome(models.TextChoices):
        WAITING = rules.Outcome.WAITING.value, _("Waiting for a second person")
        CONFIRMED = rules.Outcome.CONFIRMED.value, _("Confirmed")
        REFUSED = rules.Outcome.REFUSED.value, _("Refused")
        TAKEN_BACK = rules.Outcome.TAKEN_BACK.value, _("Taken back")
        LAPSED = rules.Outcome.LAPSED.value, _("Nobody answered in time")

    act = models.CharField(max_length=16, choices=Act)
    page = models.ForeignKey(BasePage, models.CASCADE, related_name="proposals")
    site = models.ForeignKey("sites.Site", models.PROTECT, related_name="+")
    reason = models.TextField(max_length=1000)
    facts = models.JSONField(default=dict)  # what the act needs besides: for a notice its words
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.WAITING)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    remark = models.TextField(blank=True, max_length=1000)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(outcome="confirmed")
                | (Q(decided_by__isnull=False) & ~Q(decided_by=models.F("by"))),
                name="confirmed_by_another",
            ),
            models.UniqueConstraint(
                fields=["page"], condition=Q(outcome="waiting"), name="one_open_proposal_of_a_page"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.page_id}: {self.act}"


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
    # Who delegated it, where ``by`` decides in somebody's absence.
    on_behalf_of = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.verdict}"


class Delegation(models.Model):
    """While an approver is away, from day to day, a colleague of the same unit may approve in their stead.

    It is worth something only while the giver holds the role and the receiver works for the unit.
    """

    giver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="delegations_given")
    receiver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="delegations_received"
    )
    office = models.ForeignKey("units.Office", models.PROTECT, related_name="+")
    role = models.CharField(max_length=24)  # the giver's, of accounts.rules.Role
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    made_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["first_day", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(giver=models.F("receiver")), name="delegated_to_another"),
            models.CheckConstraint(
                condition=Q(last_day__gte=models.F("first_day")), name="delegation_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.giver} → {self.receiver}, {self.first_day} – {self.last_day}"
