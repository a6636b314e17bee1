"""What is to happen when, what happened, and how late."""

from django.db import models
from django.db.models import Q

from .rules import Planned, State


class Moment(models.Model):
    """One change at one instant. Follows the truth of its planner until it is carried out; then it is the record."""

    planner = models.CharField(max_length=20)
    ident = models.CharField(max_length=100)
    due = models.DateTimeField()
    site = models.CharField(max_length=63)
    title = models.TextField(blank=True)
    path = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=8, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    asked_at = models.DateTimeField(null=True)  # the job that prepares it was deferred
    prepared_at = models.DateTimeField(null=True)
    prepared = models.PositiveIntegerField(default=0)  # subjects rendered beforehand
    prepare_seconds = models.FloatField(default=0)
    warning = models.TextField(blank=True)  # why it would fail, found while preparing
    done_at = models.DateTimeField(null=True)  # the change is in the database
    released_at = models.DateTimeField(null=True)  # an edition with it is signed
    edition = models.PositiveBigIntegerField(null=True)
    seen_at = models.DateTimeField(null=True)  # the last of the edges that answer shows it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["planner", "ident", "due"], name="one_moment")]
        indexes = [
            models.Index(fields=["due"], condition=Q(state__in=["waiting", "failed"]), name="moment_open"),
            models.Index(fields=["site", "-due"], name="moment_of_site"),
            models.Index(fields=["done_at"], condition=Q(state="done", released_at=None), name="moment_on_its_way"),
            models.Index(fields=["released_at"], condition=Q(state="done", seen_at=None), name="moment_not_seen"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.site} {self.planner} {self.ident} {self.due}"

    @property
    def planned(self) -> Planned:
        return Planned(self.planner, self.ident, self.due, self.site, self.title, self.path)
