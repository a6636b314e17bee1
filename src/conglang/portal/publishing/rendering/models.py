"""What rendering remembers: touches, what waits, what each subject read and claimed, what each path answers."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Func, Q
from django.db.models.functions import Now

from .rules import Answer, Subject


class TransactionIdField(models.Field):  # type: ignore[type-arg]
    """PostgreSQL's xid8: the transaction that wrote the row, to be compared with a snapshot."""

    def db_type(self, connection: object) -> str:
        return "xid8"


class CurrentTransactionId(Func):
    function = "pg_current_xact_id"
    template = "%(function)s()"
    output_field = TransactionIdField()


class NextGeneration(Func):
    """A number larger than every one given before, for "has this row changed since I read it"."""

    template = "nextval('rendering_generation')"
    output_field = models.BigIntegerField()


class Touch(models.Model):
    """The outbox. Written with the change itself; kept for a day after dispatch, for renders that began before it."""

    keys = ArrayField(models.TextField())
    first = models.JSONField(default=list)  # [[family, site, ident], …]
    decided = models.JSONField(
        null=True
    )  # the same, for subjects an editor decided about; null: those of first
    cause = models.JSONField(null=True)  # rules.Cause
    transaction = TransactionIdField(db_default=CurrentTransactionId(), editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    dispatched_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=Q(dispatched_at=None), name="touch_waiting"),
            models.Index(fields=["dispatched_at"], name="touch_dispatched"),
        ]

    def __str__(self) -> str:
        return ", ".join(self.keys)


class Stale(models.Model):
    """A subject that must be rendered (again). Marked again while it is being rendered: a new generation, it stays."""

    site = models.CharField(max_length=63)
    family = models.CharField(max_length=32)
    ident = models.TextField()
    priority = models.PositiveSmallIntegerField(default=2)  # dispatching.URGENT, HOME, DEPENDENT, REST
    generation = models.BigIntegerField(db_default=NextGeneration())
    since = models.DateTimeField(db_default=Now())
    tries = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    quarantined = models.BooleanField(default=False)
    error = models.TextField(blank=True)
    causes = ArrayField(models.BigIntegerField(), null=True)  # the touches that marked it, the last few
    decided_at = models.DateTimeField(null=True)  # when an editor decided about it: earlier pins give way

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "family", "ident"], name="one_stale_mark")]
        indexes = [models.Index(fields=["site", "priority", "id"], name="stale_next")]

    def __str__(self) -> str:
        return f"{self.site}: {self.family} {self.ident}"

    @property
    def subject(self) -> Subject:
        return Subject(self.family, self.site, self.ident)


class PendingCause(models.Model):
    """Why rendered answers of a site changed that are not released yet; the next edition takes it."""

    site = models.CharField(max_length=63)
    touch = models.BigIntegerField()
    cause = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "touch"], name="one_pending_cause")]

    def __str__(self) -> str:
        return f"{self.site}: {self.cause}"


class Pin(models.Model):
    """A path held at what it answered in an older edition, or held empty (status 0), until lifted or published anew."""

    site = models.CharField(max_length=63)
    path = models.CharField(max_length=200)
    status = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64, null=True)  # noqa: DJ001
    location = models.TextField(null=True)  # noqa: DJ001
    sources = models.JSONField(default=dict)  # of the original {digest: authority}
    edition = models.PositiveBigIntegerField()
    by = models.TextField()
    reason = models.TextField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "path"], name="one_pin_of_a_path")]

    def __str__(self) -> str:
        return f"{self.site}{self.path}"


class Lingering(models.Model):
    """A file of a former design. Readers, and pages not rendered again yet, ask for it a while longer."""

    site = models.CharField(max_length=63)
    path = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    sources = models.JSONField()
    until = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "path"], name="one_lingering_file_of_a_path")]

    def __str__(self) -> str:
        return f"{self.site}{self.path}"


class Production(models.Model):
    """The last rendering of one subject: what it read, what it was made from, when it changes by itself."""

    site = models.CharField(max_length=63)
    family = models.CharField(max_length=32)
    ident = models.TextField()
    version = models.CharField(max_length=64)
    reads = ArrayField(models.TextField())
    sources = models.JSONField()  # {digest: authority}
    changes_at = models.DateTimeField(null=True)
    rendered_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "family", "ident"], name="one_production")]
        indexes = [
            GinIndex(fields=["reads"], name="production_reads"),
            models.Index(fields=["changes_at"], condition=~Q(changes_at=None), name="production_changes_at"),
        ]

    def __str__(self) -> str:
        return f"{self.site}: {self.family} {self.ident}"


