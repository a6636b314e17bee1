"""The desk, the sites and the command line speak Vietnamese: every text marked for translation has one."""

import io
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.apps import apps
from django.utils.translation import gettext, override, pgettext

from conglang.cli.catalogue_libraries import LIBRARIES
from conglang.cli.translations import compile_changed

from .house import ROOT, tracked

KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
}  # fmt: skip
TRANS = re.compile(r"""\{%-?\s*(?:trans|translate)\s+(["'])(.+?)\1(?:\s+context\s+(["'])(.+?)\3)?""")
BLOCK = re.compile(
    r"\{%-?\s*blocktrans(?:late)?\b([^%]*)%\}(.*?)(?:\{%-?\s*plural|\{%-?\s*endblocktrans)", re.DOTALL
)


@pytest.fixture(scope="module", autouse=True)
def vietnamese() -> Iterator[None]:
    compile_changed()
    with override("vi"):
        yield


def _of_python_or_jinja(file: Path, method: str) -> Iterator[tuple[str, str]]:
    options = {"trimmed": "true", "silent": "false", "extensions": "jinja2.ext.i18n"}
    found = extract(method, io.BytesIO(file.read_bytes()), KEYWORDS, (), options if "jinja" in method else {})
    for _line, message, _comments, context in found:
        yield message if isinstance(message, str) else message[0], context or ""


def _of_django_template(file: Path) -> Iterator[tuple[str, str]]:
    text = file.read_text(encoding="utf-8")
    for _quote, message, _other, context in TRANS.findall(text):
        yield message, context
    for options, body in BLOCK.findall(text):
        lines = (line.strip() for line in body.strip().splitlines())
        message = " ".join(lines) if "trimmed" in options else body
        yield re.sub(r"\{\{\s*(\w+)\s*\}\}", r"%(\1)s", message), ""


@cache
def _texts() -> tuple[tuple[Path, str, str], ...]:
    return tuple(_extracted())


def _extracted() -> Iterator[tuple[Path, str, str]]:
    for file in tracked():
        inside = file.relative_to(ROOT)
        if "tests" in inside.parts or inside.parts[0] not in ("src", "design"):
            continue
        if file.suffix == ".py":
            found = _of_python_or_jinja(file, "python")
        elif file.suffix == ".html" and inside.parts[0] == "design":
            found = _of_python_or_jinja(file, "jinja2.ext:babel_extract")
        elif file.suffix in (".html", ".txt") and "templates" in inside.parts:
            found = _of_django_template(file)
        else:
            continue
        for message, context in found:
            yield inside, message, context


def _ours() -> set[tuple[str, str]]:
    """Texts our own catalogue translates, also where the Vietnamese is the same word («Fax»)."""
    with (ROOT / "src/conglang/locale/vi/LC_MESSAGES/django.po").open("rb") as handle:
        return {
            (entry.id if isinstance(entry.id, str) else entry.id[0], entry.context or "")
            for entry in read_po(handle)
        }


def _has_vietnamese(message: str, context: str) -> bool:
    """Django's and Wagtail's catalogues count too: what they translate need not be said again."""
    return (pgettext(context, message) if context else gettext(message)) != message


def test_every_text_a_person_sees_has_vietnamese() -> None:
    ours = _ours()
    lacking = {
        f"{file}: {message!r}"
        for file, message, context in _texts()
        if message.strip() and (message, context) not in ours and not _has_vietnamese(message, context)
    }

    assert not lacking, "Add to src/conglang/locale/vi/LC_MESSAGES/django.po:\n" + "\n".join(sorted(lacking))


def test_the_test_finds_texts_of_all_three_kinds() -> None:
    found = {file.parts[0] + file.suffix for file, _, _ in _texts()}

    assert {"src.py", "src.html", "design.html"} <= found


def test_every_installed_library_with_words_is_held_to_have_vietnamese() -> None:
    with_words = {
        config.name
        for config in apps.get_app_configs()
        if (Path(config.path) / "locale/en/LC_MESSAGES").is_dir() and not config.name.startswith("conglang.")
    }

    assert with_words <= set(LIBRARIES), "Add to src/conglang/cli/catalogue_libraries.py."
