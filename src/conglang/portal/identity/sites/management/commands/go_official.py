"""`conglang manage go_official`: the switch that ends the trial of some or all sites at one moment."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from conglang.portal.identity.sites.actions import go_official
from conglang.portal.identity.sites.queries import all_sites


class Command(BaseCommand):
    help = "Make sites official (chính thức) from one moment on; it may lie ahead."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("keys", nargs="*", metavar="SITE", help="keys of sites, such as badinh")
        parser.add_argument("--all", action="store_true", help="every site of the network")
        parser.add_argument("--at", help="2025-07-01T00:00+07:00; now without it")
        parser.add_argument("--by", required=True, help="who decides; kept with each site")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = [site for site in all_sites() if options["all"] or site.key in options["keys"]]
        unknown = set(options["keys"]) - {site.key for site in chosen}
        if unknown or not chosen:
            raise CommandError(
                _("No site is called %s. Nothing was changed: give keys of sites, or --all.")
                % ", ".join(unknown)
            )
        at = _moment(options["at"])
        changed = go_official(chosen, at=at, by=options["by"])
        self.stdout.write(
            _("%(count)s sites are official from %(at)s.")
            % {"count": changed, "at": timezone.localtime(at).isoformat(timespec="minutes")}
        )


def _moment(text: str | None) -> datetime:
    if text is None:
        return timezone.now()
    found = parse_datetime(text)
    if found is None:
        raise CommandError(_("%s is not a moment. Write it like 2025-07-01T00:00+07:00.") % text)
    return found if found.tzinfo else timezone.make_aware(found)
