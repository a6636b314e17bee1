"""Give an administrator of the city a new password and print it once: for who lost every key and nobody could agree."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from conglang.portal.identity.accounts.inviting import NotAllowed
from conglang.portal.identity.accounts.models import User
from conglang.portal.identity.accounts.recovering import recover_administrator


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the name they sign in with")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        user = User.objects.filter(username__iexact=name.strip()).first()
        if user is None:
            raise CommandError(f"There is no account «{name}».")
        try:
            self.stdout.write(recover_administrator(user))
        except NotAllowed as reason:
            raise CommandError(str(reason)) from reason
