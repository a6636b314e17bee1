"""The walk from stored JSON to blocks. No database."""

from typing import Any

import pytest

from conglang.portal.content.pages.public_views import FileLink, Picture
from conglang.portal.content.pages.stream import Resolver, Walk, Wanted

PICTURE = Picture("/_/m/a.jpg", 10, 10, "Ô đỏ")
FILE = FileLink("Tệp", "/_/d/x/tep.pdf", 3, "application/pdf")


def walk() -> Walk:
    return Walk(
        Resolver(
            picture=lambda pk, caption: PICTURE if pk == 1 else None,
            file=lambda pk, title: FILE if pk == 1 else None,
            page=lambda pk: {1: "/tin-tuc/", 2: "http://ngo.localhost/a/?b&c"}.get(pk),
            predecessors=lambda: [("Phường Nếp", "Quận Gạo", True, "toàn bộ")],
        )
    )


def one(kind: str, value: Any) -> Any:
    blocks = walk().blocks([{"type": kind, "value": value, "id": "x"}])
    return blocks[0].data if blocks else None


@pytest.mark.parametrize(
    "dirty",
    [
        "<script>alert(1)</script>",
        '<p onclick="x()">a</p>',
        '<img src=x onerror="x()">',
        '<a href="javascript:x()">a</a>',
        '<a href="data:text/html,x">a</a>',
        '<a linktype="page" id="1" href="javascript:x()" onclick="x()">a</a>',
        '<p style="display:none">a</p>',
        "<iframe src=https://x></iframe>",
        '<a href="//evil.example">a</a>',
    ],
)
def test_rich_text_is_cleaned(dirty: str) -> None:
    cleaned = (one("text", f"<p>b</p>{dirty}") or {"html": ""})["html"]

    assert not any(
        bad in cleaned for bad in ("script", "onclick", "onerror", "style", "iframe", "data:", "//evil")
    )


def test_links_are_resolved_and_those_that_lead_nowhere_become_text() -> None:
    html = (
        '<p><a linktype="page" id="1">a</a><a linktype="page" id="9">b</a><a linktype="document" id="1">c</a>'
        '<a href="https://dichvucong.gov.vn/?a=1&amp;b=2">d</a><a linktype="page" id="2">e</a></p>'
    )

    assert one("text", html)["html"] == (
        '<p><a href="/tin-tuc/">a</a><a>b</a><a href="/_/d/x/tep.pdf">c</a>'
        '<a href="https://dichvucong.gov.vn/?a=1&amp;b=2">d</a><a href="http://ngo.localhost/a/?b&amp;c">e</a></p>'
    )


def test_headings_get_anchors_of_their_own() -> None:
    blocks = walk().blocks([{"type": "heading", "value": {"text": "Đơn vị cũ", "level": "2"}}] * 2)

    assert [block.data["anchor"] for block in blocks] == ["don-vi-cu", "don-vi-cu-2"]


def test_table_in_both_stored_forms() -> None:
    new = {
        "caption": "C",
        "header": [{"type": "item", "value": "A"}],
        "rows": [{"type": "item", "value": [{"type": "item", "value": "1"}]}],
    }
    old = {"caption": "C", "header": ["A"], "rows": [["1"]]}

    assert one("table", new) == one("table", old)
    assert one("table", old)["rows"] == (("1",),)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("image", {"image": 9, "caption": ""}),
        ("image", {"image": None}),
        ("gallery", []),
        ("file", {"document": 9}),
        ("video", {"title": "T", "link": "javascript:x()"}),
        ("video", {"title": "T", "link": "http://youtube.com/x"}),
        ("text", ""),
        ("unknown", {"a": 1}),
    ],
)
def test_what_is_not_there_is_left_out(kind: str, value: Any) -> None:
    assert one(kind, value) is None


def test_own_film_and_link_elsewhere() -> None:
    assert one("video", {"title": "T", "document": 1})["own"] is True
    assert one("video", {"title": "T", "link": "https://youtu.be/x"})["url"] == "https://youtu.be/x"


def test_references_are_found_before_they_are_needed() -> None:
    wanted = Wanted()
    wanted.add(
        [
            {"type": "text", "value": '<a id="4" linktype="page">a</a><a linktype="document" id="5">b</a>'},
            {"type": "image", "value": {"image": 6}},
            {"type": "gallery", "value": [{"type": "item", "value": {"image": 7}}]},
            {"type": "video", "value": {"document": 8, "poster": 9}},
            {"type": "predecessors", "value": {}},
        ]
    )

    assert (wanted.pages, wanted.documents, wanted.images) == ({4}, {5, 8}, {6, 7, 9})
    assert wanted.predecessors
