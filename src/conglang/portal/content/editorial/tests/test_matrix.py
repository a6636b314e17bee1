"""The written matrix holds: who it does not let in is turned away, and nobody reads a word of another ward."""

import pytest
from django.urls import reverse

from .conftest import Desk
from .matrix import FILE, KINDS, OWN_WORD, Cell, Office, written
from .test_isolation import addresses

SEED = 126
SAMPLE = 2500


@pytest.fixture
def office(desk: Desk) -> Office:
    return Office(desk)


def _wrong(office: Office, cells: list[Cell]) -> str:
    assert cells
    return "\n".join(what for cell in cells for what in office.ask(cell))


def test_every_address_of_the_desk_stands_in_the_matrix() -> None:
    known, there = set(written()), {name for name, _ in addresses()}

    assert there - known == set(), (
        f"Add each of these lines to `addresses` of the group in {FILE.name} whose `why` is true of it, and what stands"
        " in its address to `populated` in test_isolation.py; who is in no `let_in` must be turned away."
    )
    assert known - there == set(), f"Remove these from {FILE.name}: there are no such addresses any more."


def test_matrix_knows_every_role_and_lets_no_stranger_in_but_to_sign_in() -> None:
    groups = {word.name: word for word in written().values()}
    kinds = {"stranger", "roleless", *KINDS.values()}

    assert all(word.let_in | word.let_in_elsewhere <= kinds for word in groups.values())
    assert [name for name, word in groups.items() if word.let_in & {"stranger", "roleless"}] == ["open"]
    below_city = {"unit", "manager", "stranger", "roleless"}
    assert [name for name, word in groups.items() if word.let_in_elsewhere & below_city] == ["open", "desk"]
    for name in ("city", "network", "network_files", "looking_after", "announcing"):
        assert not groups[name].let_in & below_city, name


def test_author_asks_in_vain_for_what_is_another_wards(office: Office) -> None:
    wrong = _wrong(
        office,
        [
            Cell(name, "m-unit-author", "other", "GET")
            for name, word in written().items()
            if word.name != "desk"
        ],
    )

    assert not wrong, wrong


def test_an_author_does_see_their_own_words(office: Office) -> None:
    """Or the test would find nothing because nothing is shown at all."""
    shown = 0
    for name in ("wagtailadmin_home", "wagtailadmin_pages:edit", "wagtailadmin_explore", "wagtailimages:edit",
                 "wagtaildocs:edit", "editorial_approval", "wagtailadmin_pages:history"):  # fmt: skip
        answer = office._answer(Cell(name, "m-unit-author", "own", "GET"))
        shown += OWN_WORD.encode() in answer.content

    assert shown == 7


def test_who_has_signed_out_is_signed_in_again_for_the_next_cell(office: Office) -> None:
    """Or everything after the address that signs out would be asked by a stranger, and nothing could be found."""
    office.ask(Cell("wagtailadmin_logout", "m-unit-author", "own", "POST"))

    assert office._answer(Cell("wagtailadmin_home", "m-unit-author", "own", "GET")).status_code == 200


@pytest.mark.parametrize("who", ["m-unit-author", "m-unit-manager", "m-press-officer"])
def test_pages_chosen_together_by_number_are_ones_own(office: Office, who: str) -> None:
    """Wagtail's own answer gave the title and the address of any page whose number was in the query."""
    cell = Cell("wagtailadmin_choose_page_chosen_multiple", who, "other", "GET")

    assert office.ask(cell) == []
    assert office._answer(cell).status_code == 404


def test_who_may_not_move_a_page_is_not_asked_whether_to(office: Office) -> None:
    for who in ("m-centre-support", "m-police-observer"):
        assert office.ask(Cell("wagtailadmin_pages:move_confirm", who, "other", "GET")) == []


@pytest.mark.parametrize(
    "address", ["wagtailadmin_workflows:task_chooser_results", "wagtailusers_users:index"]
)
def test_screens_that_change_the_network_are_not_there_for_who_only_sees_it(
    office: Office, address: str
) -> None:
    for who in ("m-centre-support", "m-centre-editor", "m-police-observer"):
        assert office._answer(Cell(address, who, "own", "GET")).status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize("who", ["m-unit-author", "m-unit-manager"])
def test_matrix_holds_for_people_of_a_ward_at_every_address(office: Office, who: str) -> None:
    ways = ("GET", "GET ?xlsx", "POST")
    wrong = _wrong(office, [cell for cell in office.cells() if cell.person == who and cell.way in ways])

    assert not wrong, wrong


@pytest.mark.slow
def test_matrix_holds_for_a_sample_of_everybody(office: Office) -> None:
    """`./conglang bench isolation` asks all of them."""
    wrong = _wrong(office, office.shuffled(SEED)[:SAMPLE])

    assert not wrong, wrong


def test_no_menu_leads_where_its_reader_is_turned_away(office: Office) -> None:
    """What a ward has no right to is not shown to it either: people, groups, sites, workflows, reports, history."""
    wrong = []
    plain = {name: reverse(name) for name, one in office.patterns.items() if not one.pattern.regex.groupindex}
    for person in office.people.values():
        shown = office._answer(Cell("wagtailadmin_home", person.name, "own", "GET")).content.decode()
        for name, url in plain.items():
            if name.startswith("wagtailadmin_api:"):  # told to the browser's scripts, not to people
                continue
            if person.kind not in written()[name].let_in and f'"{url}"' in shown:
                wrong.append(f"{person.name}: {name}")

    assert not wrong, "\n".join(wrong)
