"""The page of limits says what limits.toml does."""

from pathlib import Path

from django.utils.translation import override

from conglang.portal.content.files.examination.limits import BYTES, OFFICE, PDF, PICTURE, PROCESS, TEXT
from conglang.portal.content.files.words import TAKEN

MIB = 1 << 20
PAGES = Path(__file__).resolve().parents[6] / "docs"


def _numbers() -> list[str]:
    return [
        f"{BYTES.picture // MIB} MiB, {PICTURE.pixels // 10**6} million pixels, {PICTURE.side:,} px",
        f"{BYTES.pdf // MIB} MiB, {PDF.pages:,} pages, {PDF.objects:,} objects",
        f"{BYTES.office // MIB} MiB; {OFFICE.entries:,} parts, {OFFICE.unpacked // MIB} MiB unpacked",
        f"{OFFICE.entry // MIB} MiB one part, {OFFICE.ratio} times",
        f"{OFFICE.depth} deep; XML {OFFICE.nesting} deep, {OFFICE.elements:,} elements",
        f"{BYTES.text // MIB} MiB, {TEXT.line:,} characters",
        f"{PROCESS.processor_seconds} s of processor, {PROCESS.seconds} s on the clock, {PROCESS.memory >> 30} GiB; "
        f"{PROCESS.at_once} at once, others wait {PROCESS.waiting_seconds} s",
        f"At most {PICTURE.kept_side:,} px",
    ]


def test_reference_names_every_limit() -> None:
    page = (PAGES / "reference" / "uploads.md").read_text("utf-8")

    assert [number for number in _numbers() if number not in page] == []


def test_upload_screens_name_the_sizes() -> None:
    with override("en"):
        told = " ".join(str(one) for one in TAKEN.values())
    sizes = [f"{vars(BYTES)[name] // MIB} MB" for name in ("picture", "pdf", "office", "text")]
    sizes.append(f"{PICTURE.pixels // 10**6} million pixels")

    assert [size for size in sizes if size not in told] == []


def test_page_for_officers_names_the_sizes() -> None:
    page = (PAGES / "how-to" / "upload-files.md").read_text("utf-8")
    sizes = [f"{vars(BYTES)[name] // MIB} MB" for name in ("picture", "pdf", "office", "text")]

    assert [size for size in sizes if size not in page] == []
