"""Pictures and documents. A stored file never changes: a replacement is a new object with a new identity."""

import uuid
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from taggit.managers import TaggableManager
from wagtail.documents.models import AbstractDocument
from wagtail.images.models import AbstractImage, AbstractRendition
from wagtail.search import index

from conglang.portal.content.approval.queries import was_agreed

from .examination.limits import EDITION
from .examination.verdicts import Removed
from .rules import Licence
from .storing import ExaminedFileField, ExaminedPictureField, document_place, picture_place

LICENCES = [
    (Licence.OWN.value, _("Own work of the office")),
    (Licence.PERMITTED.value, _("Used with the owner's permission")),
    (Licence.OPEN.value, _("Open licence (named under origin)")),
    (Licence.PUBLIC_DOMAIN.value, _("Official document or public domain")),
]


class FixedFile(models.Model):
    """Holds a model to one file for life: links, digests and approvals refer to exactly these bytes."""

    original_name = models.CharField(max_length=255, default="", editable=False)  # a word, never a path
    treated = models.CharField(
        max_length=200, default="", editable=False
    )  # what was left out, see verdicts.Removed
    examined_at = models.DateTimeField(null=True, editable=False)
    examined_edition = models.PositiveIntegerField(default=0, editable=False)  # of limits.toml
    withheld = models.CharField(
        max_length=40, default="", editable=False
    )  # from readers, and why; see reexamining

    class Meta:
        abstract = True

    def note_admitted(self, name: str, removed: Iterable[Removed]) -> None:
        """Keep what the door says of the file that is about to be stored."""
        self.original_name, self.treated = name, " ".join(removed)
        self.examined_at, self.examined_edition = timezone.now(), EDITION

    @property
    def filename(self) -> str:
        return self.original_name or PurePosixPath(str(self.file)).name  # type: ignore[attr-defined]

    @classmethod
    def from_db(cls, db: Any, field_names: Any, values: Any, **more: Any) -> Self:
        instance = super().from_db(db, field_names, values, **more)
        instance._stored_file = instance.__dict__.get("file") and str(instance.file)  # type: ignore[attr-defined]
        return instance

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Raises PermissionDenied for what two people agreed to show: nobody takes it from readers alone."""
        if was_agreed(self):
            raise PermissionDenied
        return super().delete(*args, **kwargs)

    def save(self, *args: Any, **kwargs: Any) -> None:
        stored = getattr(self, "_stored_file", None)
        if self.pk and stored and str(self.file) != stored:  # type: ignore[attr-defined]
            raise ValidationError(
                {
                    "file": _(
                        "A published file is not replaced. Upload the new version as a new file, then choose it."
                    )
                }
            )
        if self.file and not self.file._committed:  # type: ignore[attr-defined]
            # Before the row is put together: what the door says of the file is part of it.
            self.file.save(self.file.name, self.file.file, save=False)  # type: ignore[attr-defined]
        super().save(*args, **kwargs)


class Image(FixedFile, AbstractImage):
    """A picture with what the law and readers need: what it shows, where it comes from, why we may use it."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    office = models.ForeignKey(
        "units.Office", verbose_name=_("owning office"), on_delete=models.PROTECT, related_name="images",
        editable=False,
    )  # fmt: skip
    office.wagtail_reference_index_ignore = True  # type: ignore[attr-defined]
    file = ExaminedPictureField(
        _("file"), upload_to=picture_place, width_field="width", height_field="height"
    )
    alt_text = models.CharField(
        _("what the picture shows"), max_length=255,
        help_text=_("Read aloud to people who cannot see it. Say what is in the picture, not «picture of»."),
    )  # fmt: skip
    origin = models.CharField(_("author or origin"), max_length=255, help_text=_("Shown under the picture."))
    licence = models.CharField(_("why we may use it"), max_length=20, choices=LICENCES)

    # Wagtail's stock model of the same name stays installed beside ours: its reverse names are taken.
    uploaded_by_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("uploaded by"), on_delete=models.SET_NULL,
        related_name="uploaded_images",
        null=True, blank=True, editable=False,
    )  # fmt: skip
    uploaded_by_user.wagtail_reference_index_ignore = True  # type: ignore[attr-defined]
    tags = TaggableManager(verbose_name=_("tags"), blank=True, help_text=None, related_name="tagged_images")

    admin_form_fields = ("title", "file", "alt_text", "origin", "licence", "collection", "tags")
    search_fields = [*AbstractImage.search_fields, index.SearchField("alt_text"), index.FilterField("office")]

    class Meta(AbstractImage.Meta):
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    def __str__(self) -> str:
        return str(self.title)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.office_id:
            self.office_id = office_of_uploader(self.uploaded_by_user_id)
        super().save(*args, **kwargs)

    @property
    def default_alt_text(self) -> str:
        return self.alt_text


