"""Word, Excel and PowerPoint since 2007: a package of parts that say what they are and what they refer to.

Kept are parts of known kinds that do nothing. Links to elsewhere that a click opens are cut when they leave the web;
what a program would open by itself is cut where the document stays whole without, and refused where it does not.
"""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from . import drawings
from .fields import Fields
from .limits import OFFICE
from .links import looks_outside, may_lead_there
from .markup import Changes, Element, elements, read, with_changes
from .package import Allowance, pack, unpack
from .verdicts import Kind, Passed, Reason, Refused, Removed
from .workbooks import Formulas

TYPES = "[Content_Types].xml"
MAIN = {
    Kind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    Kind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    Kind.PPTX: "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
}
# In the names of content types, of relationships and of parts alike.
ACTIVE: tuple[tuple[re.Pattern[str], Reason], ...] = (
    (re.compile(r"macroenabled|vbaproject|vbadata|wordvbadata|macrosheet|xlmacro|dialogsheet", re.I), Reason.MACRO),
    (re.compile(r"activex|/control$|\.control\+xml|\.ocx$", re.I), Reason.CONTROL),
    (re.compile(r"webextension|customui|ui/extensibility|ui/userc", re.I), Reason.ADD_IN),
    (re.compile(r"oleobject|afchunk|/subdocument|/frame$", re.I), Reason.EMBEDDED_OBJECT),
    (re.compile(r"connections\+xml|/connections$|querytable|mailmerge|recipientdata", re.I), Reason.OUTSIDE_DATA),
)  # fmt: skip
PLAIN_BINARIES = ("printersettings",)  # of content types
NESTED = {".docx": Kind.DOCX, ".xlsx": Kind.XLSX, ".pptx": Kind.PPTX}
FONTS = (".odttf", ".fntdata", ".ttf", ".otf")
COMMAND_ACTIONS = re.compile(r"ppaction://(?:program|macro|ole|media)", re.I)
MISSING_BOOK = "http://schemas.microsoft.com/office/2006/relationships/xlExternalLinkPath/xlPathMissing"


@dataclass
class _Package:
    kind: Kind
    parts: dict[str, bytes]
    allowance: Allowance
    depth: int
    types: dict[str, str] = field(default_factory=dict)  # part → content type
    removed: set[Removed] = field(default_factory=set)
    templates: set[str] = field(default_factory=set)  # parts whose template is cut off


def examine(data: bytes, kind: Kind, *, allowance: Allowance | None = None, depth: int = 0) -> Passed:
    """Return the file packed anew without what leads elsewhere. Refused for anything that acts by itself."""
    left = allowance or Allowance()
    package = _Package(kind, unpack(data, left), left, depth)
    _take_declared(package)
    _check_main(package)
    for name in list(package.parts):
        if name != TYPES:
            _check_part(package, name)
    signed = any(name.lower().startswith("_xmlsignatures/") for name in package.parts)
    if signed and package.removed:
        raise Refused(Reason.SIGNED_ACTIVE)
    ordered = {TYPES: package.parts[TYPES], **package.parts}
    return Passed(kind, pack(ordered), tuple(sorted(package.removed)))


def _take_declared(package: _Package) -> None:
    """What the package does not say the kind of is not part of the document, and is left out."""
    by_ending: dict[str, str] = {}
    by_name: dict[str, str] = {}
    if TYPES not in package.parts:
        raise Refused(Reason.DAMAGED)
    for element in elements(package.parts[TYPES], package.allowance):
        kind = element.values.get("ContentType", "")
        if element.name == "Default":
            by_ending[element.values.get("Extension", "").lower()] = kind
        elif element.name == "Override":
            by_name[element.values.get("PartName", "").lstrip("/").lower()] = kind
    for name in list(package.parts):
        known = by_name.get(name.lower()) or by_ending.get(name.lower().rpartition(".")[2])
        if known is not None:
            package.types[name] = known
        elif name != TYPES:
            _refuse_active(name)
            del package.parts[name]


def _check_main(package: _Package) -> None:
    relations = package.parts.get("_rels/.rels", b"<none/>")
    for element in elements(relations, package.allowance):
        if element.values.get("Type", "").endswith("/officeDocument"):
            stated = package.types.get(element.values.get("Target", "").lstrip("/"), "")
            _refuse_active(stated)
            if stated != MAIN[package.kind]:
                raise Refused(Reason.OTHER_OFFICE)
            return
    raise Refused(Reason.DAMAGED)


