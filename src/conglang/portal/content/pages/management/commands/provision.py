"""``./conglang manage provision [KEY …]``: give sites what their tree lacks."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from conglang.portal.content.pages.actions import provision_all
from conglang.portal.identity.sites.queries import all_sites


class Command(BaseCommand):
    help = "Give sites the pages of sections.toml that they do not have yet. Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("keys", nargs="*", help="keys of sites; all of them when none is given")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = set(options["keys"])
        sites = [site for site in all_sites() if not wanted or site.key in wanted]
        if unknown := wanted - {site.key for site in sites}:
            raise CommandError(_("There is no site %(keys)s.") % {"keys": ", ".join(sorted(unknown))})
        for done in provision_all(sites):
            if done.born:
                self.stdout.write(f"{done.site}: {done.born}")
