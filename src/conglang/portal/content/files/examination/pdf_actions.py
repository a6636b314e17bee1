"""What in a PDF acts, plays, sends, carries or fetches, found in every object and taken out."""

from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Stream, String

from .links import may_lead_there
from .verdicts import Reason, Refused, Removed

HARMLESS = frozenset({"/GoTo", "/Named", "/URI", "/ResetForm", "/Hide", "/SetOCGState", "/Thread", "/Trans"})
SCRIPTS = frozenset({"/JavaScript", "/Rendition", "/RichMediaExecute"})
SENDING = frozenset({"/SubmitForm", "/ImportData"})
MEDIA = frozenset({"/RichMedia", "/Screen", "/Movie", "/Sound", "/3D", "/Projection"})
ATTACHED = frozenset({"/FileAttachment"})
NAME_TREES = {
    "/JavaScript": Removed.SCRIPT, "/EmbeddedFiles": Removed.ATTACHMENT, "/Renditions": Removed.MEDIA,
    "/AlternatePresentations": Removed.MEDIA,
}  # fmt: skip
OF_THE_CATALOG = {
    "/Collection": Removed.ATTACHMENT, "/AF": Removed.ATTACHMENT, "/Requirements": Removed.SCRIPT, "/URI": None,
    "/PieceInfo": None, "/SpiderInfo": None,
}  # fmt: skip
# Anywhere: what is taken out without a second look. None: nobody misses it.
ANYWHERE = {
    "/AA": Removed.ACTION, "/JS": Removed.SCRIPT, "/EF": Removed.ATTACHMENT, "/RichMediaContent": Removed.MEDIA,
    "/OPI": Removed.OUTSIDE, "/PieceInfo": None,
}  # fmt: skip
DEEPEST = 400


class Sweep:
    """One walk over all objects of a document."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self.pdf = pdf
        self.removed: set[Removed] = set()
        self.changed = False  # also by what nobody misses
        self.signed = False

    def run(self) -> set[Removed]:
        """Take out what acts; return what an officer should know of it."""
        self._catalog(self.pdf.Root)
        for one in self.pdf.objects:
            for table in _tables(one):
                self._table(table)
        return self.removed

    def _take_out(self, table: Any, key: str, what: Removed | None) -> None:
        if key in table:
            del table[key]
            self.changed = True
            if what is not None:
                self.removed.add(what)

    def _catalog(self, root: Any) -> None:
        for key, what in OF_THE_CATALOG.items():
            self._take_out(root, key, what)
        names = root.get("/Names")
        if isinstance(names, Dictionary):
            for key, what in NAME_TREES.items():
                self._take_out(names, key, what)
        opening = root.get("/OpenAction")
        if isinstance(opening, Dictionary) and opening.get("/S") != Name.GoTo:
            self._take_out(root, "/OpenAction", _of_action(opening))
        form = root.get("/AcroForm")
        if isinstance(form, Dictionary):
            self._take_out(form, "/XFA", Removed.FORM)

    def _table(self, table: Any) -> None:
        """One dictionary, wherever it stands: of a page, a link, a field, a picture."""
        for key, what in ANYWHERE.items():
            self._take_out(table, key, what)
        for key in ("/A", "/PA", "/Next"):
            self._action(table, key)
        if "/Annots" in table:
            self._annotations(table)
        if isinstance(table, Stream):
            self._stream(table)
        self._note_signature(table)

    def _action(self, table: Any, key: str) -> None:
        value = table.get(key)
        if isinstance(value, Array):
            if any(isinstance(one, Dictionary) and not _is_harmless(one) for one in value):
                self._take_out(table, key, Removed.ACTION)
        elif isinstance(value, Dictionary) and not _is_harmless(value):
            self._take_out(table, key, _of_action(value))

    def _annotations(self, page: Any) -> None:
        notes = page["/Annots"]
        if not isinstance(notes, Array):
            return
        kept = [note for note in notes if not self._is_unfit(note)]
        if len(kept) < len(notes):
            page["/Annots"] = Array(kept)
            self.changed = True

    def _is_unfit(self, note: Object) -> bool:
        subtype = str(note.get("/Subtype", "")) if isinstance(note, Dictionary) else ""
        if subtype in MEDIA:
            self.removed.add(Removed.MEDIA)
        elif subtype in ATTACHED:
            self.removed.add(Removed.ATTACHMENT)
        return subtype in MEDIA | ATTACHED

    def _stream(self, stream: Any) -> None:
        """A stream may name a file to be read in its place, or be a program for a printer."""
        for key in ("/F", "/FFilter", "/FDecodeParms", "/Ref"):
            self._take_out(stream, key, Removed.OUTSIDE)
        if stream.get("/Subtype") == Name.PS or stream.get("/Subtype2") == Name.PS:
            stream.write(b"")
            self._take_out(stream, "/Subtype2", None)
            stream["/Subtype"] = Name.Form
            self.changed = True
            self.removed.add(Removed.SCRIPT)

    def _note_signature(self, table: Any) -> None:
        if "/ByteRange" in table and "/Contents" in table:
            self.signed = True


def _is_harmless(action: Any) -> bool:
    """An /A without a kind is none: pieces of a tagged document have attributes under that name."""
    kind = action.get("/S")
    if kind is None:
        return True
    if str(kind) not in HARMLESS:
        return False
    if str(kind) != "/URI":
        return True
    target = action.get("/URI")
    return isinstance(target, String) and may_lead_there(str(target))


def _of_action(action: Any) -> Removed:
    kind = str(action.get("/S", ""))
    if kind in SCRIPTS:
        return Removed.SCRIPT
    if kind in SENDING:
        return Removed.FORM
    return Removed.LINK if kind in ("/URI", "/GoToR", "/GoToE", "/Launch") else Removed.ACTION


def _tables(one: Object) -> Iterator[Any]:
    """Every dictionary in one object, those within it included; what it only refers to has its own turn."""
    waiting: list[tuple[Object, int]] = [(one, 0)]
    while waiting:
        now, depth = waiting.pop()
        if depth > DEEPEST:
            raise Refused(Reason.TOO_COMPLEX)
        if isinstance(now, Dictionary | Stream):
            yield now
            inner: Any = [now.get(key) for key in now.keys()]  # noqa: SIM118  iterating over a stream is something else
        elif isinstance(now, Array):
            inner = list(now)
        else:
            continue
        waiting += [
            (child, depth + 1) for child in inner if isinstance(child, Object) and not child.is_indirect
        ]
