"""Print what cannot be published, one line each, as JSON with --json; with --retry, try all of it again."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from conglang.portal.identity.sites.queries import all_sites
from conglang.portal.publishing.rendering.actions import retry_quarantined
from conglang.portal.publishing.rendering.queries import failed_touches, failures, is_held


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--retry", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        keys = [site.key for site in all_sites()]
        found = [*failures(keys), *failed_touches()]
        held = [key for key in sorted({failure.site for failure in found if failure.site}) if is_held(key)]
        if options["json"]:
            told = {"held": held, "failures": [asdict(failure) for failure in found]}
            self.stdout.write(json.dumps(told, ensure_ascii=False, default=str))
        else:
            for key in held:
                self.stdout.write(f"{key}: held back, nothing of it is released")
            for failure in found:
                self.stdout.write(f"{failure.site}: {failure.what}: {failure.error}")
        if options["retry"]:
            sum(retry_quarantined(key) for key in keys)