class Blob(models.Model):
    """Bytes known to be durable in the store, with their compressed siblings."""

    digest = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    tried = models.BooleanField(default=False)  # compression was tried; no digest below: not worth it
    br_digest = models.CharField(max_length=64, blank=True)
    br_size = models.BigIntegerField(default=0)
    gzip_digest = models.CharField(max_length=64, blank=True)
    gzip_size = models.BigIntegerField(default=0)
    unused_since = models.DateTimeField(null=True)  # seen by garbage collection, with nobody referring to it

    def __str__(self) -> str:
        return self.digest


class Claim(models.Model):
    """A production's wish for a path. Of all claims on one path the family with the lowest rank wins."""

    production = models.ForeignKey(Production, models.CASCADE, related_name="claims")
    site = models.CharField(max_length=63)
    path = models.CharField(max_length=200)
    status = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64, null=True)  # noqa: DJ001 (no body is not an empty digest)
    location = models.TextField(null=True)  # noqa: DJ001

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["production", "path"], name="one_claim_of_a_production"),
        ]
        indexes = [models.Index(fields=["site", "path"], name="claim_path")]

    def __str__(self) -> str:
        return f"{self.site}{self.path}"


class Entry(models.Model):
    """What a path answers now: the winning claim. Dirty until the signer has acknowledged it.

    A path that answers nothing any more stays as a row without status, so that its next content gets a later mtime.
    """

    site = models.CharField(max_length=63)
    path = models.CharField(max_length=200)
    status = models.PositiveSmallIntegerField(null=True)
    digest = models.CharField(max_length=64, null=True)  # noqa: DJ001
    location = models.TextField(null=True)  # noqa: DJ001
    mtime = models.BigIntegerField()
    production = models.ForeignKey(Production, models.SET_NULL, null=True, related_name="entries")
    generation = models.BigIntegerField(db_default=NextGeneration())
    dirty = models.BooleanField(default=True)
    dirty_since = models.DateTimeField(db_default=Now())
    refused = models.TextField(blank=True)  # why the signer would not have it
    edition = models.PositiveBigIntegerField(null=True)  # the signed edition that brought this answer

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "path"], name="one_entry_of_a_path")]
        indexes = [models.Index(fields=["site"], condition=Q(dirty=True), name="entry_dirty")]

    def __str__(self) -> str:
        return f"{self.site}{self.path}"

    @property
    def answer(self) -> Answer | None:
        return None if self.status is None else Answer(self.status, self.digest, self.location)


class Prepared(models.Model):
    """A subject as it will be at ``moment``, rendered beforehand; its bytes are in the store.

    It holds when all that it foresaw (``deeds``) has happened and nothing else it read was touched since its snapshot.
    """

    site = models.CharField(max_length=63)
    family = models.CharField(max_length=32)
    ident = models.TextField()
    moment = models.DateTimeField()
    version = models.CharField(max_length=64)
    reads = ArrayField(models.TextField())
    sources = models.JSONField()  # {digest: authority}
    outputs = models.JSONField()  # [[path, status, digest, location], …]
    changes_at = models.DateTimeField(null=True)
    deeds = ArrayField(models.CharField(max_length=64))
    snapshot = models.TextField()
    began = models.DateTimeField()  # the database's clock, not later than the snapshot
    server = models.TextField()  # transaction numbers mean nothing on another one

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "family", "ident", "moment"], name="one_prepared_for_a_moment"
            )
        ]
        indexes = [models.Index(fields=["moment"], name="prepared_moment")]

    def __str__(self) -> str:
        return f"{self.site}: {self.family} {self.ident} at {self.moment}"


class Deed(models.Model):
    """A foreseen change that has happened, by the digest it was foreseen under, and the transaction that made it."""

    digest = models.CharField(max_length=64, primary_key=True)
    transaction = TransactionIdField(db_default=CurrentTransactionId(), editable=False)
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.digest


class Reached(models.Model):
    """The one row that says which moment was the last to change pages by itself: time does not go back behind it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.at)
