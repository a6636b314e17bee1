"""Model fields for files that came through the door, and paths that no uploader can choose."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db.models.fields.files import FieldFile, FileField
from wagtail.images.models import WagtailImageField, WagtailImageFieldFile

from .examination.names import extension
from .examination.verdicts import Refused
from .words import sentence

_doors: list[Callable[..., Any]] = []  # one, and none until the app is ready: then nothing can be stored


def open_door(admit: Callable[..., Any]) -> None:
    """Let files in by ``admit`` (see ``door``), which knows the models that these fields belong to."""
    _doors[:] = [admit]


class _ThroughTheDoor:
    """Stores what the door admits, under its own name; ValidationError for what it refuses."""

    picture: bool

    def save(self, name: str, content: File, save: bool = True) -> None:
        (admit,) = _doors
        try:
            admitted = admit(content, name, picture=self.picture)
        except Refused as refusal:
            raise ValidationError({"file": sentence(refusal)}) from refusal
        self.instance.note_admitted(admitted.name, admitted.removed)  # type: ignore[attr-defined]
        super().save(admitted.name, admitted.content(), save)  # type: ignore[misc]


class ExaminedFile(_ThroughTheDoor, FieldFile):
    picture = False


class ExaminedPicture(_ThroughTheDoor, WagtailImageFieldFile):
    picture = True


class ExaminedFileField(FileField):
    attr_class = ExaminedFile


class ExaminedPictureField(WagtailImageField):
    attr_class = ExaminedPicture


def document_place(instance: Any, name: str) -> str:
    """Return where a document is stored: nothing of the name it came with but the ending that was found."""
    return f"documents/{uuid4().hex}.{extension(name)}"


def picture_place(instance: Any, name: str) -> str:
    """Return where a picture is stored."""
    return f"pictures/{uuid4().hex}.{extension(name)}"
