"""Administrative units, what followed them, and the offices that act for them."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from . import rules
from .fields import UnitCodeField


class Unit(models.Model):
    """One unit under one code: a province, a district that was, a phường, xã, thị trấn or đặc khu."""

    class Level(models.TextChoices):
        PROVINCE = "province", _("Province")
        DISTRICT = "district", _("District (until 30 June 2025)")
        COMMUNE = "commune", _("Commune")

    class Ending(models.TextChoices):
        MERGED = "merged", _("Merged into a larger unit")
        SPLIT = "split", _("Divided among several units")
        RENAMED = "renamed", _("Renamed")
        REPLACED = "replaced", _("Replaced")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = UnitCodeField(_("code with its register"), unique=True)
    name = models.CharField(_("name"), max_length=100)  # without its type: «Ba Đình»
    type = models.CharField(_("type"), max_length=20, choices=[(t, t) for t in rules.TYPES])
    level = models.CharField(_("level"), max_length=10, choices=Level)
    folded_name = models.CharField(max_length=100, db_index=True, editable=False)  # wire.folding.fold(name)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    valid_from = models.DateField(_("first day"), null=True, blank=True)  # null: before our records begin
    recorded_from = models.DateField(_("first day our sources vouch for"))
    valid_to = models.DateField(_("first day it is no more"), null=True, blank=True)
    ending = models.CharField(_("how it ended"), max_length=10, choices=Ending, blank=True)
    area_km2 = models.DecimalField(_("area (km²)"), max_digits=9, decimal_places=2, null=True, blank=True)
    population = models.PositiveIntegerField(_("population"), null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)  # WGS 84, a point inside the unit, not its seat
    longitude = models.FloatField(null=True, blank=True)
    facts = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("administrative unit")
        verbose_name_plural = _("administrative units")
        ordering = ["code"]
        indexes = [models.Index(fields=["level", "valid_to"], name="units_level_end")]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_from=None) | Q(valid_to__gt=F("valid_from")),
                name="unit_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True, ending="") | (Q(valid_to__isnull=False) & ~Q(ending="")),
                name="unit_that_ended_says_how",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        """«Phường Ba Đình»."""
        return rules.full_name(self.type, self.name)


class Succession(models.Model):
    """One piece of a unit that ended, and the unit it went to."""

    class Share(models.TextChoices):
        WHOLE = "whole", _("The whole unit")
        PART = "part", _("A part of the unit")

    class Detail(models.TextChoices):
        WHOLE = "whole", _("All land and all residents")
        SOME_RESIDENTS = "area+population", _("Some land and some residents")
        ALL_RESIDENTS = "area+all-population", _("Some land and all residents")
        LAND_ONLY = "area-only", _("Some land, no residents")

    predecessor = models.ForeignKey(Unit, models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Unit, models.PROTECT, related_name="origins")
    date = models.DateField(_("day the successor took over"))
    share = models.CharField(max_length=5, choices=Share)
    detail = models.CharField(max_length=24, choices=Detail)
    legal_act = models.CharField(_("legal act"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("succession")
        verbose_name_plural = _("successions")
        constraints = [
            models.UniqueConstraint(
                fields=["predecessor", "successor", "date"], name="one_succession_for_two_units_and_a_day"
            ),
            models.CheckConstraint(condition=~Q(predecessor=F("successor")), name="no_unit_succeeds_itself"),
            models.CheckConstraint(
                condition=Q(share="whole", detail="whole") | (Q(share="part") & ~Q(detail="whole")),
                name="whole_share_carries_the_whole_unit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor_id} → {self.successor_id} ({self.date:%Y-%m-%d})"


class Office(models.Model):
    """Who acts: a People's Committee, a department, the Centre, the police; until 30 June 2025 a district."""

    class Kind(models.TextChoices):
        COMMITTEE = "peoples-committee", _("People's Committee")
        COUNCIL = "peoples-council", _("People's Council")
        PARTY = "party-committee", _("Party Committee")
        FRONT = "fatherland-front", _("Fatherland Front Committee")
        DEPARTMENT = "department", _("Department")
        CENTRE = "centre", _("Centre")
        POLICE = "police", _("Police")
        DISTRICT = "district-committee", _("District People's Committee (until 30 June 2025)")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="offices")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    name = models.CharField(_("name"), max_length=200)
    key = models.SlugField(_("key"), max_length=80, unique=True)
    valid_from = models.DateField(_("first day"), null=True, blank=True)
    valid_to = models.DateField(_("first day it is no more"), null=True, blank=True)

    class Meta:
        verbose_name = _("office")
        verbose_name_plural = _("offices")
        ordering = ["key"]

    def __str__(self) -> str:
        return self.name
