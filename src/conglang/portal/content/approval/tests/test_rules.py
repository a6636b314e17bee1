"""Who may agree, and to what."""

import pytest

from conglang.portal.content.approval.rules import (
    CITY_CHAIN,
    UNIT_CHAIN,
    Content,
    Objection,
    State,
    chain_of,
    objection,
)
from conglang.portal.identity.accounts.rules import Role

AUTHOR, APPROVER, HEAD = 1, 2, 3


def asked(**changes):
    facts = {
        "state": State.WAITING,
        "role_held": True,
        "decider": APPROVER,
        "authors": {AUTHOR},
        "agreed": set(),
    }
    return objection(**facts | changes)


def test_another_person_with_the_role_may_agree():
    assert asked() is None


def test_who_wrote_any_part_of_it_may_not_whatever_their_role():
    assert asked(authors={AUTHOR, APPROVER}) is Objection.OWN_TEXT


def test_nobody_is_two_people_of_one_chain():
    assert asked(agreed={APPROVER}) is Objection.OWN_TEXT
    assert asked(agreed={HEAD}) is None


def test_without_the_role_nobody_decides():
    assert asked(role_held=False) is Objection.NO_ROLE


@pytest.mark.parametrize("state", [State.APPROVED, State.SENT_BACK, State.TAKEN_BACK, State.VOID])
def test_what_is_closed_stays_closed(state):
    assert asked(state=state) is Objection.CLOSED


def test_chain_is_the_offices_own_where_one_is_kept():
    assert chain_of(is_city=False) == UNIT_CHAIN
    assert chain_of(is_city=True) == CITY_CHAIN
    own = chain_of(is_city=False, own=["unit-manager", "unit-approver"])
    assert own == (Role.UNIT_MANAGER, Role.UNIT_APPROVER)


def content(**changes):
    facts = {
        "site": "badinh", "page": "u-1", "type": "pages.articlepage", "kind": "news", "path": "/tin-tuc/le/",
        "values": {"title": "Lễ công bố", "go_live_at": None, "live": False, "latest_revision": 7},
        "files": (("files.image", "u-2", "a.jpg", "ab"),),
    }  # fmt: skip
    return Content(**facts | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"values": {"title": "Lễ công bố!", "go_live_at": None}},
        {"values": {"title": "Lễ công bố", "go_live_at": "2026-07-01T00:00:00Z"}},
        {"path": "/thong-bao/le/"},
        {"site": "dongda"},
        {"kind": "notices"},
        {"files": (("files.image", "u-2", "a.jpg", "cd"),)},
        {"files": ()},
    ],
)
def test_whatever_readers_would_get_differently_makes_another_digest(changes):
    assert content(**changes).digest() != content().digest()


def test_what_only_the_desk_keeps_does_not():
    later = {"title": "Lễ công bố", "go_live_at": None, "live": True, "latest_revision": 9, "locked": True}
    assert content(values=later).digest() == content().digest()
