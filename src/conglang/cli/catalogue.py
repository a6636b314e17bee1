"""Judge the Vietnamese catalogues: nothing empty, nothing said twice, the same placeholders on both sides, and every
text of Django and Wagtail that an editor can meet has one."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.pofile import PoFileError, read_po

from conglang.cli.catalogue_libraries import gaps
from conglang.cli.translations import LIBRARIES, LOCALE

PLACEHOLDER = re.compile(r"%\(\w+\)[sdfr]|%[sdf]|\{\w*\}")
MSGID = re.compile(r'^msgid ((?:"(?:[^"\\]|\\.)*"\s*)+)', re.MULTILINE)
MSGCTXT_BEFORE = re.compile(r'^msgctxt "((?:[^"\\]|\\.)*)"\n$', re.MULTILINE)


def problems(file: Path) -> list[str]:
    """Return one sentence per fault of a .po file, none when it is sound."""
    text = file.read_text(encoding="utf-8")
    try:
        with file.open("rb") as handle:
            catalogue = read_po(handle, locale=file.parent.parent.name, abort_invalid=True)
    except (PoFileError, ValueError) as fault:
        return [f"{file}: cannot be read: {fault}"]
    found = [f"{file}: {name!r} is there twice" for name in _twice(text)]
    for message in catalogue:
        if message.id:
            found += [f"{file}:{line}: {fault}" for line, fault in _faults(message)]
    return found


def _twice(text: str) -> list[str]:
    """Message ids that occur twice in the same context: gettext would refuse them, babel keeps the last."""
    seen: Counter[tuple[str, str]] = Counter()
    for match in MSGID.finditer(text):
        before = text[: match.start()].rsplit("\n", 2)[-2:]
        context = MSGCTXT_BEFORE.match("\n".join(before))
        joined = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', match.group(1)))
        seen[(context.group(1) if context else "", joined)] += 1
    return [msgid for (_, msgid), times in seen.items() if times > 1 and msgid]


# Wagtail counts «None» where it lists pages of several types; the Vietnamese says «Trang» instead.
MAY_BE_LEFT_OUT = Counter(["%(model_name)s"])


def _faults(message: Message) -> Iterator[tuple[int, str]]:
    line = message.lineno or 0
    forms = (message.id,) if isinstance(message.id, str) else message.id
    source = forms[0]
    strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
    if message.fuzzy:
        yield line, f"{source!r} is marked fuzzy: nobody has confirmed it"
    for string in strings:
        if not string.strip():
            yield line, f"{source!r} has no Vietnamese"
        elif not any(_slots(form) in (_slots(string), _slots(string) + MAY_BE_LEFT_OUT) for form in forms):
            yield line, f"{source!r} and its Vietnamese have different placeholders"


def _slots(text: str) -> Counter[str]:
    return Counter(PLACEHOLDER.findall(text))


def main() -> int:
    """Print the faults of every catalogue; return 0 when there is none."""
    files = [*sorted(LOCALE.glob("*/LC_MESSAGES/*.po")), *sorted(LIBRARIES.glob("*/LC_MESSAGES/*.po"))]
    faults = [fault for file in files for fault in problems(file)] + gaps()
    print("\n".join(faults) if faults else f"{len(files)} catalogue(s) sound")
    return 1 if faults or not files else 0


if __name__ == "__main__":
    sys.exit(main())
