"""What was released: a row for each signed edition of a site, what each path answered when, and decisions about it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Edition(models.Model):
    """One signed state of a site, as the signer acknowledged it."""

    site = models.CharField(max_length=63)
    number = models.PositiveBigIntegerField()
    at = models.DateTimeField(db_default=Now())
    changed = models.PositiveIntegerField()  # paths with a new answer
    removed = models.PositiveIntegerField()
    cause = models.TextField(blank=True)
    causes = models.JSONField(default=list)  # [rules.Cause of rendering as JSON, …], newest last
    people = models.JSONField(default=list)  # who stands for what is new in it: UUIDs, or names of programs

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "number"], name="one_edition_of_a_number")]
        get_latest_by = "number"

    def __str__(self) -> str:
        return f"{self.site} {self.number}"


class Version(models.Model):
    """What one path answered from one edition until before another (null: still). A path that went has no open row."""

    site = models.CharField(max_length=63)
    path = models.CharField(max_length=200)
    from_edition = models.PositiveBigIntegerField()
    to_edition = models.PositiveBigIntegerField(null=True)
    status = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64, null=True)  # noqa: DJ001 (no body is not an empty digest)
    location = models.TextField(null=True)  # noqa: DJ001
    mtime = models.BigIntegerField()
    sources = models.JSONField(default=dict)  # {digest: authority}
    family = models.CharField(max_length=32, blank=True)  # of the subject that was rendered
    ident = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "path"], condition=Q(to_edition=None), name="one_open_version_of_a_path"
            )
        ]
        indexes = [
            models.Index(fields=["site", "path", "from_edition"], name="version_path"),
            models.Index(fields=["site", "from_edition"], name="version_from"),
            models.Index(fields=["site", "to_edition"], name="version_to"),
            models.Index(fields=["digest"], name="version_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.site}{self.path} {self.from_edition}–{self.to_edition or ''}"


class Rollback(models.Model):
    """A decision to show an older edition again: of a whole site, or of one path of it. Kept for good."""

    site = models.CharField(max_length=63)
    path = models.CharField(max_length=200, blank=True)  # empty: the whole site
    edition = models.PositiveBigIntegerField()
    by = models.TextField()  # a person's UUID, or the name of a program
    name = models.TextField(blank=True)
    reason = models.TextField()
    at = models.DateTimeField(db_default=Now())
    paths = models.PositiveIntegerField(default=0)  # how many are held by it
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["site", "-at"], name="rollback_of_site")]

    def __str__(self) -> str:
        return f"{self.site}{self.path} → {self.edition}"


class Rebuild(models.Model):
    """An ordered rebuild of sites: who, when, why, how far. Its work survives in the stale marks, not here."""

    by = models.TextField()
    name = models.TextField(blank=True)
    reason = models.TextField()
    sites = ArrayField(models.CharField(max_length=63))
    touches = ArrayField(models.BigIntegerField(), default=list)  # of the outbox; its marks carry them
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    subjects = models.PositiveIntegerField(default=0)  # 0 until the outbox was taken
    changed = models.PositiveIntegerField(default=0)  # paths in the editions it brought
    editions = models.JSONField(default=dict)  # {site: newest edition it brought}
    problems = models.JSONField(default=list)  # sentences

    class Meta:
        indexes = [models.Index(fields=["id"], condition=Q(finished_at=None), name="rebuild_open")]

    def __str__(self) -> str:
        return f"{self.pk}: {self.reason}"


class EdgeReport(models.Model):
    """What one edge said of itself when it was last heard. `sites`: site → {"edition", "at", "manifest"}."""

    name = models.CharField(primary_key=True, max_length=40)
    address = models.CharField(max_length=300)
    asked_at = models.DateTimeField()
    heard_at = models.DateTimeField(null=True)
    silent = models.CharField(max_length=300, blank=True)  # why the last question was not answered
    stale = models.BooleanField(default=False)
    fresh_until = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=20, blank=True)  # a `wire.status.Trouble`
    wrong = models.PositiveIntegerField(default=0)  # files that are not as signed and could not be put right
    mended = models.PositiveIntegerField(default=0)
    read_at = models.DateTimeField(null=True)  # end of the last reading of every byte
    sites = models.JSONField(default=dict)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
