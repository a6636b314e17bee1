"""A catalogue with a fault is refused with a sentence that names it."""

from pathlib import Path

from conglang.cli.catalogue import problems

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