class Rendition(AbstractRendition):
    """A thumbnail for the desk. The public face has renditions of its own (see actions.rendition_blob)."""

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("image", "filter_spec", "focal_point_key"), name="one_rendition_per_image_and_filter"
            )
        ]


class Document(FixedFile, AbstractDocument):
    """A file to download. Its public address is made of its identity and its name."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    office = models.ForeignKey(
        "units.Office", verbose_name=_("owning office"), on_delete=models.PROTECT, related_name="documents",
        editable=False,
    )  # fmt: skip

    office.wagtail_reference_index_ignore = True  # type: ignore[attr-defined]
    file = ExaminedFileField(_("file"), upload_to=document_place)
    digest = models.CharField(max_length=64, default="", editable=False)  # of the copy in the store

    uploaded_by_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("uploaded by"), on_delete=models.SET_NULL,
        related_name="uploaded_documents",
        null=True, blank=True, editable=False,
    )  # fmt: skip
    uploaded_by_user.wagtail_reference_index_ignore = True  # type: ignore[attr-defined]
    tags = TaggableManager(
        verbose_name=_("tags"), blank=True, help_text=None, related_name="tagged_documents"
    )

    admin_form_fields = ("title", "file", "collection", "tags")
    search_fields = [*AbstractDocument.search_fields, index.FilterField("office")]

    class Meta(AbstractDocument.Meta):
        verbose_name = _("document file")
        verbose_name_plural = _("document files")

    def __str__(self) -> str:
        return str(self.title)

    def clean(self) -> None:
        """Nothing more: Wagtail would look at the ending of a name, which here follows from what the file is."""

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.office_id:
            self.office_id = office_of_uploader(self.uploaded_by_user_id)
        super().save(*args, **kwargs)


class Derivative(models.Model):
    """One width and format made from a picture, kept in the store; made once, because the original never changes."""

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="derivatives")
    spec = models.CharField(max_length=40)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    extension = models.CharField(max_length=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("image", "spec"), name="one_derivative_per_image_and_spec")
        ]


class Examination(models.Model):
    """Bytes that came out of the examination, and by which edition of its rules."""

    digest = models.CharField(max_length=64, primary_key=True)
    edition = models.PositiveIntegerField()
    kind = models.CharField(max_length=8)
    removed = models.CharField(max_length=200, default="")
    at = models.DateTimeField()


def office_of_uploader(user_id: int | None) -> int:
    """Return the office a file belongs to when nobody said so: the uploader's own.

    Raises ValidationError when the uploader holds no role in any office.
    """
    from django.apps import apps

    holding = (
        apps.get_model("accounts", "RoleHolding")  # type: ignore[misc]
        .objects.filter(user_id=user_id)
        .order_by("pk")
        .values("office_id")
        .first()
    )
    if holding is None:
        raise ValidationError(
            _("This file needs an owning office, and the person who uploads it holds no role in one.")
        )
    office_id: int = holding["office_id"]
    return office_id
