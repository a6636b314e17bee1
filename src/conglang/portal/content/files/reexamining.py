"""Looking again at what is stored: rules get stricter, scanners learn, and a file once taken is not good for ever."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext

from conglang.portal.identity.accounts.recording import note
from conglang.portal.identity.audit.rules import Kind
from conglang.portal.publishing.rendering.actions import touch

from .door import as_sent
from .examination.limits import EDITION
from .examination.verdicts import Reason, Refused, Removed
from .models import Document, Image
from .recording import thing_of
from .words import left_out, sentence

File = Document | Image
# Not about the file: whoever asks again later gets another answer.
NO_VERDICT = frozenset({Reason.NOT_SCANNED, Reason.BUSY})
OF_NO_WEIGHT = frozenset({Removed.ANIMATION})  # readers never get more of a picture than pixels
MISSING = "missing"
CARRIES = "carries"  # something that is left out of a new file


@dataclass(frozen=True)
class Finding:
    """What is wrong with one stored file. ``reason``: a refusal's, or one of the two above."""

    file: File
    reason: str
    words: str


def waiting(*, before: datetime) -> Iterator[File]:
    """Files that the current edition of the rules has not looked at, or nobody since ``before``; the oldest first."""
    due = ~Q(examined_edition=EDITION) | Q(examined_at__isnull=True) | Q(examined_at__lt=before)
    for model in (Document, Image):
        for pk in list(model.objects.filter(due).order_by("pk").values_list("pk", flat=True)):
            if file := model.objects.filter(pk=pk).first():  # deleted while the others were looked at
                yield file


def count_waiting(*, before: datetime) -> int:
    """How many ``waiting`` would give."""
    due = ~Q(examined_edition=EDITION) | Q(examined_at__isnull=True) | Q(examined_at__lt=before)
    return sum(model.objects.filter(due).count() for model in (Document, Image))


def look_again(file: File, *, at: datetime, withhold: bool) -> Finding | None:
    """Examine one stored file as if it came now, note that it was, and return what is wrong with it.

    ``withhold``: readers get it no longer while something is wrong, and again once nothing is. Refused, with nothing
    noted, when it could not be examined at this moment.
    """
    found = _finding(file)
    values = {"examined_at": at, "examined_edition": EDITION}
    if withhold:
        values["withheld"] = found.reason if found else ""
    with transaction.atomic():
        type(file).objects.filter(pk=file.pk).update(**values)
        if withhold and values["withheld"] != file.withheld:
            note(Kind.FILE_CHANGED, thing_of(file), withheld=str(values["withheld"]))
            touch([f"{'image' if isinstance(file, Image) else 'document'}:{file.uuid}"])
    return found


def _finding(file: File) -> Finding | None:
    try:
        with file.open_file() as handle:
            data = handle.read()
    except OSError:
        return Finding(file, MISSING, gettext("The stored file is not there; bring it back from a backup."))
    try:
        passed = as_sent(data, file.filename, picture=isinstance(file, Image))
    except Refused as refusal:
        if refusal.reason in NO_VERDICT:
            raise
        return Finding(file, refusal.reason.value, sentence(refusal))
    weighty = [one for one in passed.removed if one not in OF_NO_WEIGHT]
    return Finding(file, CARRIES, left_out(weighty)) if weighty else None
