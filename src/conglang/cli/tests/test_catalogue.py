"""A catalogue with a fault is refused with a sentence that names it."""

from pathlib import Path

from conglang.cli.catalogue import problems
from conglang.cli.catalogue_libraries import gaps

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'


def _catalogue(folder: Path, body: str) -> Path:
    file = folder / "vi" / "LC_MESSAGES" / "django.po"
    file.parent.mkdir(parents=True)
    file.write_text(HEAD + body, encoding="utf-8")
    return file


def test_a_sound_catalogue_has_no_problems(tmp_path: Path) -> None:
    file = _catalogue(tmp_path, 'msgid "Save %(name)s"\nmsgstr "Lưu %(name)s"\n')

    assert problems(file) == []


def test_a_text_without_vietnamese_is_found(tmp_path: Path) -> None:
    file = _catalogue(tmp_path, 'msgid "Save"\nmsgstr ""\n')

    assert "has no Vietnamese" in problems(file)[0]


def test_a_text_that_is_there_twice_is_found(tmp_path: Path) -> None:
    file = _catalogue(tmp_path, 'msgid "Save"\nmsgstr "Lưu"\n\nmsgid "Save"\nmsgstr "Ghi"\n')

    assert "twice" in problems(file)[0]


def test_the_same_text_in_two_contexts_is_no_doubling(tmp_path: Path) -> None:
    body = 'msgctxt "a"\nmsgid "Save"\nmsgstr "Lưu"\n\nmsgctxt "b"\nmsgid "Save"\nmsgstr "Ghi"\n'

    assert problems(_catalogue(tmp_path, body)) == []


def test_a_lost_placeholder_is_found(tmp_path: Path) -> None:
    file = _catalogue(tmp_path, 'msgid "%(count)s pages"\nmsgstr "các trang"\n')

    assert "placeholders" in problems(file)[0]


def test_a_plural_keeps_the_placeholders_of_one_of_its_forms(tmp_path: Path) -> None:
    body = 'msgid "1 page"\nmsgid_plural "%(count)s pages"\nmsgstr[0] "%(counter)s trang"\n'

    assert "placeholders" in problems(_catalogue(tmp_path, body))[0]
    assert problems(_catalogue(tmp_path / "right", body.replace("counter", "count"))) == []


def test_every_text_of_the_libraries_has_vietnamese() -> None:
    assert gaps() == []


def test_a_library_without_vietnamese_is_named_with_its_text() -> None:
    assert "django.contrib.flatpages (django): 'flat page' has no Vietnamese" in gaps(
        ("django.contrib.flatpages",)
    )


def test_a_translation_that_no_library_asks_for_is_named() -> None:
    assert any("no library says 'Full width'" in fault for fault in gaps(("taggit",)))
