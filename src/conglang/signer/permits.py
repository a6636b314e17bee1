"""Leave to take away: a few lines signed by the key of a duty person, which the portal does not have.

Whoever holds the portal could have a site emptied, a host shown another site, or every search engine sent away. Those
need a permit beside the request. It says what may be done, to which site and until when, and lies in `permits/` of the
data folder, where anybody may put it: nothing but its signature counts. The on-line key of the announcements, which
signs whatever the portal announces, does not count here.
"""

import json
import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conglang.wire import durable

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner, Key

FOLDER = Path("permits")
LONGEST = timedelta(hours=48)
EVERY_SITE = "*"
_KIND = (
    "conglang-permit"  # no file of The Update Framework has this type, so neither is ever taken for the other
)
_MOST_BYTES = 10_000
log = logging.getLogger(__name__)


class What(StrEnum):
    """What may be done: many pages of a site taken away, hosts taken away or given another site, search sent away."""

    REMOVAL = "removal"
    HOSTS = "hosts"
    NOINDEX = "noindex"


@dataclass(frozen=True)
class Permit:
    """`site`: a key, or `*`; `until` is aware and at most two days after it was made."""

    what: What
    site: str
    until: datetime
    cause: str = ""

    def to_json(self) -> dict[str, Any]:
        until = self.until.astimezone(UTC).isoformat(timespec="seconds")
        return {
            "_type": _KIND,
            "what": self.what.value,
            "site": self.site,
            "until": until,
            "cause": self.cause,
        }


def sign(permit: Permit, signer: "CryptoSigner") -> bytes:
    """The file. One signature does."""
    signature = signer.sign(_canonical(permit.to_json()))
    return json.dumps({"signed": permit.to_json(), "signatures": [signature.to_dict()]}, indent=1).encode()


def put(data: Path, permit: Permit, signer: "CryptoSigner") -> Path:
    """Sign a permit and lay it where the signer of this data folder looks."""
    folder = data / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    file = (
        folder
        / f"{permit.what.value}-{permit.site.replace(EVERY_SITE, 'all')}-{permit.until:%Y%m%dT%H%M%S}.json"
    )
    durable.write(file, sign(permit, signer))
    return file


def found(data: Path, keys: "Collection[Key]", what: What, site: str, now: datetime) -> Permit | None:
    """The permit that allows this now, signed by one of `keys`. What cannot be read counts as not there."""
    for file in sorted((data / FOLDER).glob("*.json"))[:200]:
        permit = _read(file, keys)
        if (
            permit
            and permit.what == what
            and permit.site in (site, EVERY_SITE)
            and now < permit.until <= now + LONGEST
        ):
            return permit
    return None


def _read(file: Path, keys: "Collection[Key]") -> Permit | None:
    from securesystemslib.exceptions import UnverifiedSignatureError, VerificationError
    from securesystemslib.signer import Signature

    try:
        if file.is_symlink() or file.stat().st_size > _MOST_BYTES:
            return None
        data = json.loads(file.read_bytes())
        signed, known = data["signed"], {key.keyid: key for key in keys}
        signature = Signature.from_dict(dict(data["signatures"][0]))
        known[signature.keyid].verify_signature(signature, _canonical(signed))
        if signed["_type"] != _KIND:
            return None
        until = datetime.fromisoformat(signed["until"])
        return (
            Permit(What(signed["what"]), str(signed["site"]), until, str(signed["cause"]))
            if until.tzinfo
            else None
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        log.warning("%s is no permit: %r", file.name, error)
    except (UnverifiedSignatureError, VerificationError):
        log.warning("%s is not signed by a duty key that counts", file.name)
    return None


def _canonical(data: Any) -> bytes:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
