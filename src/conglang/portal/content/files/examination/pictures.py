"""A picture is decoded and written anew: what is not a pixel does not come along.

Left behind: where and by whom it was taken, previews, comments, whatever hangs on at the end. Applied before that:
which way up it was held, and its colour profile, so that it looks as it did.
"""

import warnings
from io import BytesIO

from PIL import AvifImagePlugin, Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError

from .limits import PICTURE
from .verdicts import Kind, Passed, Reason, Refused, Removed

FORMATS = {Kind.JPEG: "JPEG", Kind.PNG: "PNG", Kind.GIF: "GIF", Kind.WEBP: "WEBP", Kind.AVIF: "AVIF"}
# Without loss stays without loss; what came with loss would only grow.
KEPT_LOSSLESS = frozenset({Kind.PNG, Kind.GIF})
QUALITY = 92
KEPT = (PICTURE.kept_side, PICTURE.kept_side)

Image.init()  # every decoder now: the process that runs this may open no file later
AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # and start no thread, which counts as a process there
Image.MAX_IMAGE_PIXELS = None  # counted here, before anything is decoded, and answered in words
ImageFile.LOAD_TRUNCATED_IMAGES = False


def examine(data: bytes, kind: Kind) -> Passed:
    """Return the picture as a JPEG, or as a PNG where it has transparency or sharp edges to lose. Refused when broken
    or too large."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _written_anew(_opened(data, kind), kind)
    except (MemoryError, Refused):
        raise
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError,
            OverflowError, TypeError, ZeroDivisionError, RuntimeError, AttributeError) as trouble:  # fmt: skip
        raise Refused(Reason.DAMAGED) from trouble  # a decoder's own words tell an officer nothing


def _opened(data: bytes, kind: Kind) -> Image.Image:
    picture = Image.open(BytesIO(data), formats=[FORMATS[kind]])
    width, height = picture.size
    if width * height > PICTURE.pixels or max(width, height) > PICTURE.side:
        raise Refused(
            Reason.TOO_MANY_PIXELS,
            width=width,
            height=height,
            most=PICTURE.pixels // 1_000_000,
            side=PICTURE.side,
        )
    return picture


def _written_anew(picture: Image.Image, kind: Kind) -> Passed:
    moving = bool(getattr(picture, "is_animated", False))
    picture.seek(0)
    profile = picture.info.get("icc_profile")
    if kind is Kind.JPEG:
        picture.draft(picture.mode, KEPT)  # a far larger one is not decoded in full
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    if upright.mode in ("L", "RGB", "RGBA", "CMYK"):  # before the rest, which then has less to do
        upright.thumbnail(KEPT, Image.Resampling.LANCZOS)
    shown = _in_common_colours(upright, profile)
    shown.thumbnail(KEPT, Image.Resampling.LANCZOS)
    removed = (Removed.ANIMATION,) if moving else ()
    as_png = shown.mode == "RGBA" or kind in KEPT_LOSSLESS
    return Passed(Kind.PNG if as_png else Kind.JPEG, _encoded(shown, as_png=as_png), removed)


def _in_common_colours(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Return it in sRGB, with transparency only where some of it is seen through."""
    if picture.mode in (
        "I",
        "I;16",
        "I;16B",
        "I;16L",
        "F",
    ):  # grey in 16 bits: convert() would cut, not scale
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    transparent = "A" in picture.getbands() or "a" in picture.getbands() or "transparency" in picture.info
    if picture.mode not in ("L", "RGB", "RGBA", "CMYK"):
        picture = picture.convert("RGBA" if transparent else "RGB")
    if profile:
        picture = _through_profile(picture, profile)
    picture = picture.convert("RGBA" if transparent else "RGB")
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (255, 255):
        picture = picture.convert("RGB")
    clean = Image.new(picture.mode, picture.size)
    clean.paste(picture)
    return clean


def _through_profile(picture: Image.Image, profile: bytes) -> Image.Image:
    target = "RGBA" if picture.mode == "RGBA" else "RGB"
    try:
        given = ImageCms.ImageCmsProfile(BytesIO(profile))
        common = ImageCms.createProfile("sRGB")
        turned = ImageCms.profileToProfile(picture, given, common, outputMode=target)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return picture  # a profile that does not fit the picture: shown as it stands
    return turned or picture


def _encoded(picture: Image.Image, *, as_png: bool) -> bytes:
    out = BytesIO()
    if as_png:
        picture.save(out, "PNG", compress_level=6)
    else:
        picture.save(out, "JPEG", quality=QUALITY, progressive=True)
    return out.getvalue()
