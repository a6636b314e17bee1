"""``./conglang manage examine_files``: look again at every stored picture and document."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from conglang.portal.content.files.examination.verdicts import Refused
from conglang.portal.content.files.reexamining import Finding, count_waiting, look_again, waiting
from conglang.portal.content.files.words import sentence

EVERY = 50


class Command(BaseCommand):
    help = "Examine stored files again. Stopped at any time, it goes on where it was when it is started once more."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--days", type=int, default=30, help="files not looked at for so many days (30); 0: all"
        )
        parser.add_argument(
            "--withhold", action="store_true", help="take what is found from readers, until it is well"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        before = now - timedelta(days=options["days"])
        count, found = count_waiting(before=before), 0
        self._tell_scanner()
        for number, file in enumerate(waiting(before=before), start=1):
            try:
                finding = look_again(file, at=timezone.now(), withhold=options["withhold"])
            except Refused as not_now:
                raise CommandError(f"{number - 1}/{count}: {sentence(not_now)}") from not_now
            if finding:
                found += 1
                self._tell(finding)
            if number % EVERY == 0 or number == count:
                self.stdout.write(
                    _("%(number)d of %(count)d examined, %(found)d found")
                    % {"number": number, "count": count, "found": found}
                )
        if found:
            raise CommandError(
                _(
                    "%(found)d files are not as they should be; each is named above. Upload them anew in a safe form."
                )
                % {"found": found}
            )
        self.stdout.write(_("Every file is as it should be."))

    def _tell_scanner(self) -> None:
        if settings.UPLOAD_SCANNER is None:
            self.stdout.write(_("No virus scanner is set (CONGLANG_CLAMD): files are examined, not scanned."))
            return
        try:
            self.stdout.write(settings.UPLOAD_SCANNER.version())
        except OSError as trouble:
            raise CommandError(
                _("The virus scanner does not answer: %(why)s") % {"why": trouble}
            ) from trouble

    def _tell(self, finding: Finding) -> None:
        file = finding.file
        self.stdout.write(
            f"{file.office.name}: «{file.title}» ({file.filename}, {file.uuid}): {finding.words}"
        )
