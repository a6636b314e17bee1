"""Every layout and component, shown from its samples: no database, no request, no clock."""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from conglang.portal.content.pages import gallery, samples
from conglang.portal.content.pages.tests.markup import Markup
from conglang.portal.publishing.rendering.face import Face

DESIGN = gallery.DESIGN
LAYOUTS = samples.layouts(DESIGN)
COMPONENTS = samples.components(DESIGN)
COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|oklch|color)\(|:[^;]*\b(?:white|black|gray|red)\b")


@cache
def face() -> Face:
    return Face(DESIGN)


def shown(sample: samples.LayoutSample) -> str:
    network = DESIGN.parent / "networks" / "hanoi"
    return gallery._layout(face(), sample, network if network.exists() else None)


def named(sample: samples.LayoutSample | samples.ComponentSample) -> str:
    return f"{getattr(sample, 'layout', '') or getattr(sample, 'component', '')}-{sample.case}".replace(
        " ", "-"
    )


every_layout = pytest.mark.parametrize("sample", LAYOUTS, ids=named)


def test_every_layout_and_component_has_a_sample() -> None:
    layouts = {file.stem for file in (DESIGN / "layouts").glob("*.html")} - {"base"}
    components = {folder.name for folder in (DESIGN / "components").iterdir()}

    assert layouts == {sample.layout for sample in LAYOUTS}
    assert components == {sample.component for sample in COMPONENTS}


@every_layout
def test_page_is_sound_and_holds_no_style_or_script_of_its_own(sample: samples.LayoutSample) -> None:
    assert Markup(shown(sample)).faults == []


@pytest.mark.parametrize("sample", COMPONENTS, ids=named)
def test_component_is_sound_and_holds_no_style_or_script_of_its_own(sample: samples.ComponentSample) -> None:
    assert Markup(gallery.component(face(), sample)).faults == []


@every_layout
def test_head_and_foot_say_what_the_law_names(sample: samples.LayoutSample) -> None:
    page, contact = Markup(shown(sample)), sample.site.contact

    assert page.having("html", lang="vi")
    assert page.having("svg", class_="header__mark")
    assert page.having("nav", class_="menu")
    for words in (sample.site.title, sample.site.name, contact.office_name):
        assert words in page.words
    for label in ("Người chịu trách nhiệm", "Địa chỉ", "Điện thoại", "Thư điện tử"):
        assert label in page.words
    for value in (contact.responsible, contact.address, contact.phone, contact.email):
        assert (value or "chưa cập nhật") in page.words


@every_layout
def test_trial_and_demonstration_are_marked_on_every_page(sample: samples.LayoutSample) -> None:
    real = replace(sample, site=replace(sample.site, trial=False, demo=False))
    trial = replace(sample, site=replace(sample.site, trial=True, demo=True))

    assert "Vận hành thử nghiệm" in shown(trial)
    assert "Bản trình diễn" in shown(trial)
    assert "Vận hành thử nghiệm" not in shown(real)
    assert "Bản trình diễn" not in shown(real)


@every_layout
def test_page_can_be_reached_by_keyboard_and_named_by_machines(sample: samples.LayoutSample) -> None:
    page = Markup(shown(sample))

    links = [attributes["href"] for attributes in page.having("a")]
    assert links[0] == "#main"
    assert page.having("main", id="main")
    assert len(page.having("h1")) == 1
    assert page.having("link", rel="canonical", href=sample.page.canonical)
    assert page.having("meta", property="og:url")
    assert [
        name for name, _value in sample.page.dublin_core.items() if not page.having("meta", name=f"DC.{name}")
    ] == []


@every_layout
def test_headings_never_skip_a_level(sample: samples.LayoutSample) -> None:
    levels = [
        int(tag[1]) for tag, _attributes in Markup(shown(sample)).elements if re.fullmatch("h[1-6]", tag)
    ]

    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))


@every_layout
def test_nothing_is_asked_of_a_third_party(sample: samples.LayoutSample) -> None:
    page = Markup(shown(sample))
    asked = [attributes.get("src") or "" for tag, attributes in page.elements if "src" in attributes]
    asked += [
        attributes.get("href") or "" for attributes in page.having("link") if attributes["rel"] != "canonical"
    ]

    assert [address for address in asked if not address.startswith("/") or address.startswith("//")] == []
    assert {address for address in asked if address.startswith("/_/a/")} <= set(face().assets())


@every_layout
def test_pictures_have_size_and_words(sample: samples.LayoutSample) -> None:
    for attributes in Markup(shown(sample)).having("img"):
        assert attributes["width"] and attributes["height"] and "alt" in attributes


def test_words_of_an_editor_stay_words_in_every_layout() -> None:
    for sample in LAYOUTS:
        title = '"><script>alert(1)</script>'
        evil = replace(sample, page=replace(sample.page, title=title, description=title))
        assert "<script>alert" not in shown(evil)


def test_every_word_of_the_face_is_vietnamese() -> None:
    translated = face()._translations.gettext
    same_in_both = {"Fax"}

    assert [text for text in face().messages() if translated(text) == text and text not in same_in_both] == []


def test_colours_are_written_in_tokens_only() -> None:
    sheets = [*DESIGN.glob("*.css"), *DESIGN.glob("components/*/*.css")]
    found = {
        sheet.name: COLOUR.findall(sheet.read_text().lower())
        for sheet in sheets
        if sheet.name not in {"tokens.css", "fonts.css"}
    }

    assert {name: colours for name, colours in found.items() if colours} == {}


def test_styles_use_only_tokens_that_exist() -> None:
    defined = set(re.findall(r"(--[\w-]+):", (DESIGN / "tokens.css").read_text()))
    used = {
        name for sheet in DESIGN.rglob("*.css") for name in re.findall(r"var\((--[\w-]+)", sheet.read_text())
    }

    assert used <= defined


def test_text_is_never_justified_and_nothing_moves_by_itself() -> None:
    css = face().assets()[face().asset("site.css")].decode()

    assert not re.search(r"justify;|@keyframes|animation", css)


def test_gallery_writes_all_pages_and_files(tmp_path: Path) -> None:
    paths = gallery.write(face(), tmp_path)

    assert len(paths) == len(LAYOUTS) + 2
    assert all((tmp_path / path.lstrip("/") / "index.html").exists() for path in paths)
    assert (tmp_path / face().asset("site.css").lstrip("/")).exists()
