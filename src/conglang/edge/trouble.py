"""Why a pull did not succeed, in the few words the status knows."""

import errno

from tuf.api.exceptions import (
    BadVersionNumberError,
    DownloadError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    RepositoryError,
    UnsignedMetadataError,
)

from conglang.edge.apply import ObjectRefused
from conglang.edge.source import SourceError
from conglang.wire.manifest import ManifestError
from conglang.wire.status import Trouble

_KINDS: tuple[tuple[type[BaseException], Trouble], ...] = (
    (ExpiredMetadataError, Trouble.EXPIRED),
    (BadVersionNumberError, Trouble.OLDER),
    (UnsignedMetadataError, Trouble.UNSIGNED),
    (LengthOrHashMismatchError, Trouble.DAMAGED),
    (ObjectRefused, Trouble.DAMAGED),
    (ManifestError, Trouble.DAMAGED),
    (SourceError, Trouble.UNREACHABLE),
    (DownloadError, Trouble.UNREACHABLE),
    (RepositoryError, Trouble.DAMAGED),
)
_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EROFS, errno.EACCES, errno.EPERM}
FORESEEN = (RepositoryError, DownloadError, SourceError, ManifestError, ObjectRefused, OSError)
OF_ONE_SITE = (RepositoryError, SourceError, ManifestError, ObjectRefused)


def kind(error: BaseException) -> Trouble:
    """What the status calls this failure."""
    for known, trouble in _KINDS:
        if isinstance(error, known):
            return trouble
    if isinstance(error, OSError) and error.errno in _FULL:
        return Trouble.DISK_FULL
    if isinstance(error, OSError) and error.errno in _FORBIDDEN:
        return Trouble.READ_ONLY
    return Trouble.UNFORESEEN
