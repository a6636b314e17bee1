"""Forget editions beyond the rule and collect what nobody refers to, as every night; for when the disk is full."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from conglang.portal.publishing.releases import actions


class Command(BaseCommand):
    """``tidy_store``: marks what is unused now and removes what has been for a day."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        done = actions.tidy(at=timezone.now())
        state = "; sites were being published, say it again for the rest" if done.busy else ""
        self.stdout.write(
            f"{done.marked} objects are unused from now on, {done.removed} removed, {done.freed} bytes freed{state}."
        )
