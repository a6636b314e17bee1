"""What an officer is told about a file: why it is refused and what to do next, or what was left out of it."""

from collections.abc import Iterable

from django.template.defaultfilters import filesizeformat
from django.utils.formats import get_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .examination.verdicts import Reason, Refused, Removed

REFUSALS: dict[Reason, Promise] = {
    Reason.EMPTY: _(
        "The file is empty. Open it on your computer, check that it has content, save it and upload it again."
    ),
    Reason.TOO_LARGE: _("The file has %(size)s; at most %(most)s is allowed. %(advice)s"),
    Reason.TOO_MANY_PIXELS: _(
        "The picture has %(width)s × %(height)s pixels; at most %(most)s million are allowed, and %(side)s on one side."
        " Make it smaller (4,096 pixels on the longer side are enough) and upload it again."
    ),
    Reason.TOO_MANY_PAGES: _(
        "The PDF has %(pages)s pages; at most %(most)s are allowed. Split it into parts and upload each as a file."
    ),
    Reason.TOO_COMPLEX: _(
        "The file could not be examined within the time and memory set for it. Print it to a new PDF («Save as PDF»),"
        " or split it into smaller files, and upload again."
    ),
    Reason.UNPACKS_TOO_LARGE: _(
        "The file holds far more data than its size tells, as harmful files do. Open it, delete what is not needed"
        " (empty rows and columns, large pictures), save it under a new name and upload again."
    ),
    Reason.DAMAGED: _(
        "The file is damaged or incomplete and cannot be read. Open it on your computer, save it under a new name"
        " (a document also as PDF) and upload the new file."
    ),
    Reason.PASSWORD: _(
        "The file is protected by a password, so readers could not open it and it cannot be examined. Remove the"
        " password (File → Info → Protect; in PDF: security settings), save and upload again."
    ),
    Reason.OLD_OFFICE: _(
        "This is a file of an old %(program)s. Open it in %(program)s, choose File → Save As, choose the type"
        " .%(extension)s (or PDF), and upload the new file."
    ),
    Reason.OTHER_OFFICE: _(
        "This is a template, a slide show or a drawing, not a document. Save it as .docx, .xlsx, .pptx, .odt, .ods,"
        " .odp or PDF and upload the new file."
    ),
    Reason.RICH_TEXT: _(
        "Files of type .rtf are not accepted. Open it in Word, save it as .docx or PDF and upload that."
    ),
    Reason.VECTOR: _(
        "SVG drawings are not accepted, because they can carry programs. Open it, save (export) it as PNG and upload"
        " the PNG."
    ),
    Reason.PHONE_PICTURE: _(
        "This is a HEIC picture of a phone, which many readers cannot see. On the iPhone choose Settings → Camera →"
        " Formats → Most Compatible, or save the picture as JPEG, and upload the JPEG."
    ),
    Reason.OTHER_PICTURE: _(
        "This kind of picture (TIFF, BMP, PSD, …) is not accepted. Save a photograph as JPEG or PNG; save a scanned"
        " document as PDF; then upload the new file."
    ),
    Reason.VIDEO: _(
        "Videos are not uploaded here. Put the video on the office's own channel and write its address in the text."
    ),
    Reason.SOUND: _(
        "Sound recordings are not uploaded here. Put the recording on the office's own channel and write its address"
        " in the text."
    ),
    Reason.WEB_PAGE: _(
        "This is a web page or a file of markup, which can carry programs. Print it to PDF and upload the PDF."
    ),
    Reason.ARCHIVE: _(
        "Archives (ZIP, RAR, 7z) are not accepted, because readers cannot see what is in them. Unpack it and upload"
        " each document by itself."
    ),
    Reason.PROGRAM: _(
        "This is a program, not a document. Do not open it; if you received it by e-mail or chat, tell the person on"
        " duty for network security."
    ),
    Reason.UNKNOWN: _(
        "This kind of file is not accepted. Pictures: JPEG, PNG, WebP, GIF, AVIF. Documents: PDF, .docx, .xlsx, .pptx,"
        " .odt, .ods, .odp, .csv, .txt. Save it as one of these and upload again."
    ),
    Reason.PICTURE_AMONG_DOCUMENTS: _(
        "This is a picture. Upload it under «Images»; if it is a scanned document, save it as PDF and upload the PDF"
        " here."
    ),
    Reason.DOCUMENT_AMONG_PICTURES: _(
        "This is a document, not a picture. Upload it under «Documents», then choose it in the text with the block for"
        " files."
    ),
    Reason.MACRO: _(
        "The file contains macros (programs). Open it, choose File → Save As, choose a type without macros (.docx,"
        " .xlsx, .pptx, or PDF) and upload the new file."
    ),
    Reason.CONTROL: _(
        "The file contains controls that run programs (ActiveX, plug-ins, scripts). Delete them, or save the file as"
        " PDF, and upload the new file."
    ),
    Reason.ADD_IN: _(
        "The file starts an add-in when it is opened. Remove the add-in, or save the file as PDF, and upload the new"
        " file."
    ),
    Reason.EMBEDDED_OBJECT: _(
        "Another file is embedded in this one (an object, a sound, a video). Replace it by a picture of it (copy, Paste"
        " Special → Picture), or save the file as PDF, and upload the new file."
    ),
    Reason.OUTSIDE_PARTS: _(
        "Pictures or parts of the file lie elsewhere and are fetched when it is opened. In Office choose File → Info →"
        " Edit Links to Files → Break Link (or insert the pictures themselves), or save the file as PDF; then upload."
    ),
    Reason.OUTSIDE_DATA: _(
        "The file fetches data from elsewhere (a connection, a query, a mail merge). Copy the values into a new file"
        " (Paste Special → Values), or save it as PDF, and upload that."
    ),
    Reason.COMMAND_FIELD: _(
        "A field or formula in the file starts a program or fetches another file (DDE, WEBSERVICE, LINK, …). Replace it"
        " by its value, or save the file as PDF, and upload the new file."
    ),
    Reason.ODD_PACKAGE: _(
        "The file is not built the way an office program builds it, as harmful files are. Open it, save it under a new"
        " name with Word, Excel, PowerPoint or LibreOffice, and upload the new file."
    ),
    Reason.TWO_FILES_IN_ONE: _(
        "A second file is hidden in this one. Do not send it on. Open it, print it to a new PDF («Save as PDF») and"
        " upload that; if you received it from outside, tell the person on duty for network security."
    ),
    Reason.SIGNED_ACTIVE: _(
        "The file has a digital signature and also something that acts by itself or leads elsewhere (scripts,"
        " attachments, links). It cannot be taken out without breaking the signature. Ask whoever signed it to remove"
        " it and sign again, or upload a scanned copy."
    ),
    Reason.FORM_WITHOUT_PAGES: _(
        "This PDF is a form for one program only (XFA); most readers see «Please wait». Open it in Adobe Reader, print"
        " it to PDF («Microsoft Print to PDF») and upload that."
    ),
    Reason.ENCODING: _(
        "Line %(line)s of the text is not readable Unicode. Open the file, choose Save As with the encoding UTF-8 (in"
        " Excel: «CSV UTF-8») and upload the new file."
    ),
    Reason.FORMULA: _(
        "The cell in row %(row)s, column %(column)s begins with «%(start)s»; a spreadsheet would take it for a formula"
        " and could run it. Write it differently (for example with a word in front), save and upload again."
    ),
    Reason.VIRUS: _(
        "The virus scanner found harmful content in the file. Do not open it and do not send it on. Tell the person on"
        " duty for network security, and check the computer it came from."
    ),
    Reason.NOT_SCANNED: _(
        "The file could not be checked for viruses yet, because the scanner does not answer. Nothing was stored. Please"
        " try again in a few minutes; if it goes on, tell the administrator of the system."
    ),
    Reason.BUSY: _("Many files are being examined at this moment. Nothing was stored. Please try again in a minute."),
}  # fmt: skip

