"""What an examination comes to: a file in a form that may be kept, or the reason why it may not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a file is, by what it holds. The value is the extension it is kept and served under."""

    JPEG = "jpg"
    PNG = "png"
    WEBP = "webp"
    GIF = "gif"
    AVIF = "avif"
    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    PPTX = "pptx"
    ODT = "odt"
    ODS = "ods"
    ODP = "odp"
    CSV = "csv"
    TXT = "txt"

    @property
    def is_picture(self) -> bool:
        return self in PICTURES

    @property
    def measure(self) -> str:
        """Which of the limits on bytes is its own."""
        if self.is_picture:
            return "picture"
        if self is Kind.PDF:
            return "pdf"
        return "text" if self in (Kind.CSV, Kind.TXT) else "office"


PICTURES = frozenset({Kind.JPEG, Kind.PNG, Kind.WEBP, Kind.GIF, Kind.AVIF})
DOCUMENTS = frozenset(Kind) - PICTURES


class Reason(StrEnum):
    """Why a file is refused. files.words has a sentence for each that says what to do next."""

    EMPTY = "empty"
    TOO_LARGE = "too-large"
    TOO_MANY_PIXELS = "too-many-pixels"
    TOO_MANY_PAGES = "too-many-pages"
    TOO_COMPLEX = "too-complex"
    UNPACKS_TOO_LARGE = "unpacks-too-large"
    DAMAGED = "damaged"
    PASSWORD = "password"  # noqa: S105  a reason, not a secret
    OLD_OFFICE = "old-office"
    OTHER_OFFICE = "other-office"  # templates, slide shows, drawings
    RICH_TEXT = "rich-text"
    VECTOR = "vector"
    PHONE_PICTURE = "phone-picture"
    OTHER_PICTURE = "other-picture"
    VIDEO = "video"
    SOUND = "sound"
    WEB_PAGE = "web-page"
    ARCHIVE = "archive"
    PROGRAM = "program"
    UNKNOWN = "unknown"
    PICTURE_AMONG_DOCUMENTS = "picture-among-documents"
    DOCUMENT_AMONG_PICTURES = "document-among-pictures"
    MACRO = "macro"
    CONTROL = "control"
    ADD_IN = "add-in"
    EMBEDDED_OBJECT = "embedded-object"
    OUTSIDE_PARTS = "outside-parts"
    OUTSIDE_DATA = "outside-data"
    COMMAND_FIELD = "command-field"
    ODD_PACKAGE = "odd-package"
    TWO_FILES_IN_ONE = "two-files-in-one"
    SIGNED_ACTIVE = "signed-active"
    FORM_WITHOUT_PAGES = "form-without-pages"
    ENCODING = "encoding"
    FORMULA = "formula"
    VIRUS = "virus"
    NOT_SCANNED = "not-scanned"
    BUSY = "busy"


class Removed(StrEnum):
    """What a kept file lacks of what was sent. The officer is told, and looks at the file again."""

    SCRIPT = "script"
    ACTION = "action"
    LINK = "link"
    ATTACHMENT = "attachment"
    MEDIA = "media"
    FORM = "form"
    OUTSIDE = "outside"
    TEMPLATE = "template"
    ANIMATION = "animation"


class Refused(Exception):
    """The file may not be kept. ``facts`` fill the sentence's places."""

    def __init__(self, reason: Reason, **facts: str | int) -> None:
        super().__init__(reason.value, facts)
        self.reason = reason
        self.facts: Mapping[str, str | int] = facts


@dataclass(frozen=True)
class Passed:
    """A file that may be kept, as ``data``. Examining it again gives the same kind, and nothing more to remove."""

    kind: Kind
    data: bytes
    removed: tuple[Removed, ...] = field(default=())
