"""What Django, Wagtail and their helpers say to an editor, held against what we have in Vietnamese.

The libraries bring their English texts as catalogues; an upgrade that adds or rewords one is seen at once, by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from babel.messages.pofile import read_po

from conglang.cli.translations import LIBRARIES as OURS
from conglang.cli.translations import LOCALE

LIBRARIES = (
    "django.conf", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "taggit",
    "wagtail", "wagtail.admin", "wagtail.documents", "wagtail.images", "wagtail.sites", "wagtail.snippets",
    "wagtail.users",
)  # fmt: skip
# Not installed as apps, so their own Vietnamese is not read either, but their texts can stand on our screens.
ALSO_SEEN = ("django.contrib.postgres", "wagtail.embeds", "wagtail.search")
Key = tuple[str, str]


def gaps(libraries: tuple[str, ...] = (*LIBRARIES, *ALSO_SEEN)) -> list[str]:
    """Return a sentence for every text of an installed library without Vietnamese, and for every one that we
    translate although no library says it any more. What to do: add it to, or take it out of, locale_libraries."""
    return [fault for domain in ("django", "djangojs") for fault in _gaps(domain, libraries)]


def _gaps(domain: str, libraries: tuple[str, ...]) -> Iterator[str]:
    ours = _translated(OURS, domain)
    read = ours | _translated(LOCALE, domain)
    read |= {key for library in LIBRARIES for key in _translated(_folder(library), domain)}
    said: set[Key] = set()
    for library in libraries:
        here = {key for key, _ in _entries(_folder(library) / "en/LC_MESSAGES" / f"{domain}.po")}
        said |= here
        for _, text in sorted(here - read):
            yield f"{library} ({domain}): {text!r} has no Vietnamese"
    for _, text in sorted(ours - said):
        yield f"locale_libraries ({domain}): no library says {text!r}"


def _folder(library: str) -> Path:
    spec = find_spec(library)
    if spec is None or not spec.submodule_search_locations:
        raise LookupError(f"{library} is not installed")
    return Path(spec.submodule_search_locations[0]) / "locale"


def _translated(locale: Path, domain: str) -> set[Key]:
    return {key for key, vietnamese in _entries(locale / "vi/LC_MESSAGES" / f"{domain}.po") if vietnamese}


def _entries(file: Path) -> Iterator[tuple[Key, str]]:
    if not file.exists():
        return
    with file.open("rb") as handle:
        for entry in read_po(handle):
            text = entry.id if isinstance(entry.id, str) else entry.id[0]
            said = entry.string if isinstance(entry.string, str) else (entry.string or ("",))[0]
            if text:
                yield (entry.context or "", text), "" if entry.fuzzy else said
