"""PDFs for tests: ordinary ones, and ones that do something."""

from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any

import pikepdf
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import Image as Pillow

A4 = Array([0, 0, 595, 842])
ROOM = 8192  # for a signature, in hexadecimal


def written(pdf: Pdf, **how: Any) -> bytes:
    out = BytesIO()
    pdf.save(out, **how)
    return out.getvalue()


def blank(words: str = "QUYET DINH") -> Pdf:
    """One page of text in a font every program has."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(595, 842))
    font = pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    page.obj.Resources = Dictionary(Font=Dictionary(F1=font))
    page.obj.Contents = pdf.make_stream(f"BT /F1 24 Tf 72 720 Td ({words}) Tj ET".encode())
    return pdf


def scan(pages: int) -> bytes:
    made = [Pillow.linear_gradient("L").resize((1240, 1754)) for _ in range(pages)]
    out = BytesIO()
    made[0].save(out, "PDF", save_all=True, append_images=made[1:])
    return out.getvalue()


def printed() -> bytes:
    pdf = blank()
    pdf.docinfo["/Title"] = "Quyết định"
    pdf.Root.MarkInfo, pdf.Root.Lang = Dictionary(Marked=True), String("vi-VN")
    pdf.Root.OpenAction = Array([pdf.pages[0].obj, Name.Fit])
    return written(pdf, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def link(pdf: Pdf, action: Dictionary) -> None:
    """Put a place to click on the first page."""
    note = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([72, 700, 200, 730]), A=action)
    pdf.pages[0].obj.Annots = Array([*pdf.pages[0].obj.get("/Annots", []), pdf.make_indirect(note)])


def with_links() -> bytes:
    pdf = blank()
    link(pdf, Dictionary(S=Name.URI, URI=String("https://dichvucong.gov.vn/")))
    link(pdf, Dictionary(S=Name.URI, URI=String("mailto:vanthu@badinh.hanoi.gov.vn")))
    link(pdf, Dictionary(S=Name.GoTo, D=Array([pdf.pages[0].obj, Name.Fit])))
    with pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem("Phần một", 0))
    return written(pdf)


def form() -> bytes:
    pdf = blank()
    field = pdf.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Tx,
            T=String("ho_ten"),
            Rect=Array([72, 600, 300, 620]),
        )
    )
    pdf.pages[0].obj.Annots = Array([field])
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]), NeedAppearances=True)
    return written(pdf)


def without_index() -> bytes:
    """The table at the end is wrong, as old scanners write it; every program mends it silently."""
    return scan(1).replace(b"startxref\n", b"startxref\n9", 1)


@cache
def _signer() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "UBND phường thử")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(9)
    )
    return key, made.sign(key, hashes.SHA256())


def with_field_to_sign(pdf: Pdf, name: str = "Signature1") -> None:
    value = pdf.make_indirect(
        Dictionary(
            Type=Name.Sig, Filter=Name("/Adobe.PPKLite"), SubFilter=Name("/adbe.pkcs7.detached"),
            ByteRange=Array([0, 1_111_111_111, 1_222_222_222, 1_333_333_333]), Contents=String(b"\0" * (ROOM // 2)),
        )
    )  # fmt: skip
    field = pdf.make_indirect(
        Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, T=String(name), V=value,
            Rect=Array([300, 100, 500, 160]), P=pdf.pages[0].obj,
        )
    )  # fmt: skip
    pdf.pages[0].obj.Annots = Array([*pdf.pages[0].obj.get("/Annots", []), field])
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]), SigFlags=3)


def sign(pdf: Pdf) -> bytes:
    """Return it with a real signature (PKCS #7, detached) over everything but the signature itself."""
    with_field_to_sign(pdf)
    return _filled(written(pdf, object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False))


def _filled(data: bytes) -> bytes:
    start = data.index(b"<" + b"0" * 64)
    end = data.index(b">", start) + 1
    old = b"[ 0 1111111111 1222222222 1333333333 ]"
    at = data.index(old)
    new = f"[ 0 {start} {end} {len(data) - end} ]".encode().ljust(len(old))
    data = data[:at] + new + data[at + len(old) :]
    key, certificate = _signer()
    builder = pkcs7.PKCS7SignatureBuilder().set_data(data[:start] + data[end:])
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
    made = builder.add_signer(certificate, key, hashes.SHA256()).sign(serialization.Encoding.DER, options)
    filled = made.hex().encode().ljust(end - start - 2, b"0")
    return data[: start + 1] + filled + data[end - 1 :]


def signed(*, twice: bool = False) -> bytes:
    """Signed; ``twice``: with something added after the signature, as a second signer's program does."""
    data = sign(blank())
    return data + _added(data) if twice else data


def _added(data: bytes) -> bytes:
    """One more revision, in the old way: an object, its index, the end again."""
    last = int(data.rpartition(b"startxref")[2].split()[0])
    with pikepdf.open(BytesIO(data)) as pdf:
        size, root = len(pdf.objects) + 1, pdf.Root.objgen[0]
    start = len(data)
    added = f"{size} 0 obj\n<< /Note (second) >>\nendobj\n".encode()
    index = f"xref\n{size} 1\n{start:010} 00000 n \ntrailer\n<< /Size {size + 1} /Root {root} 0 R /Prev {last} >>\n"
    return added + index.encode() + f"startxref\n{start + len(added)}\n%%EOF\n".encode()
