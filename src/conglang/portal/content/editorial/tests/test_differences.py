"""What an approver is shown of a change."""

from conglang.portal.content.editorial.differences import Change, compared, folded, lines_of


def words(line):
    return [(piece.change.value, piece.text.strip()) for piece in line]


def test_one_changed_hour_stands_out_in_its_sentence():
    (line,) = compared(["Tiếp dân lúc 8 giờ sáng thứ Hai."], ["Tiếp dân lúc 9 giờ sáng thứ Hai."])

    assert words(line) == [
        ("same", "Tiếp dân lúc"), ("removed", "8"), ("added", "9"), ("same", "giờ sáng thứ Hai."),
    ]  # fmt: skip


def test_paragraph_that_comes_and_one_that_goes():
    lines = compared(["một", "hai"], ["một", "ba", "bốn"])

    assert [words(line) for line in lines][1:] == [
        [("removed", "hai")], [("added", "ba")], [("added", "bốn")],
    ]  # fmt: skip


def test_what_nobody_changed_is_counted_not_shown():
    same = [f"đoạn {number}" for number in range(10)]
    parts = folded(compared(same, [*same[:5], "mới", *same[5:]]))

    assert [part.hidden for part in parts] == [4, 0, 4]
    assert [words(line)[0][0] for line in parts[1].lines] == ["same", "added", "same"]


def test_nothing_to_compare_shows_nothing():
    assert folded(compared([], [])) == []
    assert folded(compared(["a"], ["a"]))[0].hidden == 1


def test_page_is_read_by_paragraphs_and_pictures_and_nothing_twice():
    html = (
        "<header><p>Menu</p></header><main><h1>Lễ  công bố</h1><ul><li><p>Một</p></li></ul>"
        '<img src="/_/m/abcdef0123456789.webp" alt="Cổng làng"><p></p></main>'
    )

    assert lines_of(html) == ["Lễ công bố", "Một", "🖼 Cổng làng (abcdef012345)"]


def test_where_a_link_leads_is_part_of_what_is_compared():
    html = '<main><p>Xem <a href="{}">lịch tiếp dân</a>.</p></main>'
    before, after = (lines_of(html.format(to)) for to in ("/lich/", "https://nha-cai.example/"))
    (line,) = compared(before, after)

    assert ("added", "⟨https://nha-cai.example/⟩") in words(line)


def test_what_the_site_puts_around_every_text_is_left_out():
    html = (
        '<main><nav><p>Trang chủ</p></nav><article><p>Bài</p><ul class="page-tools"><li>In trang</li></ul></article>'
        '<section class="latest"><h2>Tin mới</h2></section></main>'
    )

    assert lines_of(html) == ["Bài"]


def test_exchanged_picture_with_the_same_description_is_seen():
    lines = compared(["🖼 Cổng làng (aaaa)"], ["🖼 Cổng làng (bbbb)"])

    assert any(piece.change is Change.ADDED for piece in lines[0])
