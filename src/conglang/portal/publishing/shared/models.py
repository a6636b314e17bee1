"""What all sites say together, as the portal last saw it signed, and everything that was said before."""

from typing import ClassVar

from django.db import models


class Announced(models.Model):
    """One signed state, found in the store. The newest is what home pages show.

    Not written by the desk: the signer or a duty person signs a file, the worker copies it here.
    """

    version = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    state = models.JSONField()  # as `wire.state.state_to_json` writes it
    digest = models.CharField(max_length=64)
    kind = models.CharField(max_length=20)  # of the authority
    people = models.JSONField(default=list)
    cause = models.TextField(blank=True)
    signed_by = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering: ClassVar = ["-version"]
        get_latest_by = "version"

    def __str__(self) -> str:
        return f"{self.version}"
