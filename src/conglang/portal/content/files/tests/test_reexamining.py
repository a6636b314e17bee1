"""What is stored is looked at again, and a file found unsafe is taken from readers, not from those who must answer."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django.utils.translation import override

from conglang.portal.content.files import reexamining
from conglang.portal.content.files.actions import add_image
from conglang.portal.content.files.models import Document, Image
from conglang.portal.content.files.scanning import Scanner
from conglang.portal.content.pages.queries.media import documents, images
from conglang.portal.identity.audit.models import Entry
from conglang.portal.identity.units.models import Office

from . import hostile_pdf, made
from .test_files import office, photo  # noqa: F401  a fixture


@pytest.fixture
def stored(office: Office, settings: Any, tmp_path: Path) -> dict[str, Any]:  # noqa: F811
    settings.MEDIA_ROOT = tmp_path
    document = Document(title="Quyết định", office=office)
    document.file.save("a.pdf", made.pdf_file("Quyết định.pdf"), save=False)
    document.save()
    image = add_image(photo(600, 300), "a.jpg", office=office, title="A", alt_text="A", origin="A")
    return {"document": document, "image": image}


def spoil(file: Any, data: bytes) -> None:
    """Put other bytes where the file lies, as an older version of the product would have stored them."""
    Path(file.file.path).write_bytes(data)
    type(file).objects.filter(pk=file.pk).update(examined_edition=0)


def run(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    with override("vi"):
        try:
            call_command("examine_files", *options)
        except CommandError as told:
            return capsys.readouterr().out + str(told)
    return capsys.readouterr().out


def test_new_file_is_not_looked_at_again_before_its_time(stored: Any, capsys: Any) -> None:
    assert "Mọi tệp đều đạt" in run(capsys)
    assert "2/2" not in run(capsys) and "2/2" in run(capsys, "--days", "0")


def test_unsafe_file_is_named_and_stays_public_until_somebody_says_otherwise(
    stored: Any, capsys: Any
) -> None:
    document = stored["document"]
    spoil(document, hostile_pdf._with(hostile_pdf._opens_script)())

    told = run(capsys)

    assert (
        "UBND phường Lúa: «Quyết định» (Quyết định.pdf" in told
        and "mã lệnh" in told
        and "1 tệp không đạt" in told
    )
    assert document.pk in documents([document.pk])


@pytest.mark.parametrize("what", ["document", "image"])
def test_unsafe_file_is_withheld_from_readers_and_comes_back_when_it_is_well(
    stored: Any,
    capsys: Any,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    touched: list[str] = []
    monkeypatch.setattr(reexamining, "touch", touched.extend)
    file, query = stored[what], {"document": documents, "image": images}[what]
    good = Path(file.file.path).read_bytes()
    spoil(file, b"MZ\x90\0 a program")

    assert "chương trình" in run(capsys, "--withhold")
    assert query([file.pk]) == {} and touched == [f"{what}:{file.uuid}"]
    assert Entry.objects.filter(kind="file-changed", thing_id=str(file.uuid)).count() == 1

    spoil(file, good)
    run(capsys, "--withhold")
    assert file.pk in query([file.pk]) and len(touched) == 2


def test_command_that_was_stopped_goes_on_where_it_was(
    stored: Any, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    Document.objects.update(examined_edition=0)
    Image.objects.update(examined_edition=0)
    looked, real = [], reexamining.as_sent

    def stops_at_the_second(data: bytes, name: str, *, picture: bool) -> Any:
        if looked:
            raise KeyboardInterrupt
        looked.append(name)
        return real(data, name, picture=picture)

    monkeypatch.setattr(reexamining, "as_sent", stops_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        run(capsys)
    monkeypatch.setattr(reexamining, "as_sent", real)

    assert [type(file) for file in reexamining.waiting(before=timezone.now().replace(year=2000))] == [Image]
    assert "1/1" in run(capsys)


def test_scanner_that_is_away_judges_nothing(stored: Any, capsys: Any, settings: Any) -> None:
    settings.UPLOAD_SCANNER = Scanner.parse("unix:/khong/co")
    Document.objects.update(examined_edition=0)

    assert "không trả lời" in run(capsys, "--withhold")
    assert Document.objects.filter(examined_edition=0, withheld="").count() == 1


def test_file_that_is_no_longer_there_is_named(stored: Any, capsys: Any) -> None:
    Path(stored["document"].file.path).unlink()
    Document.objects.update(examined_edition=0)

    assert "khôi phục từ bản sao lưu" in run(capsys)
