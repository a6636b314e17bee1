"""Putting what readers get of pictures and files into the store, once, when the original arrives."""

import io

from PIL import Image as Pillow
from PIL import ImageOps

from conglang.portal.identity.units.models import Office
from conglang.portal.publishing.rendering.shelving import store

from .door import admitted_drawing
from .models import Derivative, Document, Image
from .rules import EXTENSIONS, PLAIN, SPECS, Licence, Spec

BACKGROUND = (255, 255, 255)  # under what is transparent, for formats without transparency


def make_derivatives(image: Image) -> list[Derivative]:
    """Make what is missing of a picture's derivatives and put the bytes into the store; return the new ones.

    A picture narrower than a width gets its own width instead, never an enlargement.
    """
    have = set(image.derivatives.values_list("spec", flat=True))
    wanted = [spec for spec in (*SPECS, PLAIN) if spec.name not in have and _worth_making(spec, image.width)]
    if not wanted:
        return []
    with image.open_file() as file:
        original = _upright(Pillow.open(file))
    with store().batch() as batch:
        made = [rendition_blob(original, spec, put=batch.put) for spec in wanted]
    for derivative in made:
        derivative.image = image
    return Derivative.objects.bulk_create(made, ignore_conflicts=True)


def _worth_making(spec: Spec, width: int) -> bool:
    """Wider than the picture: only the first such width, so that there is always one of the original's width."""
    narrower = [one.width for one in SPECS if one.width < width]
    return (
        spec == PLAIN
        or spec.width <= width
        or spec.width == min(one.width for one in SPECS if one.width not in narrower)
    )


def rendition_blob(original: "Pillow.Image", spec: Spec, *, put: object) -> Derivative:
    """Return one derivative, unsaved; ``put`` takes its bytes and gives their digest. Same picture, same bytes."""
    width = min(spec.width, original.width)
    height = max(1, round(original.height * width / original.width))
    resized = (
        original.resize((width, height), Pillow.Resampling.LANCZOS) if width != original.width else original
    )
    data = _encode(resized, spec)
    digest = put(data)  # type: ignore[operator]
    return Derivative(
        spec=spec.name, width=width, height=height, digest=digest, extension=EXTENSIONS[spec.format]
    )


def _upright(original: "Pillow.Image") -> "Pillow.Image":
    """Turn it as the camera was held and leave every other note of the camera out: place, owner, serial number."""
    turned = ImageOps.exif_transpose(original) or original
    return turned.convert("RGBA" if "A" in turned.getbands() or "transparency" in turned.info else "RGB")


def _encode(picture: "Pillow.Image", spec: Spec) -> bytes:
    out = io.BytesIO()
    if spec.format == "webp":
        picture.save(out, "WEBP", quality=spec.quality, method=4)
    else:
        flat = Pillow.new("RGB", picture.size, BACKGROUND)
        flat.paste(picture, mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
        flat.save(out, "JPEG", quality=spec.quality, optimize=True, progressive=True)
    return out.getvalue()


def shelve_document(document: Document) -> str:
    """Put a document's bytes into the store and note their digest on the row. Public only when a live page shows it."""
    if not document.digest:
        with document.open_file() as file:
            document.digest = store().put(file.read())
        Document.objects.filter(pk=document.pk).update(digest=document.digest)
    return document.digest


def add_image(
    data: bytes,
    name: str,
    *,
    office: Office,
    title: str,
    alt_text: str,
    origin: str,
    licence: Licence = Licence.OWN,
) -> Image:
    """Add a picture from bytes that a program of ours drew, with its derivatives. Refused when it is none."""
    file = admitted_drawing(data, name)
    image = Image(title=title, alt_text=alt_text, origin=origin, licence=licence.value, office=office)
    image.file.save(name, file, save=False)
    image.file_size = file.size
    image.save()
    return image
