"""What a file is, told from its bytes; its name and what the browser says of it have no say.

``recognise`` looks only at what cannot be meant otherwise; whoever examines that kind then parses the whole.
"""

import re
import zipfile
from io import BytesIO

from .verdicts import Kind, Reason, Refused

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
MARKUP = re.compile(
    rb"^\s*(?:<!--.*?-->\s*)*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*(?:<!doctype[^>]*>\s*)?<\s*([a-z][\w:.-]*)",
    re.S,
)
HTML = re.compile(rb"<\s*(?:html|head|body|script|iframe|!doctype\s+html|meta|title)\b", re.I)

# Old Office files are folders within a file; the names of their parts are in UTF-16.
_OLD_PARTS = (
    ("EncryptedPackage", None),
    ("WordDocument", ("Word", "docx")),
    ("Workbook", ("Excel", "xlsx")),
    ("Book", ("Excel", "xlsx")),
    ("PowerPoint Document", ("PowerPoint", "pptx")),
)
_HEADS: tuple[tuple[bytes, Reason], ...] = (
    (b"MZ", Reason.PROGRAM), (b"\x7fELF", Reason.PROGRAM), (b"#!", Reason.PROGRAM),
    (b"\xca\xfe\xba\xbe", Reason.PROGRAM),
    (b"L\x00\x00\x00\x01\x14\x02\x00", Reason.PROGRAM),  # a Windows shortcut
    (b"Rar!", Reason.ARCHIVE), (b"7z\xbc\xaf\x27\x1c", Reason.ARCHIVE), (b"\x1f\x8b", Reason.ARCHIVE),
    (b"BZh", Reason.ARCHIVE), (b"\xfd7zXZ", Reason.ARCHIVE), (b"MSCF", Reason.ARCHIVE),
    (b"II*\x00", Reason.OTHER_PICTURE), (b"MM\x00*", Reason.OTHER_PICTURE), (b"BM", Reason.OTHER_PICTURE),
    (b"8BPS", Reason.OTHER_PICTURE), (b"\x00\x00\x01\x00", Reason.OTHER_PICTURE),
    (b"\x00\x00\x00\x0cjP  ", Reason.OTHER_PICTURE),
    (b"\x1aE\xdf\xa3", Reason.VIDEO), (b"FLV", Reason.VIDEO), (b"\x00\x00\x01\xba", Reason.VIDEO),
    (b"0&\xb2u\x8ef\xcf\x11", Reason.VIDEO),
    (b"ID3", Reason.SOUND), (b"OggS", Reason.SOUND), (b"fLaC", Reason.SOUND), (b"\xff\xfb", Reason.SOUND),
    (b"{\\rtf", Reason.RICH_TEXT),
)  # fmt: skip
_BRANDS: dict[bytes, Kind | Reason] = {
    b"avif": Kind.AVIF, b"avis": Kind.AVIF,
    b"heic": Reason.PHONE_PICTURE, b"heix": Reason.PHONE_PICTURE, b"hevc": Reason.PHONE_PICTURE,
    b"mif1": Reason.PHONE_PICTURE, b"msf1": Reason.PHONE_PICTURE,
}  # fmt: skip


def recognise(data: bytes, name: str = "") -> Kind:
    """Return what the bytes are. Refused for everything the network does not take, with the reason for this kind."""
    for look in (_empty, _picture, _container, _head, _zip, _old_office, _markup):
        if kind := look(data):
            return kind
    return _text(data, name)


def _empty(data: bytes) -> Kind | None:
    if not data.strip(b"\0\t\r\n "):
        raise Refused(Reason.EMPTY)
    return None


def _picture(data: bytes) -> Kind | None:
    if data.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return Kind.GIF
    return None