SMALLER: dict[str, Promise] = {
    "picture": _(
        "Save the picture as JPEG with at most 4,096 pixels on the longer side and upload it again."
    ),
    "pdf": _(
        "Scan in grey at 200–300 dpi, use «Reduce file size» in the PDF program, or split the file into parts."
    ),
    "office": _("Compress the pictures (Picture Format → Compress Pictures), or save it as PDF."),
    "text": _("Split the table or the text into several files."),
}

REMOVED: dict[Removed, Promise] = {
    Removed.SCRIPT: _("scripts"),
    Removed.ACTION: _("actions that start by themselves"),
    Removed.LINK: _("links to places outside the web (files, programs)"),
    Removed.ATTACHMENT: _("attached files"),
    Removed.MEDIA: _("sound, video and 3D"),
    Removed.FORM: _("sending of form data"),
    Removed.OUTSIDE: _("references to files elsewhere"),
    Removed.TEMPLATE: _("the link to a template"),
    Removed.ANIMATION: _("movement (only the first picture is kept)"),
}

WITHHELD = _(
    "Readers do not get this file any more: when it was examined again, it was found unsafe. Upload it anew in a safe"
    " form and choose the new file in the text; ask the administrator what was found."
)

TAKEN: dict[bool, Promise] = {
    True: _("JPEG, PNG, WebP, GIF or AVIF; at most 20 MB and 64 million pixels."),
    False: _(
        "PDF (at most 50 MB); .docx, .xlsx, .pptx, .odt, .ods, .odp (30 MB); .csv, .txt (5 MB). A signed PDF is kept"
        " as it is."
    ),
}  # by whether it is a picture; a test compares the numbers


def sentence(refusal: Refused) -> str:
    """Return why the file is refused and what to do next."""
    facts = {name: _shown(value) for name, value in refusal.facts.items()}
    if refusal.reason is Reason.TOO_LARGE:
        facts["advice"] = str(SMALLER[facts.pop("measure")])
        facts |= {name: filesizeformat(refusal.facts[name]) for name in ("size", "most")}
    return str(REFUSALS[refusal.reason]) % facts


def _shown(fact: str | int) -> str:
    """50.000: Django groups no digits in Vietnamese."""
    return f"{fact:,}".replace(",", get_format("THOUSAND_SEPARATOR")) if isinstance(fact, int) else fact


def left_out(removed: Iterable[Removed]) -> str:
    """Return what an officer should know of a file that was kept without some of it; empty for nothing."""
    told = ", ".join(str(REMOVED[one]) for one in removed)
    if not told:
        return ""
    return gettext(
        "For the readers' safety, this was left out of the file when it was uploaded: %(things)s. Open the file and"
        " look whether it is still complete."
    ) % {"things": told}
