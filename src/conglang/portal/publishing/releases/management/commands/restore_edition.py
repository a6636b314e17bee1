"""Have a site, or one page of it, show an older edition again; or end that. For when the desk cannot be reached."""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from conglang.portal.publishing.releases import actions, history


class Command(BaseCommand):
    """``restore_edition badinh 57 --reason "…"``, with ``--path /tin-tuc/mot/`` one page; ``--end`` lifts it."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("site", help=_("key of the site, such as badinh"))
        parser.add_argument(
            "edition", nargs="?", type=int, help=_("its number; without it the last ones are listed")
        )
        parser.add_argument("--path", help=_("one path only, such as /tin-tuc/mot/"))
        parser.add_argument("--reason", default="", help=_("why; kept and shown with the edition"))
        parser.add_argument("--by", default=getpass.getuser(), help=_("who decides; your account without it"))
        parser.add_argument("--end", action="store_true", help=_("show the present content again"))

    def handle(self, *args: Any, **options: Any) -> None:
        site, by = options["site"], options["by"]
        if options["edition"] is None and not options["end"]:
            return self._list(site)
        try:
            if options["end"]:
                count = actions.lift(site, by=by, path=options["path"])
            else:
                number, reason = options["edition"], options["reason"]
                count = actions.roll_back(site, number, by=by, reason=reason, path=options["path"]).paths
        except (actions.CannotRollBack, actions.SiteBusy, history.NotKept) as refused:
            raise CommandError(str(refused)) from refused
        (report,) = actions.publish_all([site], processes=1)
        if report.problem:
            raise CommandError(_("It is written down and waits to be released: %s") % report.problem)
        words = {"paths": count, "edition": report.edition}
        if report.edition:
            self.stdout.write(_("%(paths)s paths; released as edition %(edition)s.") % words)
        else:
            self.stdout.write(
                _("%(paths)s paths; readers see the same already, no new edition was needed.") % words
            )
        return None

    def _list(self, site: str) -> None:
        for one in history.editions(site, at_most=20):
            changed = _("%s paths changed") % (one.changed + one.removed)
            self.stdout.write(f"{one.number}  {timezone.localtime(one.at):%d/%m/%Y %H:%M:%S}  {changed}")
