"""Office files that do something, for ``hostile``."""

from . import ordinary
from .packages import changed, with_part

OLE_HEAD = bytes.fromhex("d0cf11e0a1b11ae1")
MACRO_WORD = "application/vnd.ms-office.vbaProject"
EXECUTABLE = b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff" + b"\0" * 200 + b"This program cannot be run in DOS mode."


def word_with_field(*pieces: str) -> bytes:
    """A field whose instruction is spread over runs."""
    runs = "".join(f'<w:r><w:instrText xml:space="preserve">{piece}</w:instrText></w:r>' for piece in pieces)
    field = (
        f'<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>{runs}<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        '<w:r><w:t>kết quả</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    )
    return changed(ordinary.word(), "word/document.xml", b"<w:body>", b"<w:body>" + field.encode())


def sheet_with_formula(formula: str) -> bytes:
    return changed(
        ordinary.sheet(), "xl/worksheets/sheet1.xml", b"<f>C1*1.1</f>", f"<f>{formula}</f>".encode()
    )


def odt_with(markup: bytes) -> bytes:
    return changed(ordinary.open_text(), "content.xml", b"</office:text>", markup + b"</office:text>")


def nested_bomb() -> bytes:
    """A workbook within the document that unpacks to far more than it shows."""
    inner = with_part(
        ordinary.sheet(), "xl/big.xml", b"<a>" + b"\n" * 50_000_000 + b"</a>", "application/xml"
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return with_part(ordinary.word(), "word/embeddings/a.xlsx", inner, kind)
