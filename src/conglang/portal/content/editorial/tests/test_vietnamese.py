"""Whatever somebody reads at the desk came through a catalogue: no English is left, and nothing written in by hand."""

import re
from collections import defaultdict

import pytest
from django.db import transaction

from .conftest import Desk
from .matrix import Cell, Office
from .pseudo import leftovers, marked, pseudo_catalogue, unmarked

# Screens of Wagtail for administrators of the city that show names of its own rows and of programs.
ROWS_OF_WAGTAIL = ("wagtailusers_", "wagtailadmin_workflows", "wagtailadmin_reports:page_types_usage")
PEOPLE = ("m-unit-author", "m-city-administrator")  # what others see is a part of what these two do
# Wagtail writes it into a counter that nobody sees until there is something to count.
HIDDEN_COUNTER = ("div", "None")
# What is stored: names, titles, kinds of fixtures, times and addresses; and the two names of things that are names.
STORED = re.compile(
    r"BIMAT\w+|MINH\w+|m-[a-z-]+|-(?:soan|duyet)\b|\.pdf\b|\b(?:author|approver|centre|city-approver|admin|manager)\b"
    r"|UBND (?:Ba Đình|Hà Nội|Đống Đa)|Bản nháp riêng của|Ba Đình|Hà Nội|Đống Đa|Tin tức|Phường|Thành phố|\bRoot\b"
    r"|Kho dùng chung của|https?://\S+|\d\d:\d\d Ngày \d+ tháng \d+ năm \d+|Cổng Làng|Ti\S+ Vi\S+|English|\bpage:"
    r"|/tin-tuc/\S*|\b(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}\b|Moderators approval"
)


class _Undone(Exception):
    pass


def _page(office: Office, address: str, person: str) -> str:
    """The HTML that this person gets there; empty for anything else. What asking changed is undone."""
    try:
        with transaction.atomic():
            answer = office._answer(Cell(address, person, "own", "GET"))
            raise _Undone
    except _Undone:
        is_page = answer.status_code == 200 and "html" in answer.get("content-type", "")
        return answer.content.decode() if is_page and not answer.streaming else ""


@pytest.mark.slow
def test_every_text_that_is_read_came_through_a_catalogue(desk: Desk) -> None:
    office, found, walked = Office(desk), defaultdict(set), 0
    with pseudo_catalogue():
        for address in sorted(office.patterns):
            for person in PEOPLE:
                if (
                    address.startswith(ROWS_OF_WAGTAIL)
                    or not (page := _page(office, address, person)).strip()
                ):
                    continue
                walked += 1
                for place, left in leftovers(page, STORED):
                    seen = (place, left) != HIDDEN_COUNTER
                    if seen and " data-" not in place and not place.startswith(("script", "kbd", "iframe")):
                        found[place, left].add(address)

    assert walked > 100
    assert not found, "\n".join(
        f"{place}: {left[:150]} ({min(where)})" for (place, left), where in found.items()
    )


def test_marks_are_seen_and_what_has_none_is_found() -> None:
    assert unmarked(marked("Đã lưu %(title)s.") % {"title": "BIMATBADINH"}, STORED) == ""
    assert unmarked("Save draft", STORED) == "Save draft"
    page = f"<p title='{marked('Lưu')}'>{marked('Lưu')} <b>Publish</b></p><img alt='Logo'>"
    assert sorted(leftovers(page, STORED)) == [("b", "Publish"), ("img alt", "Logo")]
