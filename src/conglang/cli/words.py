"""What the command line says: Vietnamese unless CONGLANG_LANGUAGE names another language, from the one catalogue."""

import argparse
import gettext
import os
from pathlib import Path

from rich.console import Console

LOCALE = Path(__file__).resolve().parents[1] / "locale"

_catalogue = gettext.translation(
    "django", LOCALE, languages=[os.environ.get("CONGLANG_LANGUAGE", "vi")], fallback=True
)
_ = _catalogue.gettext
# The library's own sentences («the following arguments are required») come from the same catalogue.
argparse._ = _  # type: ignore[attr-defined]
argparse.ngettext = _catalogue.ngettext  # type: ignore[attr-defined]
console = Console(highlight=False, soft_wrap=True)


class Trouble(Exception):
    """Something the person at the keyboard can mend. The text is one or two sentences: what happened, what was
    kept, what to do next; `main` prints it and ends with status 1."""


def say(text: str, style: str = "") -> None:
    """Print one line at once, so that a log or a pipe has it too."""
    console.print(text, style=style or None, markup=False)
