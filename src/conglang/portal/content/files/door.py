"""The one way in for files: whoever stores one, by whatever screen or program, stores what came through here.

The fields of ``Image`` and ``Document`` pass every new file to ``admit``; forms do it earlier, to answer in words.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.utils import timezone

from .examination import examining, walls
from .examination.limits import BYTES, EDITION, LARGEST
from .examination.names import clean_name
from .examination.verdicts import Kind, Passed, Reason, Refused, Removed
from .models import Examination

# Long enough for an officer to fill in what a picture shows; a virus known tomorrow is looked for tomorrow.
REMEMBERED_FOR = timedelta(hours=2)

Examiner = Callable[..., Passed]


def as_sent(data: bytes, name: str, *, picture: bool) -> Passed:
    """Look for viruses where a scanner is set, then examine in a process of its own. Refused by either."""
    if settings.UPLOAD_SCANNER is not None:
        settings.UPLOAD_SCANNER.check(data)
    return walls.examined(data, name, picture=picture)


@dataclass(frozen=True)
class Admitted:
    """A file that may be stored: its bytes, its name as a word, and what was left out of it."""

    data: bytes
    kind: Kind
    name: str
    removed: tuple[Removed, ...]

    def content(self) -> ContentFile:
        """Return it as Django's storages take a file."""
        content = ContentFile(self.data, name=self.name)
        content.admitted = self  # type: ignore[attr-defined]
        return content


def admit(content: File, name: str, *, picture: bool, examined: Examiner = as_sent) -> Admitted:
    """Return the file in the form in which it may be stored. Refused when it may not.

    ``examined``: how the examination happens; by default as for what comes from outside.
    """
    if admitted := getattr(content, "admitted", None):
        return admitted  # type: ignore[no-any-return]
    data = _read(content, picture=picture)
    passed = _remembered(data, picture=picture)
    if passed is None:
        passed = examined(data, name, picture=picture)
        _remember(passed)
    return Admitted(passed.data, passed.kind, clean_name(name, passed.kind), passed.removed)


def admitted_drawing(data: bytes, name: str) -> ContentFile:
    """Return a picture that our own programs drew, admitted. It is examined like any other, in this process."""
    return admit(ContentFile(data), name, picture=True, examined=examining.examined).content()


def put_in_place(upload: Any, admitted: Admitted) -> None:
    """Overwrite what the browser sent with what was admitted: whoever reads the upload later reads only that."""
    upload.file.seek(0)
    upload.file.truncate()
    upload.file.write(admitted.data)
    upload.file.flush()
    upload.file.seek(0)
    upload.size, upload.name, upload.admitted = len(admitted.data), admitted.name, admitted


def _read(content: File, *, picture: bool) -> bytes:
    if content.size > LARGEST:
        most, measure = (BYTES.picture, "picture") if picture else (LARGEST, "pdf")
        raise Refused(Reason.TOO_LARGE, size=content.size, most=most, measure=measure)
    content.seek(0)
    return content.read()  # type: ignore[no-any-return]


def _remembered(data: bytes, *, picture: bool) -> Passed | None:
    """What came out of the examination a moment ago goes in as it is, and a picture is not written anew twice."""
    since = timezone.now() - REMEMBERED_FOR
    known = Examination.objects.filter(digest=_digest(data), edition=EDITION, at__gte=since).first()
    if known is None or Kind(known.kind).is_picture is not picture:
        return None
    return Passed(Kind(known.kind), data, tuple(map(Removed, known.removed.split())))


def _remember(passed: Passed) -> None:
    values = {
        "edition": EDITION,
        "kind": passed.kind.value,
        "removed": " ".join(passed.removed),
        "at": timezone.now(),
    }
    Examination.objects.update_or_create(digest=_digest(passed.data), defaults=values)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
