"""What may be said to all sites at once, and what is refused with which sentence."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conglang.wire.state import (
    Banner,
    Festive,
    Live,
    Mourning,
    State,
    StateError,
    encode_state,
    instant,
    state_from_json,
    state_to_json,
)

AT = datetime(2026, 9, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
BANNER: dict[str, Any] = {
    "level": "emergency", "title": "Bão số 3 vào thành phố", "text": "Ở trong nhà từ 18 giờ.",
    "valid_from": "2026-09-01T08:00:00Z", "valid_until": "2026-09-02T08:00:00Z", "link": "/khan-cap/",
}  # fmt: skip


def said(**parts: Any) -> dict[str, Any]:
    return {"v": 1, "at": instant(AT), **parts}


plain = st.text(alphabet="abc đăâ «»&\"'.,!", min_size=1, max_size=80).map(str.strip).filter(bool)
instants = st.integers(0, 300 * 24).map(lambda hours: AT + hours * HOUR)
banners = st.builds(
    lambda level, title, text, begins: Banner(level, title, text, begins, begins + HOUR),
    st.sampled_from(["emergency", "important", "information"]), plain, plain, instants,
)  # fmt: skip


@given(st.lists(banners, max_size=3), instants)
def test_what_is_written_is_read_again(found: list[Banner], later: datetime) -> None:
    state = State(AT, tuple(found), Live("Lễ công bố", "planned", later, later + HOUR))

    assert state_from_json(json.loads(encode_state(state))) == state


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"valid_until": ""}, "has no end"),
        ({"valid_until": None}, "has no end"),
        ({"valid_until": "2026-09-01T08:00:00Z"}, "end before it begins"),
        ({"valid_until": "2028-09-01T08:00:00Z"}, "more than a year"),
        ({"valid_until": "mai"}, "not written like"),
        ({"title": ""}, "has no title"),
        ({"title": "x" * 121}, "has 121 characters; at most 120"),
        ({"text": "x" * 401}, "at most 400"),
        ({"title": "<b>Bão</b>"}, "not plain text"),
        ({"text": "một\nhai"}, "not plain text"),
        ({"title": "B\u202eão"}, "not plain text"),
        ({"level": "urgent"}, "no such level"),
        ({"link": "javascript:\u00a0alert(1)"}, "not an address"),
        ({"colour": "red"}, "unknown part «colour»"),
    ],
)
def test_banner_that_breaks_a_rule_is_refused_with_a_sentence(change: dict[str, Any], words: str) -> None:
    with pytest.raises(StateError, match=words):
        state_from_json(said(banners=[BANNER | change]))


ODD = [
    None, [], "x", {"v": 2}, said(banners={}), said(banners=[BANNER] * 4), said(live="x"), said(weather={}), said(at=1),
    said(mourning={"from": "2026-09-01T08:00:00Z"}), said(festive={"motif": "noel", "text": "x"}), said(downtime=[]),
]  # fmt: skip
NAMES = st.sampled_from(["v", "at", "banners", "live", "title", "from", "until"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text()


@pytest.mark.parametrize("odd", ODD)
def test_what_is_no_state_is_refused(odd: Any) -> None:
    with pytest.raises(StateError):
        state_from_json(odd)


@given(
    st.dictionaries(
        NAMES, st.recursive(LEAVES, lambda x: st.lists(x) | st.dictionaries(NAMES, x), max_leaves=9)
    )
)
def test_whatever_else_is_written_is_a_refusal_and_no_fault(parts: Any) -> None:
    with pytest.raises(StateError):
        state_from_json(said(**parts) | {"weather": 1})
    with pytest.raises(StateError):
        state_from_json(said(banners=[parts]))


def test_ended_and_future_parts_are_not_said_and_mourning_silences_the_feast() -> None:
    state = State(
        AT,
        (
            Banner("important", "đã hết", "", AT - 2 * HOUR, AT - HOUR),
            Banner("important", "đang có", "", AT - HOUR, AT + HOUR),
            Banner("important", "sắp có", "", AT + HOUR, AT + 2 * HOUR),
        ),
        mourning=Mourning(AT, AT + HOUR),
        festive=Festive("tet", "Chúc mừng năm mới", AT - HOUR, AT + 3 * HOUR),
    )

    now, later = state.at_instant(AT), state.at_instant(AT + HOUR)

    assert [one.title for one in now.banners] == ["đang có"]
    assert now.mourning is not None and now.festive is None
    assert [one.title for one in later.banners] == ["sắp có"]
    assert later.mourning is None and later.festive is not None


@given(st.lists(banners, max_size=3), instants)
def test_nothing_changes_between_two_boundaries(found: list[Banner], at: datetime) -> None:
    """`boundaries` names every instant at which readers without script need another page."""
    state = State(AT, tuple(found), Live("Lễ", "live", at, at + 3 * HOUR))
    edges = sorted(state.boundaries())
    for begins, ends in zip(edges, edges[1:], strict=False):
        last = ends - timedelta(seconds=1)
        assert state_to_json(state.at_instant(begins)) == state_to_json(state.at_instant(last))
