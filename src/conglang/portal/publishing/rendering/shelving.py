"""Putting rendered bytes into the store, each once, with compressed siblings where they pay."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import connection

from conglang.wire.encodings import compress
from conglang.wire.objects import Batch, ObjectStore, digest_of
from conglang.wire.paths import is_text

from .drawing import Drawing
from .models import Blob
from .rules import Output

_KEEP = """
    INSERT INTO rendering_blob (digest, size, tried, br_digest, br_size, gzip_digest, gzip_size)
    SELECT * FROM unnest(%s::text[], %s::bigint[], %s::bool[], %s::text[], %s::bigint[], %s::text[], %s::bigint[])
    ON CONFLICT (digest) DO UPDATE SET tried = true, br_digest = excluded.br_digest, br_size = excluded.br_size,
        gzip_digest = excluded.gzip_digest, gzip_size = excluded.gzip_size
    WHERE excluded.tried AND NOT rendering_blob.tried
"""


@cache
def _store_at(root: Path) -> ObjectStore:
    return ObjectStore(root)


def store() -> ObjectStore:
    """The portal's store, ``<data>/store``."""
    return _store_at(Path(settings.DATA) / "store")


def output_digest(output: Output) -> str | None:
    return digest_of(output.body) if output.body is not None else output.blob


def shelve(drawings: Iterable[Drawing]) -> None:
    """Make every byte of the drawings durable and known. A blob that is not in the store fails its subject.

    Raises OSError when the store cannot be written; nothing was recorded then, and all of it is rendered again later.
    """
    know(put(drawings))


def put(drawings: Iterable[Drawing]) -> list[Blob]:
    """Make the bytes durable without writing a row, for somebody whose transaction will be rolled back.

    Return what to ``know`` afterwards. Otherwise as ``shelve``.
    """
    wanted: dict[str, tuple[Output, bool]] = {}  # digest → an output with these bytes, worth compressing
    for drawing in drawings:
        _fail_missing_blobs(drawing)
        for output in (output for rendered in drawing.results.values() for output in rendered.outputs):
            digest = output_digest(output)
            if digest is not None:
                wanted[digest] = (output, is_text(output.path) or wanted.get(digest, (output, False))[1])
    known = Blob.objects.in_bulk(list(wanted))
    missing = {d: o for d, o in wanted.items() if d not in known or (o[1] and not known[d].tried)}
    with store().batch() as batch:
        blobs = [_shelve_one(batch, digest, output, text) for digest, (output, text) in missing.items()]
    return blobs


def _fail_missing_blobs(drawing: Drawing) -> None:
    for subject, rendered in list(drawing.results.items()):
        absent = [o.blob for o in rendered.outputs if o.blob is not None and not store().has(o.blob)]
        if absent:
            drawing.failures[subject] = f"The store does not hold the bytes {absent[0]}."
            del drawing.results[subject]


def _shelve_one(batch: Batch, digest: str, output: Output, text: bool) -> Blob:
    body = output.body
    if body is not None:
        batch.put(body)
    elif not text:
        return Blob(digest=digest, size=store().size(digest))
    else:
        body = store().read(digest)
    blob = Blob(digest=digest, size=len(body), tried=text)
    for encoding, data in (compress(body) if text else {}).items():
        batch.put_encoded(digest, encoding, data)
        setattr(blob, f"{encoding}_digest", digest_of(data))
        setattr(blob, f"{encoding}_size", len(data))
    return blob


def know(blobs: Iterable[Blob]) -> None:
    """Record that these bytes are in the store."""
    blobs = sorted({blob.digest: blob for blob in blobs}.values(), key=lambda blob: blob.digest)
    names = ["digest", "size", "tried", "br_digest", "br_size", "gzip_digest", "gzip_size"]
    if blobs:
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, [[getattr(blob, name) for blob in blobs] for name in names])
