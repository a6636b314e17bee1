"""Where a link in a document may lead: to the web, to a mail box, to a telephone, or within the document."""

import re

_OPEN = re.compile(r"(?:https?://[^\s]+|mailto:[^\s]+|tel:[+\d\s().-]+)", re.I)


def may_lead_there(target: str) -> bool:
    """Whether a reader may be sent to ``target`` by a click."""
    bare = target.strip()
    if not bare or bare.startswith("#"):
        return True
    if any(ord(letter) < 32 for letter in bare) or "\\" in bare:
        return False
    return bool(_OPEN.match(bare))


def looks_outside(target: str) -> bool:
    """Whether a program that opens the document would fetch ``target`` from somewhere else."""
    bare = target.strip().lower()
    return (
        bool(re.match(r"[a-z][a-z0-9+.-]*:", bare))
        and not bare.startswith("data:")
        or bare.startswith(("\\", "//"))
    )
