"""Render sites again and release what differs: after mending templates, files or data by other ways than the desk."""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from conglang.portal.identity.sites.models import Site
from conglang.portal.publishing.releases import actions
from conglang.portal.publishing.releases.actions import SiteReport
from conglang.portal.publishing.releases.models import Rebuild


class Command(BaseCommand):
    """``rebuild badinh hoankiem --reason "…"``; every site without keys. ``--resume`` goes on with what was begun."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("keys", nargs="*", help=_("keys of sites, such as badinh; all without any"))
        parser.add_argument("--reason", help=_("why; kept and shown with the editions it brings"))
        parser.add_argument(
            "--by", default=getpass.getuser(), help=_("who wants it; your account without it")
        )
        parser.add_argument(
            "--resume", action="store_true", help=_("go on with rebuilds that are not finished")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["resume"]:
            rows = list(Rebuild.objects.filter(finished_at=None))
            sites = [site for row in rows for site in row.sites]
        else:
            if not options["reason"]:
                raise CommandError(_("Say why with --reason. Nothing was begun."))
            sites = _chosen(options["keys"])
            rows = [actions.start_rebuild(sites, by=options["by"], reason=options["reason"])]
        reports = actions.publish_all(sites, progress=self._tell)
        actions.close_rebuilds(at=timezone.now())
        self._sum_up(rows)
        if any(report.problem for report in reports):
            raise CommandError(_("Some sites wait; what is left is kept. Mend it and say rebuild --resume."))

    def _tell(self, report: SiteReport) -> None:
        words = _("%(site)s: %(rendered)s rendered, %(released)s paths released") % vars(report)
        edition = _("edition %s") % report.edition if report.edition else _("no new edition needed")
        problem = f" – {report.problem}" if report.problem else ""
        self.stdout.write(f"{words}, {edition}{problem}")

    def _sum_up(self, rows: list[Rebuild]) -> None:
        for row in Rebuild.objects.filter(pk__in=[row.pk for row in rows]):
            left = _("%(left)s of %(all)s left") % {"left": actions.left_of(row), "all": row.subjects}
            words = {
                "number": row.pk,
                "state": _("finished") if row.finished_at else left,
                "changed": row.changed,
            }
            self.stdout.write(_("Rebuild %(number)s: %(state)s, %(changed)s paths changed.") % words)


def _chosen(keys: list[str]) -> list[str]:
    sites = Site.objects.order_by("-is_city", "key")
    found = list((sites.filter(key__in=keys) if keys else sites).values_list("key", flat=True))
    if missing := sorted(set(keys) - set(found)):
        raise CommandError(_("There is no site %s. Nothing was begun.") % ", ".join(missing))
    return found
