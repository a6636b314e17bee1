"""What the engine promises to whoever renders: escaping, honesty about missing values, addresses by content."""

import base64
import hashlib
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from conglang.portal.publishing.rendering.face import Face
from conglang.wire.bundle import UnknownAsset

CATALOGUE = (
    'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Notices"\nmsgstr "Thông báo"\n'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    design = tmp_path / "design"
    (design / "components" / "note").mkdir(parents=True)
    (design / "fonts").mkdir()
    (design / "fonts" / "letter.woff2").write_bytes(b"letter")
    (design / "tokens.css").write_text("/* colours */\n:root {\n  --ink: black;\n}\n")
    (design / "fonts.css").write_text("@font-face {\n  src: url(asset:letter.woff2);\n}\n")
    (design / "components" / "note" / "note.css").write_text(".note {\n  color: var(--ink);\n}\n")
    (design / "components" / "note" / "note.js").write_text("const one = 1;\n")
    (design / "page.html").write_text("<h1>{{ _('Notices') }}</h1><p>{{ text }}</p>")
    catalogue = tmp_path / "locale" / "vi" / "LC_MESSAGES"
    catalogue.mkdir(parents=True)
    (catalogue / "django.po").write_text(CATALOGUE)
    return design


def face(folder: Path) -> Face:
    return Face(folder, locale=folder.parent / "locale")


def test_text_of_an_editor_cannot_become_markup(folder: Path) -> None:
    assert "<p>&lt;script&gt;</p>" in face(folder).render("page.html", text="<script>")


def test_page_speaks_vietnamese_from_the_catalogue_itself(folder: Path) -> None:
    assert "<h1>Thông báo</h1>" in face(folder).render("page.html", text="")


def test_a_value_that_is_not_given_stops_the_page(folder: Path) -> None:
    with pytest.raises(UndefinedError, match="text"):
        face(folder).render("page.html")


def test_stylesheet_names_fonts_by_their_content(folder: Path) -> None:
    shown = face(folder)

    css = shown.assets()[shown.asset("site.css")].decode()

    assert f"url({shown.asset('letter.woff2')})" in css
    assert "colours" not in css
    assert css.index("--ink") < css.index(".note")


def test_a_changed_style_has_a_new_address_and_other_files_keep_theirs(folder: Path) -> None:
    before = face(folder)
    (folder / "components" / "note" / "note.css").write_text(".note {\n  color: inherit;\n}\n")
    after = face(folder)

    assert before.asset("site.css") != after.asset("site.css")
    assert before.asset("letter.woff2") == after.asset("letter.woff2")


def test_page_tells_browsers_the_digest_of_its_script(folder: Path) -> None:
    (folder / "page.html").write_text("{{ integrity('site.js') }}")
    shown = face(folder)

    digest = hashlib.sha384(shown.assets()[shown.asset("site.js")]).digest()

    assert shown.render("page.html") == f"sha384-{base64.b64encode(digest).decode()}"
    with pytest.raises(UnknownAsset):
        shown.integrity("logo.js")


def test_unknown_asset_is_named_with_what_there_is(folder: Path) -> None:
    with pytest.raises(UnknownAsset, match=r"logo\.png.*site\.css"):
        face(folder).asset("logo.png")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("page.html", "<h1>{{ _('Notices') }}</h1><b>{{ text }}</b>"),
        ("components/note/note.js", "const one = 2;\n"),
        ("../locale/vi/LC_MESSAGES/django.po", CATALOGUE.replace("Thông báo", "Tin báo")),
    ],
)
def test_digest_changes_with_template_script_and_words(folder: Path, file: str, text: str) -> None:
    before = face(folder).digest()
    (folder / file).write_text(text)

    assert face(folder).digest() != before


def test_digest_stays_when_only_the_words_of_the_desk_or_a_sample_change(folder: Path) -> None:
    before = face(folder).digest()
    catalogue = folder.parent / "locale" / "vi" / "LC_MESSAGES" / "django.po"
    catalogue.write_text(CATALOGUE + '\nmsgid "Desk"\nmsgstr "Bàn làm việc"\n')
    (folder / "components" / "note" / "note.yaml").write_text("[]")

    assert face(folder).digest() == before


def test_what_pages_share_is_made_once_and_never_taken_for_another(folder: Path) -> None:
    (folder / "head.html").write_text(
        "{% macro head(site) %}<b>{{ site.name }}</b>{% endmacro %}{{ once(head, site) }}"
    )
    shown = face(folder)

    names = [shown.render("head.html", site={"name": f"Phường {number}"}) for number in range(600)]

    assert names == [f"<b>Phường {number}</b>" for number in range(600)]


def test_a_shared_part_is_not_made_again_for_the_same_site(folder: Path) -> None:
    class Counting:
        made = 0

        @property
        def name(self) -> str:
            self.made += 1
            return "Phường Ba Đình"

    (folder / "head.html").write_text(
        "{% macro head(site) %}<b>{{ site.name }}</b>{% endmacro %}{{ once(head, site) }}"
    )
    shown, site = face(folder), Counting()

    assert (
        shown.render("head.html", site=site)
        == shown.render("head.html", site=site)
        == "<b>Phường Ba Đình</b>"
    )
    assert site.made == 1
