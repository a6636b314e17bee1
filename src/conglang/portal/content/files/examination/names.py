"""The name an officer gave a file, in a form that can be shown anywhere and stored as a word, never as a path."""

import re
import unicodedata
from pathlib import PurePosixPath

from .verdicts import Kind

LONGEST = 150
_SLASHES = re.compile(r"[\\/:]")
_UNFIT = re.compile(r'[<>"|?*\x00-\x1f\x7f]')
# Endings that hide what a file is («bao-cao.pdf.exe») or that it now no longer is.
_ENDINGS = re.compile(
    r"(?:\.(?:pdf|docx?|docm|xlsx?|xlsm|pptx?|odt|ods|odp|csv|txt|jpe?g|png|webp|gif|avif|heic|exe|com|scr|bat|cmd|js|"
    r"vbs|hta|html?|svg|php|jar|lnk|zip|rar|7z))+$",
    re.I,
)
FALLBACK = "tep"


def clean_name(name: str, kind: Kind) -> str:
    """Return ``name`` without folders, control and direction characters, NFC, of bounded length, ending in what the
    file is."""
    last = _SLASHES.split(unicodedata.normalize("NFC", name))[-1]
    seen = "".join(letter for letter in last if not unicodedata.category(letter).startswith("C"))
    stem = _ENDINGS.sub("", _UNFIT.sub("", seen).rstrip(" ."))
    stem = " ".join(stem.split()).strip(" .")[:LONGEST].rstrip(" .")
    return f"{stem or FALLBACK}.{kind.value}"


def extension(name: str) -> str:
    """Return the ending of a name in lower case, without its dot."""
    return PurePosixPath(name).suffix.lower().lstrip(".")
