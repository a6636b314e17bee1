"""A reader's browser talks to the site alone, and no page carries script or style inline (the CSP allows none)."""

import re
from pathlib import Path

import pytest

from .house import ROOT, tracked

ELSEWHERE = re.compile(
    r"""(?:\b(?:src|srcset|poster|action|formaction|data|ping)\s*=\s*["']?\s*(?:https?:)?//"""
    r"""|<(?:link|base)\b[^>]*\bhref\s*=\s*["']?(?:https?:)?//"""
    r"""|url\(\s*["']?(?:https?:)?//"""
    r"""|@import\s+["'](?:https?:)?//)""",
    re.IGNORECASE,
)
REQUEST_OF_A_SCRIPT = re.compile(
    r"""(?:fetch|import|open|sendBeacon|EventSource|WebSocket)\s*\(?\s*["'`](?:https?:|wss?:)?//"""
)
INLINE = re.compile(r"""<[a-z][^>]*\s(?:style|on[a-z]+)\s*=\s*["']|<style\b|javascript:""", re.IGNORECASE)
INLINE_SCRIPT = re.compile(
    r"""<script\b(?![^>]*\bsrc\s*=)(?![^>]*type\s*=\s*["']application/(?:ld\+)?json)""", re.IGNORECASE
)
COMMENT = re.compile(r"\{#.*?#\}|<!--.*?-->|/\*.*?\*/", re.DOTALL)


def _face(*endings: str) -> list[Path]:
    return [file for file in tracked() if file.is_relative_to(ROOT / "design") and file.suffix in endings]


def _lines(pattern: re.Pattern[str], file: Path) -> list[str]:
    text = COMMENT.sub(lambda gone: "\n" * gone.group().count("\n"), file.read_text(encoding="utf-8"))
    return [
        f"{file.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}: {match.group()!r}"
        for match in pattern.finditer(text)
    ]


def test_there_is_a_public_face_to_judge() -> None:
    assert _face(".html")
    assert _face(".css")


def test_nothing_of_the_face_is_fetched_from_a_third_party() -> None:
    found = [line for file in _face(".html", ".css", ".js", ".svg") for line in _lines(ELSEWHERE, file)]
    found += [line for file in _face(".js") for line in _lines(REQUEST_OF_A_SCRIPT, file)]

    assert not found, "\n".join(found)


def test_no_template_of_the_face_carries_script_or_style_inline() -> None:
    found = [line for file in _face(".html") for line in _lines(INLINE, file) + _lines(INLINE_SCRIPT, file)]

    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "markup",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="preconnect" href="//fonts.example">',
        "body { background: url(https://images.example/a.png) }",
    ],
)
def test_the_test_knows_a_third_party_when_it_sees_one(markup: str) -> None:
    assert ELSEWHERE.search(markup)


def test_a_plain_link_to_another_office_is_no_request() -> None:
    assert not ELSEWHERE.search('<a href="https://dichvucong.gov.vn/">Cổng dịch vụ công</a>')
