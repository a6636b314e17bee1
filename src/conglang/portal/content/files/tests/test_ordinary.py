"""What offices upload every day is taken, keeps what readers need, and opens afterwards."""

import unicodedata
import zipfile
from io import BytesIO

import openpyxl
import pikepdf
import pytest
from docx import Document as Word
from odf import opendocument
from PIL import Image as Pillow
from pptx import Presentation

from conglang.portal.content.files.examination import walls
from conglang.portal.content.files.examination.names import clean_name
from conglang.portal.content.files.examination.verdicts import Kind, Passed, Removed

from . import ordinary, pdfs

NOTES = {
    "Word from a template": (Removed.TEMPLATE,),
    "moving GIF": (Removed.ANIMATION,),
}


def passed(what: str) -> Passed:
    made = ordinary.PICTURES.get(what) or ordinary.DOCUMENTS[what]
    name, data = made()
    return walls.examined(data, name, picture=what in ordinary.PICTURES)


def test_there_are_thirty_of_them() -> None:
    assert len(ordinary.PICTURES) + len(ordinary.DOCUMENTS) >= 30


@pytest.mark.parametrize("what", [*ordinary.PICTURES, *ordinary.DOCUMENTS])
def test_ordinary_file_is_taken_whole_and_stays_the_same_when_examined_again(what: str) -> None:
    first = passed(what)
    again = walls.examined(first.data, f"a.{first.kind.value}", picture=first.kind.is_picture)

    assert first.removed == NOTES.get(what, ())
    assert again.kind == first.kind and again.removed == ()
    if first.kind.measure in ("office", "text"):
        assert again.data == first.data


@pytest.mark.parametrize("what", ordinary.PICTURES)
def test_picture_has_no_note_of_the_camera_and_common_colours(what: str) -> None:
    image = Pillow.open(BytesIO(passed(what).data))
    image.load()

    assert image.mode in ("RGB", "RGBA") and not image.getexif() and "icc_profile" not in image.info


def test_photo_stands_as_it_was_held() -> None:
    upright = Pillow.open(BytesIO(passed("photo held upright").data))
    lying = Pillow.open(BytesIO(passed("photo of a phone").data))

    assert (lying.size, upright.size) == ((1600, 1200), (1200, 1600))


def test_grey_in_sixteen_bits_keeps_its_brightness() -> None:
    image = Pillow.open(BytesIO(passed("PNG in 16 bits").data))

    assert image.getpixel((5, 5)) == (156, 156, 156)  # 40,000 of 65,535


def test_colours_of_a_print_shop_stay_close() -> None:
    image = Pillow.open(BytesIO(passed("CMYK of a print shop").data))
    wanted = ordinary.picture("CMYK").convert("RGB")

    for place in ((10, 10), (320, 240), (600, 400)):
        assert all(
            abs(a - b) < 12 for a, b in zip(image.getpixel(place), wanted.getpixel(place), strict=True)
        )


def test_transparency_stays_where_there_is_some() -> None:
    assert Pillow.open(BytesIO(passed("PNG with transparency").data)).mode == "RGBA"
    assert Pillow.open(BytesIO(passed("WebP from the web").data)).mode == "RGB"


def test_word_keeps_its_table_its_picture_and_its_header() -> None:
    document = Word(BytesIO(passed("decision in Word").data))

    assert document.tables[0].cell(1, 1).text == "Ô 4"
    assert len(document.inline_shapes) == 1
    assert document.sections[0].header.paragraphs[0].text == "ỦY BAN NHÂN DÂN PHƯỜNG"


def test_template_of_the_officers_computer_is_no_longer_named() -> None:
    data = passed("Word from a template").data

    assert b"Users" not in b"".join(ordinary.parts(data).values())
    assert Word(BytesIO(data)).paragraphs[0].text == "QUYẾT ĐỊNH"


def test_workbook_keeps_formulas_links_and_chart() -> None:
    book = openpyxl.load_workbook(BytesIO(passed("budget with a chart").data))

    sheet = book["Dự toán"]
    assert sheet["D2"].value == "=C2*1.1" and len(sheet._charts) == 1
    assert sheet["B1"].hyperlink.target == "https://hanoi.gov.vn/van-ban"


