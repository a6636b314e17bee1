"""Files of LibreOffice: the same care as for Office, in the words of OpenDocument."""

import re
from dataclasses import dataclass, field

from . import drawings
from .links import looks_outside, may_lead_there
from .markup import Changes, Element, read, with_changes
from .package import Allowance, pack, unpack
from .verdicts import Kind, Passed, Reason, Refused, Removed
from .workbooks import EXCHANGE, FETCHING, TEXTS

MACRO_FOLDERS = re.compile(r"(?:.*/)?(?:basic|scripts|dialogs)/", re.I)
SIGNATURES = "META-INF/documentsignatures.xml"
BINARIES = ("layout-cache",)
SMALL = 4_194_304
METAFILE = (b"VCLMTF", b"\x01\0\0\0", b"\xd7\xcd\xc6\x9a", b"\x89PNG", b"<?xml", b"<svg", b"GIF8")
REFUSED = {
    "event-listener": Reason.MACRO, "event-listeners": Reason.MACRO, "script-data": Reason.MACRO,
    "dde-source": Reason.COMMAND_FIELD, "dde-link": Reason.COMMAND_FIELD, "dde-connection-decl": Reason.COMMAND_FIELD,
    "dde-connection": Reason.COMMAND_FIELD, "plugin": Reason.CONTROL, "applet": Reason.CONTROL,
    "floating-frame": Reason.OUTSIDE_PARTS, "object-ole": Reason.EMBEDDED_OBJECT,
    "connection-resource": Reason.OUTSIDE_DATA,
    "encryption-data": Reason.PASSWORD, "database-source-sql": Reason.OUTSIDE_DATA,
    "database-source-query": Reason.OUTSIDE_DATA, "database-source-table": Reason.OUTSIDE_DATA,
    "cell-range-source": Reason.OUTSIDE_DATA, "table-source": Reason.OUTSIDE_DATA, "auto-reload": Reason.OUTSIDE_PARTS,
}  # fmt: skip
PARTS_WITHIN = frozenset({"image", "object", "fill-image", "background-image", "font-face-uri", "section-source",
                          "bitmap", "list-level-style-image", "symbol-image", "definition-src"})  # fmt: skip


@dataclass
class _Reading:
    allowance: Allowance
    removed: set[Removed] = field(default_factory=set)


def examine(data: bytes, kind: Kind) -> Passed:
    """Return the file packed anew without links out of the web. Refused for anything that acts by itself."""
    reading = _Reading(Allowance())
    parts = unpack(data, reading.allowance)
    if "content.xml" not in parts or "META-INF/manifest.xml" not in parts:
        raise Refused(Reason.DAMAGED)
    kept = {"mimetype": parts["mimetype"].strip()}
    for name, content in parts.items():
        if name != "mimetype":
            kept[name] = _part(name, content, reading)
    if SIGNATURES in parts and reading.removed:
        raise Refused(Reason.SIGNED_ACTIVE)
    return Passed(kind, pack(kept), tuple(sorted(reading.removed)))


def _part(name: str, data: bytes, reading: _Reading) -> bytes:
    if MACRO_FOLDERS.match(name) or "macrosignatures" in name:
        raise Refused(Reason.MACRO)
    if name.lower().endswith((".xml", ".rdf")):
        return _markup(data, reading)
    if drawings.is_picture(name):
        drawings.check(name, data, reading.allowance)
    elif name.startswith("ObjectReplacements/") or "/ObjectReplacements/" in name:
        if data and not data.startswith(METAFILE):
            raise Refused(Reason.EMBEDDED_OBJECT)
    elif not (name.startswith("Fonts/") or (name in BINARIES and len(data) < SMALL) or not data):
        raise Refused(Reason.EMBEDDED_OBJECT)
    return data


def _markup(data: bytes, reading: _Reading) -> bytes:
    changes: dict[int, Changes] = {}
    read(data, reading.allowance, opening=lambda element: _check(element, reading, changes))
    return with_changes(data, changes) if changes else data


def _check(element: Element, reading: _Reading, changes: dict[int, Changes]) -> None:
    if reason := REFUSED.get(element.name):
        raise Refused(reason)
    if element.name == "script" and "opendocument" in element.space:
        raise Refused(Reason.MACRO)
    _check_formula(element.values.get("formula", "") + "\n" + element.values.get("condition", ""))
    target = element.values.get("href", "")
    if not target:
        return
    if target.lower().startswith(("vnd.sun.star", "macro:")):
        raise Refused(Reason.MACRO)
    if element.name in PARTS_WITHIN:
        if looks_outside(target) or target.startswith(("../", "/")):
            raise Refused(Reason.OUTSIDE_PARTS)
    elif element.name == "template":
        if target != "#":
            _cut(element, Removed.TEMPLATE, reading, changes)
    elif not may_lead_there(target) and not _is_within(target):
        _cut(element, Removed.LINK, reading, changes)


def _is_within(target: str) -> bool:
    """«./Object 1», «Pictures/a.png»: a part of the file itself."""
    return not looks_outside(target) and not target.startswith(("../", "/"))


def _cut(element: Element, what: Removed, reading: _Reading, changes: dict[int, Changes]) -> None:
    changes[element.at] = {"href": "#"}
    reading.removed.add(what)


def _check_formula(formula: str) -> None:
    told = TEXTS.sub('""', formula)
    if EXCHANGE.search(told) or FETCHING.search(told):
        raise Refused(Reason.COMMAND_FIELD)