def _container(data: bytes) -> Kind | None:
    """RIFF and the family of MP4 say inside what they are."""
    if data[:4] == b"RIFF":
        if data[8:12] == b"WEBP":
            return Kind.WEBP
        raise Refused(Reason.SOUND if data[8:12] == b"WAVE" else Reason.VIDEO)
    if data[4:8] == b"ftyp":
        found: Kind | Reason = _BRANDS.get(data[8:12], Reason.VIDEO)
        if found is Reason.PHONE_PICTURE and b"avif" in data[16:48]:
            found = Kind.AVIF
        if isinstance(found, Reason):
            raise Refused(Reason.SOUND if data[8:11] == b"M4A" else found)
        return found
    return None


def _head(data: bytes) -> Kind | None:
    if data.startswith(b"%PDF-"):
        return Kind.PDF
    if b"%PDF-" in data[:1024]:
        raise Refused(Reason.TWO_FILES_IN_ONE)
    for head, reason in _HEADS:
        if data.startswith(head) and not (head.isalnum() and _reads_as_text(data)):
            raise Refused(reason)
    return None


def _reads_as_text(data: bytes) -> bool:
    """«BM 01/2026» begins like a bitmap, and is a line of text."""
    return not _controls(data[:1024])


def _zip(data: bytes) -> Kind | None:
    if not data.startswith(b"PK"):
        return None
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            names = set(package.namelist())
            return _open_document(package) if "mimetype" in names else _office(names)
    except (
        zipfile.BadZipFile,
        EOFError,
        ValueError,
        NotImplementedError,
        OSError,
        UnicodeDecodeError,
    ) as trouble:
        raise Refused(Reason.DAMAGED) from trouble


def _open_document(package: zipfile.ZipFile) -> Kind:
    entry = package.getinfo("mimetype")
    if entry.file_size > 200 or entry.flag_bits & 1:
        raise Refused(Reason.ODD_PACKAGE)
    stated = package.read(entry).decode("ascii", "replace").strip()
    family = "application/vnd.oasis.opendocument."
    kinds = {f"{family}text": Kind.ODT, f"{family}spreadsheet": Kind.ODS, f"{family}presentation": Kind.ODP}
    if stated in kinds:
        return kinds[stated]
    raise Refused(Reason.OTHER_OFFICE if stated.startswith(family) else Reason.ARCHIVE)


def _office(names: set[str]) -> Kind:
    if "[Content_Types].xml" not in names:
        raise Refused(Reason.PROGRAM if "META-INF/MANIFEST.MF" in names else Reason.ARCHIVE)
    parts = {"word/": Kind.DOCX, "xl/": Kind.XLSX, "ppt/": Kind.PPTX}
    found = [kind for folder, kind in parts.items() if any(name.startswith(folder) for name in names)]
    if len(found) != 1:
        raise Refused(Reason.OTHER_OFFICE)
    return found[0]


def _old_office(data: bytes) -> Kind | None:
    if not data.startswith(OLE):
        return None
    for part, told in _OLD_PARTS:
        if part.encode("utf-16-le") in data:
            if told is None:
                raise Refused(Reason.PASSWORD)
            raise Refused(Reason.OLD_OFFICE, program=told[0], extension=told[1])
    raise Refused(Reason.UNKNOWN)


def _markup(data: bytes) -> Kind | None:
    text = _plain(data)
    if (found := MARKUP.match(text[:65536].lower())) is not None:
        raise Refused(Reason.VECTOR if found[1].rpartition(b":")[2] == b"svg" else Reason.WEB_PAGE)
    if HTML.search(text[:4096]):
        raise Refused(Reason.WEB_PAGE)
    return None


def _plain(data: bytes) -> bytes:
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if data.startswith(mark):
            return data[:131072].decode(encoding, "replace").encode()
    return data


def _text(data: bytes, name: str) -> Kind:
    """Text has no mark of its own: here alone the name says which of the two it is, and nothing hangs on that."""
    plain = _plain(data)
    if b"\0" in plain[:65536] or _controls(plain[:65536]):
        raise Refused(Reason.UNKNOWN)
    return Kind.CSV if name.lower().endswith(".csv") else Kind.TXT


def _controls(data: bytes) -> bool:
    return any(byte < 32 and byte not in b"\t\r\n\f" for byte in data)
