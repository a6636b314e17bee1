"""PDFs that do something: (family, name, how it is built, refusal in Vietnamese or None, picture, what is removed,
which bytes are gone)."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String

from conglang.portal.content.files.examination.verdicts import Removed

from . import pdfs
from .packages import packed

CANARY = b"CANARY-OF-THE-UPLOAD"
WORDS = String(CANARY.decode())


def _with(change: Callable[[Pdf], Any]) -> Callable[[], bytes]:
    def build() -> bytes:
        pdf = pdfs.blank()
        change(pdf)
        return pdfs.written(pdf, compress_streams=False)

    return build


def _script(**more: Any) -> Dictionary:
    return Dictionary(S=Name.JavaScript, JS=WORDS, **more)


def _opens_script(pdf: Pdf) -> None:
    pdf.Root.OpenAction = _script()


def _script_in_stream(pdf: Pdf) -> None:
    code = pdf.make_stream(CANARY)
    pdf.Root.OpenAction = pdf.make_indirect(Dictionary(S=Name.JavaScript, JS=code))


def _script_by_name(pdf: Pdf) -> None:
    pdf.Root.Names = Dictionary(
        JavaScript=Dictionary(Names=Array([String("a"), pdf.make_indirect(_script())]))
    )


def _on_closing(pdf: Pdf) -> None:
    pdf.Root.AA = Dictionary(WC=_script())
    pdf.pages[0].obj.AA = Dictionary(O=_script())


def _behind_a_link(pdf: Pdf) -> None:
    pdfs.link(pdf, Dictionary(S=Name.GoTo, D=Array([pdf.pages[0].obj, Name.Fit]), Next=_script()))


def _launch(pdf: Pdf) -> None:
    pdfs.link(pdf, Dictionary(S=Name.Launch, F=WORDS))


def _launch_in_outline(pdf: Pdf) -> None:
    item = pdf.make_indirect(Dictionary(Title=String("a"), A=Dictionary(S=Name.Launch, F=WORDS)))
    pdf.Root.Outlines = pdf.make_indirect(Dictionary(First=item, Last=item, Count=1))
    item.Parent = pdf.Root.Outlines


def _script_address(pdf: Pdf) -> None:
    pdfs.link(pdf, Dictionary(S=Name.URI, URI=String("javascript:" + CANARY.decode())))


def _file_address(pdf: Pdf) -> None:
    pdfs.link(pdf, Dictionary(S=Name.URI, URI=String(r"\\192.0.2.1\share\a.exe")))


def _other_file(pdf: Pdf) -> None:
    pdfs.link(pdf, Dictionary(S=Name.GoToR, F=String("//192.0.2.1/a.pdf"), D=Array([0, Name.Fit])))


def _sends(pdf: Pdf) -> None:
    action = Dictionary(S=Name.SubmitForm, F=Dictionary(FS=Name.URL, F=String("http://192.0.2.1/")))
    pdfs.link(pdf, action)


def _attached(pdf: Pdf) -> None:
    pdf.attachments["a.exe"] = CANARY


def _attached_note(pdf: Pdf) -> None:
    content = pdf.make_stream(CANARY)
    file = Dictionary(Type=Name.Filespec, F=String("a.exe"), EF=Dictionary(F=content))
    note = Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, Rect=Array([0, 0, 9, 9]), FS=file)
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(note)])


def _rich_media(pdf: Pdf) -> None:
    note = Dictionary(
        Type=Name.Annot,
        Subtype=Name.RichMedia,
        Rect=Array([0, 0, 9, 9]),
        RichMediaContent=Dictionary(A=WORDS),
    )
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(note)])


def _xfa(pdf: Pdf) -> None:
    pdf.Root.AcroForm = Dictionary(Fields=Array([]), XFA=pdf.make_stream(b"<xdp>" + CANARY + b"</xdp>"))


def _xfa_alone(pdf: Pdf) -> None:
    _xfa(pdf)
    pdf.Root.NeedsRendering = True


def _stream_elsewhere(pdf: Pdf) -> None:
    pdf.pages[0].obj.Contents.stream_dict["/F"] = String("//192.0.2.1/a")


def _printer_program(pdf: Pdf) -> None:
    program = pdf.make_stream(CANARY, Type=Name.XObject, Subtype=Name.PS)
    pdf.pages[0].obj.Resources.XObject = Dictionary(X=program)


def _unused_object() -> bytes:
    data = pdfs.written(pdfs.blank(), object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return data.replace(b"xref\n", b"99 0 obj\n(" + CANARY + b")\nendobj\nxref\n", 1)


def _signed_and_active() -> bytes:
    pdf = pdfs.blank()
    _opens_script(pdf)
    return pdfs.sign(pdf)


def _changed_after_signing() -> bytes:
    """A script in a revision after the signature, which a viewer may not warn of."""
    data = pdfs.signed()
    last = int(data.rpartition(b"startxref")[2].split()[0])
    with pikepdf.open(BytesIO(data)) as pdf:
        root = pdf.Root.objgen[0]
        pages, size = pdf.Root.Pages.objgen[0], len(pdf.objects) + 1
    start = len(data)
    body = f"{root} 0 obj\n<< /Type /Catalog /Pages {pages} 0 R /OpenAction << /S /JavaScript /JS (x) >>"
    body += " /AcroForm << /Fields [] /X << /ByteRange [0 1 2 3] /Contents <00> >> >> >>\nendobj\n"
    index = (
        f"xref\n{root} 1\n{start:010} 00000 n \ntrailer\n<< /Size {size} /Root {root} 0 R /Prev {last} >>\n"
    )
    return data + (body + index + f"startxref\n{start + len(body)}\n%%EOF\n").encode()


def _locked(**who: str) -> Callable[[], bytes]:
    return lambda: pdfs.written(pdfs.blank(), encryption=pikepdf.Encryption(**who))


def _endless_pages(pdf: Pdf) -> None:
    tree = pdf.Root.Pages
    tree.Kids = Array([tree])


def _zip_as_picture(pdf: Pdf) -> None:
    """A package stored whole in the place of a photograph, whose bytes no program would touch."""
    photo = pdf.make_stream(
        packed({"a.js": CANARY}), Type=Name.XObject, Subtype=Name.Image, Filter=Name.DCTDecode
    )
    pdf.pages[0].obj.Resources.XObject = Dictionary(X=photo)


def _nested_arrays() -> bytes:
    deep = b"[" * 3000 + b"]" * 3000
    return pdfs.written(pdfs.blank()).replace(b"/Type /Catalog", b"/Type /Catalog /X " + deep, 1)


C = (CANARY,)
ELSEWHERE = (b"192.0.2.1",)
CASES: list[tuple[Any, ...]] = [
    ("script", "a.pdf", _with(_opens_script), None, False, (Removed.SCRIPT,), C),
    ("script", "a.pdf", _with(_script_in_stream), None, False, (Removed.SCRIPT,), C),
    ("script", "a.pdf", _with(_script_by_name), None, False, (Removed.SCRIPT,), C),
    ("script", "a.pdf", _with(_on_closing), None, False, (Removed.ACTION,), C),
    ("script", "a.pdf", _with(_behind_a_link), None, False, (Removed.SCRIPT,), C),
    ("script", "a.pdf", _with(_printer_program), None, False, (Removed.SCRIPT,), C),
    ("leads away", "a.pdf", _with(_launch), None, False, (Removed.LINK,), C),
    ("leads away", "a.pdf", _with(_launch_in_outline), None, False, (Removed.LINK,), C),
    ("leads away", "a.pdf", _with(_script_address), None, False, (Removed.LINK,), C),
    ("leads away", "a.pdf", _with(_file_address), None, False, (Removed.LINK,), ELSEWHERE),
    ("leads away", "a.pdf", _with(_other_file), None, False, (Removed.LINK,), ELSEWHERE),
    ("leads away", "a.pdf", _with(_sends), None, False, (Removed.FORM,), ELSEWHERE),
    ("leads away", "a.pdf", _with(_stream_elsewhere), None, False, (Removed.OUTSIDE,), ELSEWHERE),
    ("carries", "a.pdf", _with(_attached), None, False, (Removed.ATTACHMENT,), C),
    ("carries", "a.pdf", _with(_attached_note), None, False, (Removed.ATTACHMENT,), C),
    ("carries", "a.pdf", _with(_rich_media), None, False, (Removed.MEDIA,), C),
    ("carries", "a.pdf", _with(_xfa), None, False, (Removed.FORM,), C),
    ("carries", "a.pdf", _with(_xfa_alone), "Please wait"),
    ("carries", "a.pdf", _unused_object, None, False, (), C),
    ("signed", "a.pdf", _signed_and_active, "chữ ký số"),
    ("signed", "a.pdf", _changed_after_signing, "chữ ký số"),
    ("signed", "a.pdf", lambda: pdfs.signed() + packed({"a.js": CANARY}), "giấu một tệp thứ hai"),
    ("signed", "a.pdf", lambda: pdfs.signed() + b"<script>1</script>", "giấu một tệp thứ hai"),
    ("password", "a.pdf", _locked(owner="a", user="b"), "mật khẩu"),
    ("password", "a.pdf", _locked(owner="a", user=""), "mật khẩu"),
    ("two files in one", "a.pdf", lambda: b"MZ" + b"\0" * 40 + pdfs.printed(), "giấu một tệp thứ hai"),
    ("two files in one", "a.pdf", lambda: b"<script>1</script>" + pdfs.printed(), "giấu một tệp thứ hai"),
    ("two files in one", "a.pdf", lambda: pdfs.printed() + packed({"a.js": CANARY}), None, False, (), C),
    ("two files in one", "a.pdf", _with(_zip_as_picture), "giấu một tệp thứ hai"),
    ("broken", "a.pdf", lambda: b"%PDF-1.7\n" + CANARY, "hỏng hoặc thiếu"),
    ("broken", "a.pdf", _with(_endless_pages), "hỏng hoặc thiếu"),
    ("broken", "a.pdf", lambda: pdfs.printed()[:300], "hỏng hoặc thiếu"),
    ("broken", "a.pdf", _nested_arrays, "hỏng hoặc thiếu"),
]  # fmt: skip
