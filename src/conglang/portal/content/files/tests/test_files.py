import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from PIL import Image as Pillow
from procrastinate.contrib.django import app as procrastinate
from procrastinate.contrib.django.models import ProcrastinateJob

from conglang.portal.content.files import rules
from conglang.portal.content.files.actions import add_image, make_derivatives
from conglang.portal.content.files.models import Document, Image
from conglang.portal.content.files.tests.made import pdf_file
from conglang.portal.identity.accounts.models import RoleHolding, User
from conglang.portal.identity.units.models import Office, Unit
from conglang.portal.identity.units.rules import UnitCode
from conglang.portal.publishing.rendering.shelving import store
from conglang.wire.paths import check_path


@pytest.fixture
def office(db: None) -> Office:
    unit = Unit.objects.create(
        code=UnitCode("nso-2025", "90001"),
        name="Lúa",
        type="phường",
        level="commune",
        recorded_from="2025-07-01",
    )
    return Office.objects.create(unit=unit, kind="peoples-committee", name="UBND phường Lúa", key="lua-ubnd")


def photo(width: int = 2000, height: int = 1000, **save: object) -> bytes:
    out = io.BytesIO()
    Pillow.linear_gradient("L").resize((width, height)).convert("RGB").save(out, "JPEG", **save)
    return out.getvalue()


def add(office: Office, data: bytes) -> Image:
    return add_image(data, "anh.jpg", office=office, title="Ảnh", alt_text="Dải màu", origin="Tự vẽ")


def test_picture_gets_three_widths_and_a_plain_one(office: Office) -> None:
    image = add(office, photo())

    made = sorted(image.derivatives.values_list("extension", "width", "height"))
    assert made == [("jpg", 960, 480), ("webp", 480, 240), ("webp", 960, 480), ("webp", 1440, 720)]
    for derivative in image.derivatives.all():
        picture = Pillow.open(io.BytesIO(store().read(derivative.digest)))
        assert picture.size == (derivative.width, derivative.height)


def test_small_picture_is_not_enlarged(office: Office) -> None:
    image = add(office, photo(600, 300))

    assert sorted(image.derivatives.values_list("extension", "width")) == [
        ("jpg", 600),
        ("webp", 480),
        ("webp", 600),
    ]


def test_same_picture_gives_the_same_bytes(office: Office) -> None:
    one, two = add(office, photo()), add(office, photo())

    digests = [set(image.derivatives.values_list("digest", flat=True)) for image in (one, two)]
    assert digests[0] == digests[1]
    assert make_derivatives(one) == []


def test_where_a_photograph_was_taken_is_left_out(office: Office) -> None:
    exif = Pillow.Exif()
    exif[0x010E] = "CANARY"  # ImageDescription
    image = add(office, photo(exif=exif))

    for derivative in image.derivatives.all():
        data = store().read(derivative.digest)
        assert b"CANARY" not in data
        assert not Pillow.open(io.BytesIO(data)).getexif()


def test_file_of_a_stored_picture_is_never_replaced(office: Office) -> None:
    image = Image.objects.get(pk=add(office, photo()).pk)

    image.file = ContentFile(photo(500, 500), name="khac.jpg")

    with pytest.raises(ValidationError, match=r"not replaced|không thay được"):
        image.save()


def test_picture_without_an_owner_belongs_to_its_uploaders_office(office: Office) -> None:
    user = User.objects.create_user("lan")
    RoleHolding.objects.create(user=user, office=office, role="unit-author")
    image = Image(title="A", alt_text="A", origin="A", licence="own", uploaded_by_user=user)
    image.file.save("a.jpg", ContentFile(photo(100, 100)), save=False)
    image.width, image.height = 100, 100

    image.save()

    assert image.office == office


def test_document_is_shelved_with_its_digest(office: Office) -> None:
    document = Document(title="Đơn", office=office)
    document.file.save("Đơn xin.pdf", pdf_file("Đơn xin.pdf"), save=False)
    document.save()

    assert store().read(Document.objects.get(pk=document.pk).digest) == Path(document.file.path).read_bytes()


def test_original_of_a_deleted_document_is_removed_by_the_job_after_it(
    office: Office, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    document = Document(title="Đơn", office=office)
    document.file.save("Đơn xin.pdf", pdf_file("Đơn xin.pdf"), save=False)
    document.save()
    original = Path(document.file.path)

    with django_capture_on_commit_callbacks(execute=True):
        document.delete()
    jobs = ProcrastinateJob.objects.filter(task_name="site.afterwards")
    (job,) = (one for one in jobs if one.args["task"].endswith("delete_file_from_storage_task"))
    assert original.exists()
    procrastinate.tasks[job.task_name](**job.args)

    assert not original.exists()


@pytest.mark.parametrize(
    "name", ["Đơn xin cấp lại.PDF", "....pdf", "a" * 300 + ".docx", "tệp\u202e.pdf", "-.odt"]
)
def test_every_file_name_gives_an_address(name: str) -> None:
    assert check_path(rules.document_path("7a2c7a44-0000-4000-8000-000000000000", name))
