"""The ordered rebuilds as the desk lists them: who, when, why, how far."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conglang.portal.publishing.releases.actions import left_of
from conglang.portal.publishing.releases.models import Rebuild

from .entries import Entry, Standing
from .troubles import Told, kind_of, told


def rebuild_entries(*, names: dict[str, str], at_most: int = 20) -> list[Entry]:
    """Return the last ordered rebuilds that concern these sites (key → name), newest first."""
    found = Rebuild.objects.filter(sites__overlap=list(names)).order_by("-pk")[:at_most]
    return [_entry(row, names) for row in found]


def _entry(row: Rebuild, names: dict[str, str]) -> Entry:
    sites = ngettext("%(sites)s site", "%(sites)s sites", len(row.sites)) % {"sites": len(row.sites)}
    paths = ngettext("%(paths)s address changed", "%(paths)s addresses changed", row.changed) % {
        "paths": row.changed
    }
    facts = (row.name or row.by, _at(row.started_at), sites, paths)
    return Entry(row.reason, facts, standing=_standing(row), troubles=tuple(_troubles(row.problems, names)))


def _standing(row: Rebuild) -> Standing:
    if row.finished_at and row.problems:
        return Standing.of(
            "warn", _("Finished %(at)s, not everything could be made") % {"at": _at(row.finished_at)}
        )
    if row.finished_at:
        return Standing.of("good", _("Finished") + f" {_at(row.finished_at)}")
    done = max(0, row.subjects - left_of(row))
    return Standing.of(
        "half", _("Under way: %(done)s of %(total)s done") % {"done": done, "total": row.subjects}
    )


def _troubles(problems: Sequence[str], names: dict[str, str]) -> list[Told]:
    """A problem is noted as «site family ident: what was raised»."""
    found = []
    for problem in problems:
        what, _colon, error = problem.partition(": ")
        site, _space, subject = what.partition(" ")
        said = told(error)
        found.append(Told(f"{names.get(site, site)}, {kind_of(subject)}: {said.why}", said.advice, problem))
    return found


def _at(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "H:i:s, d/m/Y")
