"""Every screen of the desk that takes a file answers for it: taken in a safe form, or refused in words that help.

The files come from the tests of ``files``, where each is examined by itself; here they go through the real screens.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image as Pillow
from wagtail.models import UploadedFile

from conglang.portal.content.editorial.models import DeskGroup
from conglang.portal.content.files.models import Document, Image
from conglang.portal.content.files.tests import hostile, ordinary
from conglang.portal.content.files.tests.hostile import CASES, Case

from .conftest import Desk

PEOPLE = ["author", "centre", "admin"]
PICTURE_WORDS = {"title": "Ảnh", "alt_text": "Dải màu", "origin": "Tự chụp", "licence": "own"}
SCREENS = {
    "wagtailimages:add": ("file", "", PICTURE_WORDS),
    "wagtailimages_chooser:create": ("image-chooser-upload-file", "image-chooser-upload-", PICTURE_WORDS),
    "wagtailimages:add_multiple": ("files[]", "", {}),
    "wagtaildocs:add": ("file", "", {"title": "Tệp"}),
    "wagtaildocs_chooser:create": (
        "document-chooser-upload-file",
        "document-chooser-upload-",
        {"title": "Tệp"},
    ),
    "wagtaildocs:add_multiple": ("files[]", "", {"title": "Tệp"}),
}
OF_PICTURES = [name for name in SCREENS if "images" in name]
OF_DOCUMENTS = [name for name in SCREENS if "docs" in name]


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.MEDIA_ROOT = settings.DATA = tmp_path
    yield tmp_path


def collection(desk: Desk, who: str) -> int:
    key = "site:badinh" if who == "author" else "site:hanoi"
    return int(DeskGroup.objects.get(key=key).collection_id)


def send(client: Client, screen: str, name: str, data: bytes, collection_id: int) -> str:
    """Upload at one screen as a browser would; return what the person then reads."""
    field, prefix, words = SCREENS[screen]
    values = {f"{prefix}{key}": value for key, value in {**words, "collection": collection_id}.items()}
    values[field] = SimpleUploadedFile(name, data, content_type="application/octet-stream")
    answer = client.post(reverse(screen), values, headers={"x-requested-with": "XMLHttpRequest"}, follow=True)
    assert answer.status_code == 200, answer.status_code
    text = answer.content.decode()
    if "json" in answer["content-type"]:
        return json.dumps(json.loads(text), ensure_ascii=False)
    return text


def stored(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def some(picture: bool, families: int) -> list[Case]:
    """One refused case of each of the first families."""
    found: dict[str, Case] = {}
    for case in CASES:
        if case.picture is picture and case.says:
            found.setdefault(case.family, case)
    return list(found.values())[:families]


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("screen", SCREENS)
def test_hostile_file_is_refused_in_vietnamese_and_nothing_is_stored(
    desk: Desk, at_desk: Any, own_folder: Path, who: str, screen: str
) -> None:
    client, place = at_desk(who), collection(desk, who)
    cases = some(screen in OF_PICTURES, families=9)
    assert len(cases) >= 5
    for case in cases[PEOPLE.index(who) :: len(PEOPLE)]:
        text = send(client, screen, case.name, case.build(), place)
        assert case.says and case.says in text, (case.family, text[:400])

    assert not Image.objects.exists() and not Document.objects.exists() and not UploadedFile.objects.exists()
    assert stored(own_folder) == b""


def test_refusal_is_one_sentence_with_no_second_in_another_language(desk: Desk, at_desk: Any) -> None:
    case = next(case for case in CASES if case.family == "macro")

    text = send(
        at_desk("author"), "wagtaildocs:add_multiple", case.name, case.build(), collection(desk, "author")
    )

    assert json.loads(text)["error_message"].startswith("Tệp có macro") and "Allowed extensions" not in text


@pytest.mark.parametrize("screen", OF_DOCUMENTS)
def test_document_is_stored_without_its_sting_and_under_no_name_of_its_own(
    desk: Desk, at_desk: Any, own_folder: Path, screen: str
) -> None:
    case = next(case for case in CASES if case.family == "PDF: script")

    send(at_desk("author"), screen, "../Quyết\u202e định.pdf.exe", case.build(), collection(desk, "author"))

    document = Document.objects.get()
    assert hostile.CANARY not in stored(own_folder)
    assert document.filename == "Quyết định.pdf" and document.treated == "script"
    assert document.file.name.startswith("documents/") and "uy" not in document.file.name
    assert document.office == desk.sites["badinh"].office


@pytest.mark.parametrize("screen", OF_PICTURES)
def test_picture_is_stored_as_pixels_alone(desk: Desk, at_desk: Any, own_folder: Path, screen: str) -> None:
    data = hostile.exif_with(hostile.CANARY.decode()) + hostile.SCRIPT
    client = at_desk("author")

    text = send(client, screen, "Ảnh lễ.jpg", data, collection(desk, "author"))
    if screen == "wagtailimages:add_multiple":
        finish(client, text)

    image = Image.objects.get()
    assert hostile.CANARY not in stored(own_folder) and b"<script" not in stored(own_folder)
    assert (image.width, image.height) == (640, 480) and image.file.name.startswith("pictures/")
    assert Pillow.open(image.file.path).format == "JPEG"


def finish(client: Client, _text: str) -> None:
    """Say of a picture that waits what it shows, as the second step of the screen for many."""
    upload = UploadedFile.objects.get()
    assert hostile.CANARY not in upload.file.read()
    prefix = f"uploaded-image-{upload.pk}-"
    place = DeskGroup.objects.get(key="site:badinh").collection_id
    values = {prefix + key: value for key, value in {**PICTURE_WORDS, "collection": place}.items()}
    url = reverse("wagtailimages:create_multiple_from_uploaded_image", args=[upload.pk])
    answer = client.post(url, values, headers={"x-requested-with": "XMLHttpRequest"})
    assert json.loads(answer.content)["success"], answer.content


def test_picture_that_waited_for_its_words_is_not_written_anew_a_second_time(
    desk: Desk, at_desk: Any, own_folder: Path
) -> None:
    client = at_desk("author")
    send(
        client,
        "wagtailimages:add_multiple",
        *ordinary.PICTURES["photo held upright"](),
        collection(desk, "author"),
    )
    waiting = UploadedFile.objects.get().file.read()

    finish(client, "")

    assert Path(Image.objects.get().file.path).read_bytes() == waiting


@pytest.mark.parametrize("kind", ["images", "docs"])
def test_file_of_a_stored_object_cannot_be_exchanged_and_stays(
    desk: Desk, at_desk: Any, own_folder: Path, kind: str
) -> None:
    client, place = at_desk("author"), collection(desk, "author")
    made = ordinary.PICTURES["PNG in 16 bits"] if kind == "images" else ordinary.DOCUMENTS["signed PDF"]
    send(client, f"wagtail{kind}:add", *made(), place)
    stored_one = (Image if kind == "images" else Document).objects.get()
    before = Path(stored_one.file.path).read_bytes()

    url = reverse(f"wagtail{kind}:edit", args=[stored_one.pk])
    assert 'type="file"' not in client.get(url).content.decode()
    other = SimpleUploadedFile("khac.pdf", hostile.EXECUTABLE)
    answer = client.post(url, {**PICTURE_WORDS, "title": "Tên mới", "collection": place, "file": other})

    assert answer.status_code == 302
    stored_one.refresh_from_db()
    assert stored_one.title == "Tên mới" and Path(stored_one.file.path).read_bytes() == before


def test_officer_is_told_what_was_left_out(desk: Desk, at_desk: Any, own_folder: Path) -> None:
    case = next(case for case in CASES if case.family == "PDF: carries")
    client = at_desk("author")
    send(client, "wagtaildocs:add", case.name, case.build(), collection(desk, "author"))

    text = client.get(reverse("wagtaildocs:edit", args=[Document.objects.get().pk])).content.decode()

    assert "đã bỏ khỏi tệp: tệp đính kèm bên trong" in text


def test_limit_is_said_before_the_file_is_sent(desk: Desk, at_desk: Any) -> None:
    text = at_desk("author").get(reverse("wagtailimages:add")).content.decode()

    assert "tối đa 20 MB và 64 triệu điểm ảnh" in text


def test_portrait_of_a_person_is_no_second_way_in(desk: Desk, at_desk: Any, own_folder: Path) -> None:
    client, url = at_desk("author"), reverse("wagtailadmin_account")
    page = client.get(url).content.decode()

    client.post(url, {"avatar-avatar": SimpleUploadedFile("a.png", hostile.png())})

    assert 'type="file"' not in page and 'name="locale-preferred_language"' in page
    assert stored(own_folder) == b""


def test_nobody_uploads_by_an_interface_for_programs(desk: Desk, at_desk: Any) -> None:
    client = at_desk("author")
    for url in ("/api/", "/api/v2/images/", "/api/v2/documents/", "/api/v3/", "/admin/api/main/images/"):
        assert client.get(url).status_code == 404
    for name in ("images", "documents"):
        url = reverse(f"wagtailadmin_api:{name}:listing")
        assert client.post(url, {"file": SimpleUploadedFile("a.pdf", b"%PDF-")}).status_code in (404, 405)
