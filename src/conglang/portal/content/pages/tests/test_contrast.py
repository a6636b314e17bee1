"""Every pair of colours that meets on a page, measured (WCAG 2.1: text 4.5 to 1, lines and signs 3 to 1)."""

import re

import pytest

from conglang.portal.content.pages.gallery import DESIGN

GROUNDS = ("ground", "surface", "surface-deep")
TEXT = [
    *[(ink, ground) for ink in ("ink", "ink-soft") for ground in GROUNDS],
    *[(ink, ground) for ink in ("accent", "good", "warn", "bad") for ground in ("ground", "surface")],
    ("action-ink", "action"),
    ("action-ink", "action-hover"),
]
SIGNS = [
    *[(line, ground) for line in ("gold", "line-strong", "focus") for ground in ("ground", "surface")],
    ("accent", "surface-deep"),
]


def schemes() -> dict[str, dict[str, str]]:
    """Return the colour tokens of the light and the dark scheme as ``{"ink": "1b1a17"}``."""
    light, _, rest = (DESIGN / "tokens.css").read_text().partition("@media (prefers-color-scheme: dark)")
    find = re.compile(r"--([\w-]+): #([0-9a-f]{6});")
    return {"light": dict(find.findall(light)), "dark": dict(find.findall(rest.partition("@media")[0]))}


def luminance(colour: str) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[place : place + 2], 16) / 255) for place in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_measure_agrees_with_the_standard() -> None:
    assert contrast("ffffff", "000000") == pytest.approx(21)
    assert contrast("b8860b", "f7f5f1") == pytest.approx(2.99, abs=0.01)


def test_both_schemes_name_the_same_colours() -> None:
    assert schemes()["light"].keys() == schemes()["dark"].keys()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), [(*p, 4.5) for p in TEXT] + [(*p, 3.0) for p in SIGNS])
def test_words_and_signs_stand_out_from_their_ground(
    scheme: str, ink: str, ground: str, least: float
) -> None:
    colours = schemes()[scheme]

    assert contrast(colours[ink], colours[ground]) >= least


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), [(*p, 4.5) for p in TEXT] + [(*p, 3.0) for p in SIGNS])
def test_words_and_signs_stand_out_in_mourning(scheme: str, ink: str, ground: str, least: float) -> None:
    """The class replaces coloured tokens; the filter then makes grey what is left, by the weights of luminance."""
    text = (DESIGN / "tokens.css").read_text().partition(".mourning {")[2]
    stands_for = dict(re.findall(r"--([\w-]+): var\(--([\w-]+)\);", text))
    colours = {name: grey(schemes()[scheme][stands_for.get(name, name)]) for name in schemes()[scheme]}

    assert stands_for.keys() >= {"accent", "bad", "gold"}
    assert contrast(colours[ink], colours[ground]) >= least


def grey(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (0, 2, 4))
    return f"{round(0.2126 * red + 0.7152 * green + 0.0722 * blue):02x}" * 3
