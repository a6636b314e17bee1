"""Make the first people of a network and print them as JSON, passwords included: they are shown this once."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from conglang.portal.content.editorial.actions import create_first_people, set_up_permissions


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        set_up_permissions()
        people = create_first_people()
        self.stdout.write(json.dumps([asdict(person) for person in people], ensure_ascii=False))
