"""What was released: one row for each signed edition of a site."""

from django.db import models
from django.db.models.functions import Now


class Edition(models.Model):
    """One signed state of a site, as the signer acknowledged it."""

    site = models.CharField(max_length=63)
    number = models.PositiveBigIntegerField()
    at = models.DateTimeField(db_default=Now())
    changed = models.PositiveIntegerField()  # paths with a new answer
    removed = models.PositiveIntegerField()
    cause = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "number"], name="one_edition_of_a_number")]
        get_latest_by = "number"

    def __str__(self) -> str:
        return f"{self.site} {self.number}"
