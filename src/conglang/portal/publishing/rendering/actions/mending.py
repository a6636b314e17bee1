"""Bytes that the store lost or changed: forgotten, so that they are rendered and written anew."""

import logging
from collections.abc import Iterator

from django.db import transaction

from conglang.wire.objects import digest_of

from ..locks import hold_dispatch_lock
from ..models import Blob, Production
from ..rules import Subject
from ..shelving import store
from .dispatching import mark

logger = logging.getLogger(__name__)


def forget_damaged(site: str, digest: str) -> bool:
    """When a text in the store is not what its name says: remove it and mark whatever of the site is made of it.

    False when it is as it should be, or was not rendered here (a picture: its original has to be put in again).
    """
    blob = Blob.objects.filter(pk=digest, tried=True).first()
    wrong = (
        [encoding for encoding, expected in _parts(blob) if not _is_there(digest, encoding, expected)]
        if blob
        else []
    )
    if blob is None or not wrong:
        return False
    logger.error("The store does not hold %s as it was written; it is rendered again", digest)
    for encoding in wrong:
        store().path(digest, encoding).unlink(missing_ok=True)
    with transaction.atomic(durable=True):
        hold_dispatch_lock()
        owners = Production.objects.filter(site=site, claims__digest=digest).distinct()
        mark(Subject(owner.family, site, owner.ident) for owner in owners)
        blob.delete()
    return True


def _parts(blob: Blob) -> Iterator[tuple[str | None, str]]:
    yield None, blob.digest
    for encoding in ("br", "gzip"):
        if expected := getattr(blob, f"{encoding}_digest"):
            yield encoding, expected


def _is_there(digest: str, encoding: str | None, expected: str) -> bool:
    try:
        return digest_of(store().path(digest, encoding).read_bytes()) == expected
    except FileNotFoundError:
        return False
