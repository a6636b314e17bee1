"""Make sites official at one instant, or take that back: the city's switch on the command line."""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet
from django.utils import timezone

from conglang.portal.identity.sites.actions import back_to_trial, go_official
from conglang.portal.identity.sites.models import Site


class Command(BaseCommand):
    """``go_official --at 2025-07-01T00:00+07:00 --by "Nguyễn Văn A" --all`` or some keys instead of ``--all``."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("keys", nargs="*", help="keys of sites, such as badinh")
        parser.add_argument("--all", action="store_true", help="every commune's site")
        parser.add_argument(
            "--at", help="instant in ISO 8601, such as 2025-07-01T00:00+07:00; now without it"
        )
        parser.add_argument("--by", required=True, help="who decided it; kept with each site")
        parser.add_argument("--undo", action="store_true", help="back to trial until told otherwise")

    def handle(self, *args: Any, **options: Any) -> None:
        sites = _chosen(options["keys"], options["all"])
        if options["undo"]:
            changed = back_to_trial(sites, by=options["by"])
            self.stdout.write(f"{changed} of {len(sites)} sites are on trial again.")
            return
        at = _instant(options["at"])
        changed = go_official(sites, at=at, by=options["by"])
        self.stdout.write(
            f"{changed} of {len(sites)} sites are official from {at.isoformat()}; the rest were before."
        )


def _chosen(keys: list[str], every: bool) -> QuerySet[Site]:
    if every == bool(keys):
        raise CommandError("Name the sites by key, or say --all for every commune. Nothing was changed.")
    sites = Site.objects.filter(is_city=False) if every else Site.objects.filter(key__in=keys)
    if missing := sorted(set(keys) - set(sites.values_list("key", flat=True))):
        raise CommandError(f"There is no site {', '.join(missing)}. Nothing was changed.")
    return sites


def _instant(text: str | None) -> datetime:
    if text is None:
        return timezone.now()
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(
            f"{text!r} is no instant; write 2025-07-01T00:00+07:00. Nothing was changed."
        ) from error
    return at if at.tzinfo else timezone.make_aware(at)
