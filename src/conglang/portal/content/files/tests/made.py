"""Files for tests of other apps: real ones, which came through the door like any other."""

from io import BytesIO

import pikepdf
from django.core.files.base import ContentFile

from conglang.portal.content.files.door import admit
from conglang.portal.content.files.examination import examining


def pdf(title: str = "") -> bytes:
    """One empty page with a title; other words, other bytes."""
    made, out = pikepdf.new(), BytesIO()
    made.add_blank_page()
    made.docinfo["/Title"] = title
    made.save(out, deterministic_id=True)
    return out.getvalue()


def pdf_file(name: str, title: str = "") -> ContentFile:
    """The same as it may be stored, examined in this process to save time."""
    return admit(ContentFile(pdf(title)), name, picture=False, examined=examining.examined).content()
