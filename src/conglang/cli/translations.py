"""Compile the catalogues (.po → .mo) that changed. The .mo files are made here and committed nowhere."""

import os
from contextlib import suppress
from pathlib import Path

LOCALE = Path(__file__).resolve().parents[1] / "locale"


def compile_changed(locale: Path = LOCALE) -> list[Path]:
    """Return the .mo files that were written: those missing or older than their .po.

    A checkout that cannot be written keeps its old ones; the texts then stay as they were, or English.
    """
    return [mo for po in sorted(locale.glob("*/LC_MESSAGES/*.po")) if (mo := _compile(po)) is not None]


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