def test_slides_keep_the_workbook_behind_their_chart() -> None:
    show = Presentation(BytesIO(passed("slides with a chart").data))

    chart = next(shape.chart for shape in show.slides[0].shapes if shape.has_chart)
    book = openpyxl.load_workbook(BytesIO(chart.part.chart_workbook.xlsx_part.blob))
    assert book.active["B2"].value == 12


@pytest.mark.parametrize("what", ["text of LibreOffice", "sheet of LibreOffice", "slides of LibreOffice"])
def test_file_of_libreoffice_opens_and_says_first_what_it_is(what: str) -> None:
    data = passed(what).data

    assert opendocument.load(BytesIO(data)).mimetype.startswith("application/vnd.oasis")
    first = zipfile.ZipFile(BytesIO(data)).infolist()[0]
    assert first.filename == "mimetype" and first.compress_type == zipfile.ZIP_STORED


@pytest.mark.parametrize("what", ["signed PDF", "signed twice"])
def test_signed_pdf_keeps_every_byte(what: str) -> None:
    name, data = ordinary.DOCUMENTS[what]()

    assert walls.examined(data, name, picture=False) == Passed(Kind.PDF, data, ())


def test_pdf_keeps_its_links_contents_and_language() -> None:
    with pikepdf.open(BytesIO(passed("PDF with links and contents").data)) as pdf:
        notes = pdf.pages[0].obj.Annots
        assert [str(note.A.S) for note in notes] == ["/URI", "/URI", "/GoTo"]
        assert pdf.open_outline().root[0].title == "Phần một"
    with pikepdf.open(BytesIO(passed("PDF printed from Word").data)) as pdf:
        assert str(pdf.Root.Lang) == "vi-VN" and isinstance(pdf.Root.OpenAction, pikepdf.Array)


def test_form_can_still_be_filled_in() -> None:
    with pikepdf.open(BytesIO(passed("PDF form to fill in").data)) as pdf:
        assert str(pdf.Root.AcroForm.Fields[0].T) == "ho_ten"


def test_pages_of_a_scan_are_all_there() -> None:
    with pikepdf.open(BytesIO(passed("scan of ten pages").data)) as pdf:
        assert len(pdf.pages) == 10


def test_table_of_excel_is_read_as_unicode_by_excel() -> None:
    assert passed("CSV in UTF-16").data.decode("utf-8-sig") == "Tên\tSố\nĐống Đa\t12\n"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (f"{ordinary.LONG}.docx", f"{ordinary.LONG}.pdf"),
        ("Hội nghi\u0323.PDF", "Hội nghị.pdf"),
        ("C:\\Users\\Lan\\Văn bản.pdf", "Văn bản.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("bao-cao\u202efdp.exe", "bao-caofdp.pdf"),
        ("bao-cao.pdf.exe", "bao-cao.pdf"),
        ("\x00\x1b[31m.pdf", "[31m.pdf"),
        ("Số 12.3/KH.pdf", "KH.pdf"),
        ("Quyết định 12.2026.docx", "Quyết định 12.2026.pdf"),
        ("....pdf", "tep.pdf"),
        ("", "tep.pdf"),
        ("ă" * 400 + ".pdf", "ă" * 150 + ".pdf"),
    ],
)
def test_name_is_a_word_that_can_be_shown_anywhere(given: str, kept: str) -> None:
    assert clean_name(given, Kind.PDF) == unicodedata.normalize("NFC", kept)


def test_signature_of_the_test_is_a_real_one() -> None:
    """So that «keeps every byte» means something: it covers all of the file but itself."""
    data = pdfs.signed()
    with pikepdf.open(BytesIO(data)) as pdf:
        covered = [int(one) for one in pdf.Root.AcroForm.Fields[0].V.ByteRange]

    assert covered[2] + covered[3] == len(data) and data[covered[1] : covered[1] + 1] == b"<"
