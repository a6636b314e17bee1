"""A small file by which the clock says that it goes: for ``doctor``, which asks no database, and for the desk."""

import json
import os
from datetime import datetime
from pathlib import Path

from django.conf import settings

NAME = "spool/moments.json"


def write_pulse(facts: dict[str, float]) -> None:
    """Replace the file in one step. ``facts``: at (seconds since 1970), overdue, failed, worst (seconds)."""
    file = Path(settings.DATA) / NAME
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_suffix(f".{os.getpid()}")
    half.write_text(json.dumps(facts))
    half.replace(file)


def silent_seconds(*, now: datetime) -> float | None:
    """How long ago the clock of any worker was heard; None when it never was."""
    try:
        return now.timestamp() - float(json.loads((Path(settings.DATA) / NAME).read_text())["at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
