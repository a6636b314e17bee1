"""Pictures, files and internal links that pages of one batch refer to: one statement each."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from uuid import UUID

from conglang.portal.content.files.models import Derivative, Document
from conglang.portal.content.files.rules import document_path, media_path
from conglang.portal.content.pagebase.models import BasePage
from conglang.wire.paths import PathError, media_type

from .prepared import prepared
from .rows import Row, rows


@dataclass(frozen=True, slots=True)
class Made:
    """One derivative of a picture."""

    spec: str
    width: int
    height: int
    digest: str
    path: str


@dataclass(frozen=True)
class ImageFacts:
    uuid: UUID
    alt: str
    origin: str
    made: tuple[Made, ...]  # smallest first


@dataclass(frozen=True)
class DocumentFacts:
    uuid: UUID
    title: str
    path: str
    size: int
    digest: str
    media_type: str


def images(ids: Iterable[int]) -> dict[int, ImageFacts]:
    """Load pictures with all that was made of them. One that is withheld is left out."""
    found: dict[int, ImageFacts] = {}
    made: dict[int, list[Made]] = {}
    for pk, uuid, alt, origin, spec, width, height, digest, extension in _derivatives(ids):
        made.setdefault(pk, []).append(Made(spec, width, height, digest, media_path(digest, extension)))
        found[pk] = ImageFacts(uuid, alt, origin, ())
    return {
        pk: ImageFacts(facts.uuid, facts.alt, facts.origin, tuple(made[pk])) for pk, facts in found.items()
    }


_derivatives = prepared(
    lambda ids: (
        Derivative.objects.filter(image_id__in=ids, image__withheld="")
        .order_by("image_id", "width", "spec")
        .values_list(
            "image_id",
            "image__uuid",
            "image__alt_text",
            "image__origin",
            "spec",
            "width",
            "height",
            "digest",
            "extension",
        )
    )
)


def documents(ids: Iterable[int]) -> dict[int, DocumentFacts]:
    """Load files to download. One that is withheld, or of a type the network does not publish, is left out."""
    found = {}
    query = Document.objects.filter(pk__in=list(ids)).filter(withheld="").exclude(digest="")
    for pk, uuid, title, name, file, size, digest in query.values_list(
        "pk", "uuid", "title", "original_name", "file", "file_size", "digest"
    ):
        path = document_path(uuid, name or PurePosixPath(file).name)
        try:
            found[pk] = DocumentFacts(
                uuid, title, path, size or 0, digest, media_type(path).partition(";")[0]
            )
        except PathError:
            continue
    return found


@dataclass(frozen=True, slots=True)
class Target:
    """Where an internal link leads; ``row`` is None while the page is not published."""

    uuid: UUID
    row: Row | None
    site_key: str
    custom_host: str


def targets(ids: Iterable[int]) -> dict[int, Target]:
    """Load the pages that rich text links to, published or not: an unpublished one may be published tomorrow."""
    wanted = list(ids)
    if not wanted:
        return {}
    live = {row.id: row for row in rows(BasePage.objects.filter(pk__in=wanted, live=True))}
    found = BasePage.objects.filter(pk__in=wanted).values_list("pk", "uuid", "site__key", "site__custom_host")
    return {pk: Target(uuid, live.get(pk), key or "", host or "") for pk, uuid, key, host in found}
