"""The record itself: rows that are added and never changed. PostgreSQL chains them when a transaction ends."""

from django.db import models


class Entry(models.Model):
    """One act. ``seq``, ``previous`` and ``hash`` are filled by a trigger at the end of the transaction."""

    seq = models.BigIntegerField(unique=True, null=True, editable=False)
    at = models.DateTimeField()
    kind = models.CharField(max_length=24)  # of rules.Kind
    who = models.CharField(max_length=36, blank=True)  # a person's UUID
    name = models.CharField(max_length=150, blank=True)  # as then known; of a program, its own
    role = models.CharField(max_length=200, blank=True)
    office = models.CharField(max_length=80, blank=True)
    session = models.CharField(max_length=16, blank=True)
    thing = models.CharField(max_length=16, blank=True)  # of rules.ThingKind
    thing_id = models.CharField(max_length=120, blank=True)
    unit = models.CharField(max_length=48, blank=True)  # register:code
    details = models.JSONField(default=dict)
    leaf = models.BinaryField(max_length=32)
    previous = models.BinaryField(max_length=32, null=True)
    hash = models.BinaryField(max_length=32, null=True)

    class Meta:
        ordering = ["-seq"]
        indexes = [
            models.Index(fields=["unit", "-seq"], name="audit_unit"),
            models.Index(fields=["who", "-seq"], name="audit_who"),
            models.Index(fields=["kind", "-seq"], name="audit_kind"),
            models.Index(fields=["at"], name="audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} · {self.kind}"


class Stump(models.Model):
    """What is left of entries that were pruned: the number and hash of the last of them, and who signed for it."""

    seq = models.BigIntegerField(unique=True)
    hash = models.BinaryField(max_length=32)
    checkpoint = models.TextField()  # as signed
    at = models.DateTimeField()

    class Meta:
        ordering = ["-seq"]

    def __str__(self) -> str:
        return f"1–{self.seq}"
