"""What offices upload every day, made by the programs' own kind of writer: each has to be taken and to open after."""

import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import openpyxl
from docx import Document as Word
from docx.shared import Cm
from odf import opendocument, style, table, text
from openpyxl.chart import BarChart, Reference
from PIL import Image as Pillow
from PIL import ImageCms
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Cm as SlideCm

from . import pdfs

Made = tuple[str, bytes]  # name as it lies on the officer's disk, bytes
CSV = "Họ tên;Số điện thoại;Dư nợ\nLê Thị B;+84 24 3825 4000;-1.250,5\n"
LONG = "Quyết định số 15-QĐ-UBND về việc phê duyệt phương án sắp xếp, tổ chức lại các tổ dân phố trên địa bàn phường"


def picture(mode: str = "RGB", size: tuple[int, int] = (640, 480)) -> Pillow.Image:
    """A gradient: large areas of one colour would hide a wrong conversion."""
    grey = Pillow.linear_gradient("L").resize(size)
    return Pillow.merge("RGB", (grey, grey.rotate(90).resize(size), grey)).convert(mode)


def saved(image: Pillow.Image, form: str, **how: Any) -> bytes:
    out = BytesIO()
    image.save(out, form, **how)
    return out.getvalue()


def _phone(orientation: int) -> bytes:
    exif = Pillow.Exif()
    exif[0x0112], exif[0x010F] = orientation, "Samsung"
    exif.get_ifd(0x8825)[2] = (21.0, 2.0, 10.0)
    return saved(picture(size=(1600, 1200)), "JPEG", exif=exif, quality=88)


def _with_profile() -> bytes:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return saved(picture(), "JPEG", icc_profile=profile)


def _moving() -> bytes:
    frames = [picture().quantize(), picture().rotate(180).quantize()]
    return saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=200, loop=0)


def _see_through() -> Pillow.Image:
    image = picture("RGBA")
    image.putalpha(Pillow.linear_gradient("L").resize(image.size))
    return image


def _deep_grey() -> bytes:
    return saved(Pillow.new("I;16", (200, 100), 40_000), "PNG")


def _palette() -> Pillow.Image:
    image = picture().quantize(16)
    image.info["transparency"] = 3
    return image


PICTURES: dict[str, Callable[[], Made]] = {
    "photo of a phone": lambda: ("IMG_20260301_081523.jpg", _phone(1)),
    "photo held upright": lambda: ("Lễ ra mắt phường Ba Đình.JPG", _phone(6)),
    "photo upside down": lambda: ("anh (2).jpeg", _phone(3)),
    "CMYK of a print shop": lambda: ("Áp phích in.jpg", saved(picture("CMYK"), "JPEG")),
    "JPEG with a profile": lambda: ("chan-dung.jpg", _with_profile()),
    "grey scan": lambda: ("ban_quet.jpg", saved(picture("L", (2480, 3508)), "JPEG", quality=60)),
    "progressive JPEG": lambda: ("tien-trien.jpg", saved(picture(), "JPEG", progressive=True)),
    "PNG with transparency": lambda: ("Biểu trưng.png", saved(_see_through(), "PNG")),
    "PNG in 16 bits": lambda: ("sieu-am.png", _deep_grey()),
    "PNG with a palette": lambda: ("so-do.png", saved(_palette(), "PNG", transparency=3)),
    "black and white PNG": lambda: ("ban-ve.png", saved(picture("1"), "PNG")),
    "WebP from the web": lambda: ("hinh.webp", saved(picture(), "WEBP")),
    "AVIF": lambda: ("hinh.avif", saved(picture(), "AVIF")),
    "moving GIF": lambda: ("chuc-mung.gif", _moving()),
    "name in letters apart": lambda: ("Hội nghi\u0323.png", saved(picture(), "PNG")),
}


def _word(build: Callable[[Any], None]) -> bytes:
    document, out = Word(), BytesIO()
    document.core_properties.author = "Văn phòng"
    build(document)
    document.save(out)
    return out.getvalue()


def _decision(document: Any) -> None:
    document.add_heading("QUYẾT ĐỊNH", 1)
    document.add_paragraph("Căn cứ Luật Tổ chức chính quyền địa phương;")
    rows = document.add_table(rows=3, cols=3, style="Table Grid")
    for number, cell in enumerate(cell for row in rows.rows for cell in row.cells):
        cell.text = f"Ô {number}"
    document.add_picture(BytesIO(saved(picture(), "PNG")), width=Cm(8))
    document.sections[0].header.paragraphs[0].text = "ỦY BAN NHÂN DÂN PHƯỜNG"


def _sheet(build: Callable[[Any], None]) -> bytes:
    book, out = openpyxl.Workbook(), BytesIO()
    build(book)
    book.save(out)
    return out.getvalue()


