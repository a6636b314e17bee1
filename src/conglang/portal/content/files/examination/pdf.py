"""A PDF without what it does by itself. Written anew by qpdf, so that only what belongs to the document is left.

A signed one (chữ ký số) keeps its bytes, because any change breaks the signature; it may therefore hold nothing that
would have to be taken out. Whether the signature is genuine is for the reader's program to say.
"""

import zipfile
from io import BytesIO

import pikepdf

from .limits import PDF
from .pdf_actions import Sweep
from .verdicts import Kind, Passed, Reason, Refused


def _load_ciphers() -> None:
    """The ciphers of locked files are loaded with the first; the process that examines may open no file by then."""
    pdf, out = pikepdf.new(), BytesIO()
    pdf.add_blank_page()
    pdf.save(out, encryption=pikepdf.Encryption(owner="a", user=""))
    pikepdf.open(out).close()


_load_ciphers()
MARK = b"%%EOF"
EMPTY_END = b"\r\n\t \0"


def examine(data: bytes, kind: Kind = Kind.PDF) -> Passed:
    """Return the PDF without scripts, actions, attachments, media and links out of the web."""
    try:
        return _examined(data)
    except (MemoryError, Refused):
        raise
    except (pikepdf.PdfError, RuntimeError, ValueError, TypeError, KeyError, IndexError, AttributeError,
            NotImplementedError, OverflowError, OSError, RecursionError) as trouble:  # fmt: skip
        raise Refused(Reason.DAMAGED) from trouble


def _examined(data: bytes) -> Passed:
    pdf, mended = _opened(data)
    with pdf:
        if pdf.is_encrypted:
            raise Refused(Reason.PASSWORD)
        if len(pdf.objects) > PDF.objects:
            raise Refused(Reason.TOO_COMPLEX)
        if pdf.Root.get("/NeedsRendering"):
            raise Refused(Reason.FORM_WITHOUT_PAGES)
        pages = len(pdf.pages)
        if pages > PDF.pages:
            raise Refused(Reason.TOO_MANY_PAGES, pages=pages, most=PDF.pages)
        if pages == 0:
            raise Refused(Reason.DAMAGED)
        sweep = Sweep(pdf)
        removed = tuple(sorted(sweep.run()))
        if sweep.signed:
            return Passed(Kind.PDF, _unchanged(data, mended=mended, active=bool(removed) or sweep.changed))
        out = BytesIO()
        pdf.save(out, deterministic_id=True, compress_streams=True, linearize=True)
    _refuse_second_file(out.getvalue())
    return Passed(Kind.PDF, out.getvalue(), removed)


def _opened(data: bytes) -> tuple[pikepdf.Pdf, bool]:
    """The document, and whether it had to be mended to be read."""
    try:
        return pikepdf.open(BytesIO(data), attempt_recovery=False, suppress_warnings=True), False
    except pikepdf.PasswordError as locked:
        raise Refused(Reason.PASSWORD) from locked
    except pikepdf.PdfError:
        try:
            return pikepdf.open(BytesIO(data), attempt_recovery=True, suppress_warnings=True), True
        except pikepdf.PasswordError as locked:
            raise Refused(Reason.PASSWORD) from locked


def _unchanged(data: bytes, *, mended: bool, active: bool) -> bytes:
    """Return the very bytes, which may then hold nothing but the document."""
    if active:
        raise Refused(Reason.SIGNED_ACTIVE)
    if mended:
        raise Refused(Reason.DAMAGED)
    if not data.rstrip(EMPTY_END).endswith(MARK) or b"%PDF-" in data[5:1024]:
        raise Refused(Reason.TWO_FILES_IN_ONE)
    _refuse_second_file(data)
    return data


def _refuse_second_file(data: bytes) -> None:
    if zipfile.is_zipfile(BytesIO(data)):
        raise Refused(Reason.TWO_FILES_IN_ONE)
