"""Render sites again and release what differs: after mending templates, files or data by other ways than the desk."""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from conglang.portal.identity.sites.models import Site
from conglang.portal.publishing.releases import actions
from conglang.portal.publishing.releases.actions import SiteReport
from conglang.portal.publishing.releases.models import Rebuild


class Command(BaseCommand):
    """``rebuild badinh hoankiem --reason "…"``; every site without keys. ``--resume`` goes on with what was begun."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("keys", nargs="*", help="keys of sites, such as badinh; all without any")
        parser.add_argument("--reason", help="why; kept and shown with the editions it brings")
        parser.add_argument("--by", default=getpass.getuser(), help="who wants it; your account without it")
        parser.add_argument("--resume", action="store_true", help="go on with rebuilds that are not finished")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["resume"]:
            rows = list(Rebuild.objects.filter(finished_at=None))
            sites = [site for row in rows for site in row.sites]
        else:
            if not options["reason"]:
                raise CommandError("Say why with --reason. Nothing was begun.")
            sites = _chosen(options["keys"])
            rows = [actions.start_rebuild(sites, by=options["by"], reason=options["reason"])]
        reports = actions.publish_all(sites, progress=self._tell)
        actions.close_rebuilds(at=timezone.now())
        self._sum_up(rows)
        if any(report.problem for report in reports):
            raise CommandError("Some sites wait; what is left is kept. Mend it and say rebuild --resume.")

    def _tell(self, report: SiteReport) -> None:
        problem = f" – {report.problem}" if report.problem else ""
        self.stdout.write(
            f"{report.site}: {report.rendered} rendered, {report.released} paths released, edition "
            f"{report.edition or 'as before'}{problem}"
        )

    def _sum_up(self, rows: list[Rebuild]) -> None:
        for row in Rebuild.objects.filter(pk__in=[row.pk for row in rows]):
            state = "finished" if row.finished_at else f"{actions.left_of(row)} of {row.subjects} left"
            self.stdout.write(f"Rebuild {row.pk}: {state}, {row.changed} paths changed.")


def _chosen(keys: list[str]) -> list[str]:
    sites = Site.objects.order_by("-is_city", "key")
    found = list((sites.filter(key__in=keys) if keys else sites).values_list("key", flat=True))
    if missing := sorted(set(keys) - set(found)):
        raise CommandError(f"There is no site {', '.join(missing)}. Nothing was begun.")
    return found
