"""One file, from bytes to verdict. Works in whatever process it is called; ``walls`` gives it one of its own."""

from importlib import import_module

from . import kinds
from .limits import BYTES
from .verdicts import DOCUMENTS, PICTURES, Kind, Passed, Reason, Refused

# Each is loaded only when a file of its kind comes: the process that examines is a new one every time.
EXAMINERS = {
    **dict.fromkeys(PICTURES, "pictures"),
    Kind.PDF: "pdf",
    **dict.fromkeys((Kind.DOCX, Kind.XLSX, Kind.PPTX), "office"),
    **dict.fromkeys((Kind.ODT, Kind.ODS, Kind.ODP), "opendocument"),
    **dict.fromkeys((Kind.CSV, Kind.TXT), "text"),
}


def prepare(data: bytes, name: str, *, picture: bool) -> Kind:
    """Return what the file is, with everything loaded that is needed to examine it. Refused when it is nothing that
    may be uploaded here."""
    kind = kinds.recognise(data, name)
    if picture and kind not in PICTURES:
        raise Refused(Reason.DOCUMENT_AMONG_PICTURES)
    if not picture and kind not in DOCUMENTS:
        raise Refused(Reason.PICTURE_AMONG_DOCUMENTS)
    most = vars(BYTES)[kind.measure]
    if len(data) > most:
        raise Refused(Reason.TOO_LARGE, size=len(data), most=most, measure=kind.measure)
    import_module(f"{__package__}.{EXAMINERS[kind]}")
    return kind


def examine(data: bytes, kind: Kind) -> Passed:
    """Return the file as it may be kept. Refused with the reason otherwise."""
    return import_module(f"{__package__}.{EXAMINERS[kind]}").examine(data, kind)  # type: ignore[no-any-return]


def examined(data: bytes, name: str, *, picture: bool) -> Passed:
    """Both steps, in this process: for what our own programs drew, and for tests."""
    return examine(data, prepare(data, name, picture=picture))
