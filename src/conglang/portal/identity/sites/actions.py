"""Creating the network's sites, making them official, and recording where they live."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from conglang.portal.identity.audit.actions import note
from conglang.portal.identity.audit.rules import Kind, Thing, ThingKind

from ..units.actions import Imported, import_units
from ..units.models import Office, Unit
from . import network as networks
from .models import NetworkState, Site
from .rules import Origin
from .signals import origin_changed, site_changed


@dataclass(frozen=True)
class Created:
    """What ``create_network`` made; all zero when everything was there."""

    imported: Imported
    sites: int


@transaction.atomic
def create_network(network_dir: Path) -> Created:
    """Bring units, offices and sites of a network's folder into the database; a second call changes nothing.

    Raises network.BadNetwork, with nothing changed, when the folder is not in order.
    """
    network = networks.load(Path(network_dir))
    imported = import_units(network.units, network.successions, network.offices)
    fresh = _add_sites(network.sites)
    if fresh:
        note(Kind.SITE_CHANGED, Thing(ThingKind.SITE), what="created", sites=sorted(fresh))
        site_changed.send(Site, keys=frozenset(fresh), fresh=frozenset(fresh))
    return Created(imported, len(fresh))


def _add_sites(wanted: Sequence[networks.SiteFacts]) -> set[str]:
    known = set(Site.objects.values_list("key", flat=True))
    missing = [facts for facts in wanted if facts.key not in known]
    units = {unit.code: unit for unit in Unit.objects.filter(code__in=[facts.unit for facts in missing])}
    offices = {office.key: office for office in Office.objects.filter(key__in=[f.office for f in missing])}
    Site.objects.bulk_create(
        Site(
            key=facts.key,
            unit=units[facts.unit],
            office=offices[facts.office],
            custom_host=facts.custom_host,
            is_city=facts.is_city,
        )
        for facts in missing
    )
    return {facts.key for facts in missing}


@transaction.atomic
def go_official(sites: Iterable[Site], *, at: datetime, by: str) -> int:
    """Make sites official (chính thức) from the instant ``at``, all of them in one step; return how many changed.

    Sites that are official already, or planned for an earlier instant, keep theirs. ``by`` is kept with each.
    """
    if at.tzinfo is None:
        raise ValueError("The instant needs a time zone, such as 2025-07-01T00:00+07:00.")
    keys = [site.key for site in sites]
    waiting = Site.objects.select_for_update().filter(key__in=keys).exclude(official_from__lte=at)
    changed = set(waiting.values_list("key", flat=True))
    Site.objects.filter(key__in=changed).update(official_from=at, official_by=by)
    if changed:
        note(
            Kind.SITE_CHANGED, Thing(ThingKind.SITE), what="official", since=at.isoformat(), ordered_by=by,
            sites=sorted(changed),
        )  # fmt: skip
        site_changed.send(Site, keys=frozenset(changed))
    return len(changed)


@transaction.atomic
def back_to_trial(sites: Iterable[Site], *, by: str) -> int:
    """Undo ``go_official``: the sites are on trial until told otherwise; return how many changed."""
    keys = [site.key for site in sites]
    official = Site.objects.select_for_update().filter(key__in=keys, official_from__isnull=False)
    changed = set(official.values_list("key", flat=True))
    Site.objects.filter(key__in=changed).update(official_from=None, official_by=by)
    if changed:
        note(Kind.SITE_CHANGED, Thing(ThingKind.SITE), what="trial", ordered_by=by, sites=sorted(changed))
        site_changed.send(Site, keys=frozenset(changed))
    return len(changed)


@transaction.atomic
def record_origin(origin: Origin) -> bool:
    """Record where the network lives; return whether that differs from before."""
    state, _ = NetworkState.objects.select_for_update().get_or_create(pk=1)
    if state.origin == str(origin):
        return False
    state.origin = str(origin)
    state.save(update_fields=["origin"])
    note(Kind.SETTINGS_CHANGED, what="origin", origin=str(origin))
    origin_changed.send(NetworkState, origin=origin)
    return True