def _refuse_active(*words: str) -> None:
    for pattern, reason in ACTIVE:
        if any(pattern.search(word) for word in words):
            raise Refused(reason)


def _check_part(package: _Package, name: str) -> None:
    data, lower, stated = package.parts[name], name.lower(), package.types[name].lower()
    _refuse_active(lower, stated)
    ending = posixpath.splitext(lower)[1]
    if lower.endswith(".rels"):
        package.parts[name] = _relations(package, name, data)
    elif ending in (".xml", ".vml", ".psmdcp") or stated.endswith("+xml"):
        package.parts[name] = _markup(package, lower, data)
    elif drawings.is_picture(lower):
        drawings.check(name, data, package.allowance)
    elif ending in NESTED:
        package.parts[name] = _nested(package, NESTED[ending], data)
    elif not (
        ending in FONTS or (ending == ".sigs" and not data) or any(one in stated for one in PLAIN_BINARIES)
    ):
        raise Refused(Reason.EMBEDDED_OBJECT)


def _nested(package: _Package, kind: Kind, data: bytes) -> bytes:
    """The workbook behind a chart is a package of its own, and its content is weighed with the rest."""
    if package.depth >= OFFICE.depth:
        raise Refused(Reason.TOO_COMPLEX)
    inner = examine(data, kind, allowance=package.allowance, depth=package.depth + 1)
    package.removed.update(inner.removed)
    return inner.data


def _relations(package: _Package, name: str, data: bytes) -> bytes:
    changes: dict[int, Changes] = {}
    for element in elements(data, package.allowance):
        if element.name != "Relationship":
            continue
        target, kind = element.values.get("Target", ""), element.values.get("Type", "")
        _refuse_active(kind)
        if element.values.get("TargetMode", "").lower() == "external":
            _cut_or_refuse(package, element, kind.rpartition("/")[2], target, changes)
        elif looks_outside(target):
            raise Refused(Reason.ODD_PACKAGE)
    return with_changes(data, changes) if changes else data


def _cut_or_refuse(
    package: _Package, element: Element, kind: str, target: str, changes: dict[int, Changes]
) -> None:
    """What a click opens may lead to the web; what the program opens by itself may lead nowhere."""
    if kind == "hyperlink":
        if not may_lead_there(target):
            changes[element.at] = {"Target": "#"}
            package.removed.add(Removed.LINK)
    elif kind == "attachedTemplate":
        changes[element.at] = None
        package.templates.add(element.values.get("Id", ""))
        package.removed.add(Removed.TEMPLATE)
    elif kind == "externalLinkPath" or kind.startswith("xlPath"):
        if target != "#":
            changes[element.at] = {"Type": MISSING_BOOK, "Target": "#"}
            package.removed.add(Removed.OUTSIDE)
    else:
        raise Refused(Reason.OUTSIDE_PARTS)


def _markup(package: _Package, name: str, data: bytes) -> bytes:
    """Read one part of XML for what it does, and return it without what is cut."""
    fields, formulas = Fields(), Formulas()
    changes: dict[int, Changes] = {}

    def opening(element: Element) -> None:
        fields.opening(element)
        formulas.opening(element)
        _check_element(element, changes)

    def wording(element: str, words: str) -> None:
        fields.wording(element, words)
        formulas.wording(element, words)

    read(data, package.allowance, opening=opening, wording=wording)
    fields.judge()
    formulas.judge()
    if fields.changes:
        package.removed.add(Removed.OUTSIDE)
    if name == "word/settings.xml" and changes:
        package.removed.add(Removed.TEMPLATE)
    changes.update(fields.changes)
    return with_changes(data, changes) if changes else data


def _check_element(element: Element, changes: dict[int, Changes]) -> None:
    values: Mapping[str, str] = element.values
    if element.name == "attachedTemplate":
        changes[element.at] = None
    elif element.name in ("mailMerge", "DataMashup", "altChunk"):
        raise Refused(Reason.OUTSIDE_DATA)
    elif COMMAND_ACTIONS.search(values.get("action", "")) or values.get("macro"):
        raise Refused(Reason.COMMAND_FIELD)
    elif "vml" in element.space and looks_outside(values.get("src", "")):
        raise Refused(Reason.OUTSIDE_PARTS)