def _budget(book: Any) -> None:
    sheet = book.active
    sheet.title = "Dự toán"
    for row in range(1, 60):
        sheet.append(
            [row, f"Khoản chi {row}", row * 1_250_000, f"=C{row}*1.1", f'=IF(D{row}>1,"Có","Không")']
        )
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=3, min_row=1, max_row=20))
    sheet.add_chart(chart, "H2")
    book.create_sheet("Ẩn").sheet_state = "hidden"
    sheet["B1"].hyperlink = "https://hanoi.gov.vn/van-ban"


def _many_rows(book: Any) -> None:
    for row in range(3000):
        book.active.append([row, "Nguyễn Văn A", "Tổ dân phố 5", 1_000_000 + row])


def _slides() -> bytes:
    show, out = Presentation(), BytesIO()
    slide = show.slides.add_slide(show.slide_layouts[5])
    slide.shapes.title.text = "Kế hoạch tuyên truyền"
    figures = CategoryChartData()
    figures.categories = ["Quý 1", "Quý 2"]
    figures.add_series("Tin bài", (12, 30))
    slide.shapes.add_chart(
        XL_CHART_TYPE.COLUMN_CLUSTERED, SlideCm(2), SlideCm(4), SlideCm(16), SlideCm(9), figures
    )
    slide.shapes.add_picture(BytesIO(saved(picture(), "JPEG")), SlideCm(1), SlideCm(1), SlideCm(4))
    show.save(out)
    return out.getvalue()


def _office_of_libre(document: Any) -> bytes:
    out = BytesIO()
    document.write(out)
    return out.getvalue()


def open_text() -> bytes:
    made = opendocument.OpenDocumentText()
    made.automaticstyles.addElement(style.Style(name="Dam", family="text"))
    made.text.addElement(text.H(outlinelevel=1, text="Thông báo"))
    line = text.P(text="Xem tại ")
    line.addElement(text.A(href="https://hanoi.gov.vn", text="Cổng Thông tin điện tử"))
    made.text.addElement(line)
    made.addPicture("anh.png", "image/png", saved(picture(), "PNG"))
    return _office_of_libre(made)


def open_sheet() -> bytes:
    made = opendocument.OpenDocumentSpreadsheet()
    sheet = table.Table(name="Bảng 1")
    for number in range(20):
        row = table.TableRow()
        cell = table.TableCell(valuetype="float", value=str(number), formula=f"of:=SUM([.A1:.A{number + 1}])")
        cell.addElement(text.P(text=str(number)))
        row.addElement(cell)
        sheet.addElement(row)
    made.spreadsheet.addElement(sheet)
    return _office_of_libre(made)


def open_slides() -> bytes:
    return _office_of_libre(opendocument.OpenDocumentPresentation())


def word() -> bytes:
    return _word(_decision)


def sheet() -> bytes:
    return _sheet(_budget)


def _from_a_template() -> bytes:
    """Word notes where the template of the computer lies, in most documents that were not begun from Normal."""
    from .packages import changed, relation

    return relation(
        changed(word(), "word/settings.xml", b"<w:zoom", b'<w:attachedTemplate r:id="rIdT"/><w:zoom'),
        "word/_rels/settings.xml.rels", "attachedTemplate", r"file:///C:\Users\Lan\Mau-cong-van.dotx", "rIdT",
    )  # fmt: skip


DOCUMENTS: dict[str, Callable[[], Made]] = {
    "decision in Word": lambda: (f"{LONG}.docx", word()),
    "Word from a template": lambda: ("Công văn.docx", _from_a_template()),
    "budget with a chart": lambda: ("Dự toán 2026.xlsx", sheet()),
    "list of 3,000 rows": lambda: ("danh sach.xlsx", _sheet(_many_rows)),
    "slides with a chart": lambda: ("Bài trình bày.pptx", _slides()),
    "text of LibreOffice": lambda: ("thong-bao.odt", open_text()),
    "sheet of LibreOffice": lambda: ("bang.ods", open_sheet()),
    "slides of LibreOffice": lambda: ("trinh-chieu.odp", open_slides()),
    "scan of ten pages": lambda: ("Scan_0001.pdf", pdfs.scan(10)),
    "PDF printed from Word": lambda: (f"{LONG} (bản chính thức).pdf", pdfs.printed()),
    "PDF with links and contents": lambda: ("Cẩm nang.pdf", pdfs.with_links()),
    "PDF form to fill in": lambda: ("Mẫu đơn 01.pdf", pdfs.form()),
    "signed PDF": lambda: ("15-QĐ-UBND_signed.pdf", pdfs.signed()),
    "signed twice": lambda: ("16-QĐ-UBND (2 chữ ký).pdf", pdfs.signed(twice=True)),
    "PDF of an old scanner": lambda: ("cu.pdf", pdfs.without_index()),
    "CSV of Excel": lambda: ("du-lieu.csv", CSV.encode("utf-8-sig")),
    "CSV in UTF-16": lambda: ("du-lieu-2.csv", "Tên\tSố\nĐống Đa\t12\n".encode("utf-16")),
    "plain text": lambda: ("Ghi chú.txt", "BM 01/2026\nKính gửi: Ủy ban nhân dân thành phố\n".encode()),
}  # fmt: skip


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}
