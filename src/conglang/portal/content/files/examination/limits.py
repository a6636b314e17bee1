"""The limits of limits.toml as values."""

import tomllib
from pathlib import Path
from types import SimpleNamespace

_TABLES = tomllib.loads(Path(__file__).with_name("limits.toml").read_text(encoding="utf-8"))
EDITION: int = _TABLES.pop("edition")
BYTES, PICTURE, PDF, OFFICE, TEXT, PROCESS = (
    SimpleNamespace(**_TABLES[name]) for name in ("bytes", "picture", "pdf", "office", "text", "process")
)
LARGEST: int = max(vars(BYTES).values())
