"""A picture or document as what an act of the audit record is about."""

from conglang.portal.identity.audit.rules import Thing, ThingKind

from .models import Document, Image


def thing_of(file: Image | Document) -> Thing:
    """The file by its lasting identity, and the unit of the office whose it is."""
    kind = ThingKind.IMAGE if isinstance(file, Image) else ThingKind.DOCUMENT
    return Thing(kind, str(file.uuid), str(file.office.unit.code))
