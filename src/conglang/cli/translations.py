"""Compile the catalogues (.po → .mo) that changed. The .mo files are made here and committed nowhere."""

import os
from contextlib import suppress
from pathlib import Path

LOCALE = Path(__file__).resolve().parents[1] / "locale"
LIBRARIES = LOCALE.with_name(
    "locale_libraries"
)  # texts of Django and Wagtail that they do not bring themselves


def compile_changed(*folders: Path) -> list[Path]:
    """Return the .mo files that were written: those missing or older than their .po, in both folders by default.

    A checkout that cannot be written keeps its old ones; the texts then stay as they were, or English.
    """
    files = [
        po for folder in folders or (LOCALE, LIBRARIES) for po in sorted(folder.glob("*/LC_MESSAGES/*.po"))
    ]
    return [mo for po in files if (mo := _compile(po)) is not None]


def _compile(po: Path) -> Path | None:
    mo = po.with_suffix(".mo")
    if mo.exists() and mo.stat().st_mtime_ns >= po.stat().st_mtime_ns:
        return None
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    half = mo.with_name(f".{mo.name}.{os.getpid()}")
    with suppress(OSError):
        with po.open("rb") as source, half.open("wb") as target:
            write_mo(target, read_po(source, locale=po.parent.parent.name))
        half.replace(mo)
        return mo
    return None
