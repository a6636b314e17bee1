"""Which addresses the network may publish, and what each one is served as.

One grammar for renderer, signer, edge and web server, so that none of them can be talked into a path that
another reads differently. Pages end in a slash, files carry an extension from the closed list below,
everything is lower-case ASCII; `/_/` is the network's own space. Header sets are chosen by prefix and
extension alone, so that Caddy and nginx can produce them without knowing a page.
"""

import hashlib
import re
from types import MappingProxyType

MAX_LENGTH = 200
MAX_SEGMENTS = 12
STATE_PATH = "/_/network.json"  # one signed file for all hosts; no site publishes it
STATUS_PATH = "/_/status"  # what an edge says of itself
TRUST_PREFIX = "/_/trust/"  # what was signed and is applied there
SHARDS = tuple(f"{number:02x}" for number in range(256))

# No dot inside a folder's name: `/a.css` (file) and `/a.css/` (folder) could otherwise both exist.
FOLDER = r"[a-z0-9_-]+"
FILE = r"[a-z0-9_-]+(?:[._-]+[a-z0-9]+)*"
# Below /.well-known/ (RFC 8615) others ask a host who it is. Whoever could publish there would get certificates for
# every host (RFC 8555, 8.3) and be believed by application shops; so there is one address, RFC 9116, and no other.
WELL_KNOWN = "/.well-known/security.txt"
_PATH = re.compile(rf"/(?:{FOLDER}/)*(?:{FILE}\.[a-z0-9]+)?|{re.escape(WELL_KNOWN)}")
_SITE_KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_RESERVED_SITE_KEYS = frozenset({"network", "state", "audit"})  # folders of the other roles

MEDIA_TYPES = MappingProxyType(
    {
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "json": "application/json",
        "webmanifest": "application/manifest+json",
        "txt": "text/plain; charset=utf-8",
        "csv": "text/csv; charset=utf-8",
        "vtt": "text/vtt; charset=utf-8",
        "ics": "text/calendar; charset=utf-8",
        "xml": "application/xml; charset=utf-8",
        "atom": "application/atom+xml; charset=utf-8",
        "rss": "application/rss+xml; charset=utf-8",
        "svg": "image/svg+xml",
        "png": "image/png",
        "jpg": "image/jpeg",
        "jpeg": "image/jpeg",
        "gif": "image/gif",
        "webp": "image/webp",
        "avif": "image/avif",
        "ico": "image/vnd.microsoft.icon",
        "woff2": "font/woff2",
        "mp3": "audio/mpeg",
        "mp4": "video/mp4",
        "webm": "video/webm",
        "pdf": "application/pdf",
        "zip": "application/zip",
        "doc": "application/msword",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xls": "application/vnd.ms-excel",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "ppt": "application/vnd.ms-powerpoint",
        "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "odt": "application/vnd.oasis.opendocument.text",
        "ods": "application/vnd.oasis.opendocument.spreadsheet",
        "odp": "application/vnd.oasis.opendocument.presentation",
    }
)
PAGE_TYPE = "text/html; charset=utf-8"


class PathError(ValueError):
    """The address is outside the grammar; the text says which rule it breaks."""


def check_path(path: str) -> str:
    """Return `path` unchanged when it is inside the grammar; PathError otherwise."""
    if len(path) > MAX_LENGTH:
        raise PathError(f"{path[:60]!r}… is longer than {MAX_LENGTH} characters")
    if not _PATH.fullmatch(path):
        raise PathError(f"{path!r} is not a lower-case ASCII path that ends in a slash or a file name")
    if len(path.strip("/").split("/")) > MAX_SEGMENTS:
        raise PathError(f"{path!r} has more than {MAX_SEGMENTS} segments")
    if not path.endswith("/") and extension(path) not in MEDIA_TYPES:
        raise PathError(f"{path!r} has an extension that the network does not publish")
    return path


def check_site_key(key: str) -> str:
    """Return `key` when it may name a site in the manifest; PathError otherwise."""
    if not is_site_key(key):
        raise PathError(f"{key!r} cannot be the key of a site")
    return key


def is_site_key(key: str) -> bool:
    return bool(_SITE_KEY.fullmatch(key)) and key not in _RESERVED_SITE_KEYS


def is_reserved(path: str) -> bool:
    """True for the network's own space: assets, media, documents, state, error pages."""
    return path.startswith("/_/")


def belongs_to_edges(path: str) -> bool:
    """True for what every host answers about itself or for all: no site may publish there."""
    return path in (STATE_PATH, STATUS_PATH) or path.startswith((f"{STATUS_PATH}/", TRUST_PREFIX))


def extension(path: str) -> str:
    """`css` for `/_/a/site.css`; empty for a page."""
    name = path.rpartition("/")[2]
    return name.rpartition(".")[2] if "." in name else ""


def media_type(path: str) -> str:
    """The Content-Type of a path, with charset where the type has one. PathError for an unknown extension."""
    if path.endswith("/"):
        return PAGE_TYPE
    try:
        return MEDIA_TYPES[extension(path)]
    except KeyError:
        raise PathError(f"{path!r} has an extension that the network does not publish") from None


def is_text(path: str) -> bool:
    """True when compressing the output is worth while: text, JSON, XML, SVG."""
    kind = media_type(path).partition(";")[0]
    return kind.startswith("text/") or kind.endswith(("json", "/xml", "+xml"))


def tree_path(path: str) -> str:
    """Where the path lies below a site's folder on an edge: `/a/` is `a/index.html`, `/a.css` is `a.css`."""
    return path[1:] + "index.html" if path.endswith("/") else path[1:]


def shard_of(path: str) -> str:
    """Which of the site's 256 shards names the path: "00".."ff", the first byte of its SHA-256."""
    return hashlib.sha256(path.encode()).hexdigest()[:2]
