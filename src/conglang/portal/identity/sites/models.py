"""The 127 hosts, and what is recorded once for the whole network."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Site(models.Model):
    """A host with its pages. ``key`` never changes; ``custom_host`` is a host that breaks the rule."""

    key = models.SlugField(_("key"), max_length=63, unique=True)
    unit = models.ForeignKey("units.Unit", models.PROTECT, related_name="sites")
    office = models.ForeignKey("units.Office", models.PROTECT, related_name="sites")
    custom_host = models.CharField(_("host that differs from the rule"), max_length=253, blank=True)
    is_city = models.BooleanField(_("the city portal"), default=False)
    official_from = models.DateTimeField(_("official from"), null=True, blank=True)  # null: still a trial
    official_by = models.CharField(_("made official by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(fields=["is_city"], condition=Q(is_city=True), name="one_city_portal"),
            models.UniqueConstraint(
                fields=["custom_host"], condition=~Q(custom_host=""), name="one_site_for_a_host"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class NetworkState(models.Model):
    """The one row of what the whole network was last built with."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    origin = models.CharField(_("scheme, domain and port"), max_length=300, blank=True)
    design_digest = models.CharField(max_length=64, blank=True)
    demo = models.BooleanField(_("demonstration network"), default=False)

    class Meta:
        verbose_name = _("state of the network")
        verbose_name_plural = _("state of the network")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_network_state")]

    def __str__(self) -> str:
        return self.origin
