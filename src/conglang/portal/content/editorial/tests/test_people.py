"""The screens by which an office looks after its own people."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from conglang.portal.identity.accounts.models import Invitation, RoleHolding, User
from conglang.portal.identity.accounts.rules import Role

from .conftest import Desk, _person

PASSWORD = "bon-tu-khong-lien-quan"


@pytest.fixture
def office(desk: Desk) -> Desk:
    desk.users["manager"] = _person("manager", Role.UNIT_MANAGER, desk.sites["badinh"].office)
    _person("neighbour", Role.UNIT_AUTHOR, desk.sites["dongda"].office)
    return desk


def invite(client: Client, desk: Desk, *, role: Role = Role.UNIT_AUTHOR, site: str = "badinh"):
    values = {"name": "Trần Thị Mới", "office": desk.sites[site].office.pk, "role": role.value}
    return client.post(reverse("editorial_people"), values)


def link_in(response) -> str:
    found = re.search(r'value="(http[^"]+/moi/[^"]+/)"', response.content.decode())
    assert found
    return found[1]


def stranger() -> Client:
    return Client(headers={"host": settings.DESK_HOST})


def test_manager_invites_and_the_new_person_is_at_the_desk_two_steps_later(office, at_desk):
    link = link_in(invite(at_desk("manager"), office))
    client = stranger()
    path = "/" + link.split("/", 3)[3]

    page = client.get(path)
    assert "Trần Thị Mới" in page.content.decode() and page["Referrer-Policy"] == "same-origin"
    answer = client.post(path, {"username": "tranmoi", "password": PASSWORD, "again": PASSWORD})

    assert answer.status_code == 302 and client.get("/").status_code == 200
    assert RoleHolding.objects.get(user__username="tranmoi").office == office.sites["badinh"].office
    assert stranger().get(path).status_code == 410


def test_two_passwords_that_differ_use_nothing_up(office, at_desk):
    path = "/" + link_in(invite(at_desk("manager"), office)).split("/", 3)[3]

    stranger().post(path, {"username": "tranmoi", "password": PASSWORD, "again": "khac"})

    assert not User.objects.filter(username="tranmoi").exists()
    assert stranger().get(path).status_code == 200


def test_wrong_link_tells_nothing_but_that_it_is_worthless(office):
    assert stranger().get("/moi/khong-co/").status_code == 410


def test_manager_cannot_invite_to_another_ward_or_to_a_higher_role_by_hand(office, at_desk):
    invite(at_desk("manager"), office, site="dongda")
    invite(at_desk("manager"), office, role=Role.CITY_ADMINISTRATOR)
    invite(at_desk("manager"), office, role=Role.UNIT_MANAGER)

    assert not Invitation.objects.exists()


def test_manager_sees_no_person_of_another_ward(office, at_desk):
    page = at_desk("manager").get(reverse("editorial_people")).content.decode()

    assert "author" in page and "neighbour" not in page


@pytest.mark.parametrize("name", ["author", "centre"])
def test_screen_does_not_exist_for_who_looks_after_nobody(office, at_desk, name):
    assert at_desk(name).get(reverse("editorial_people")).status_code == 404
    holding = RoleHolding.objects.get(user__username="neighbour")
    assert at_desk(name).post(reverse("editorial_people_end", args=[holding.pk])).status_code == 404


def test_manager_ends_a_role_and_its_holders_next_click_opens_nothing(office, at_desk):
    author = at_desk("author")
    assert author.get("/").status_code == 200
    holding = RoleHolding.objects.get(user__username="author")

    at_desk("manager").post(reverse("editorial_people_end", args=[holding.pk]))

    assert author.get("/").status_code == 302


def test_manager_ends_nothing_of_another_ward(office, at_desk):
    holding = RoleHolding.objects.get(user__username="neighbour")

    answer = at_desk("manager").post(reverse("editorial_people_end", args=[holding.pk]))

    assert answer.status_code == 404
    holding.refresh_from_db()
    assert holding.valid_to is None


def test_withdrawn_invitation_opens_nothing(office, at_desk):
    path = "/" + link_in(invite(at_desk("manager"), office)).split("/", 3)[3]

    at_desk("manager").post(reverse("editorial_people_withdraw", args=[Invitation.objects.get().pk]))

    assert stranger().get(path).status_code == 410


def test_administrator_moves_somebody_and_the_first_ward_is_closed_to_them_at_once(office, at_desk):
    author, holding = at_desk("author"), RoleHolding.objects.get(user__username="author")
    url = reverse("editorial_people_move", args=[holding.pk])
    place = {"office": office.sites["dongda"].office.pk, "role": Role.UNIT_AUTHOR.value}
    own = reverse("wagtailadmin_pages:edit", args=[office.articles["badinh"].pk])
    assert author.get(own).status_code == 200

    assert url in at_desk("admin").get(reverse("editorial_people")).content.decode()
    at_desk("admin").post(url, place)

    assert author.get(own).status_code == 404
    assert (
        author.get(reverse("wagtailadmin_pages:edit", args=[office.articles["dongda"].pk])).status_code == 200
    )


def test_manager_of_a_ward_moves_nobody_away(office, at_desk):
    holding = RoleHolding.objects.get(user__username="author")
    place = {"office": office.sites["dongda"].office.pk, "role": Role.UNIT_AUTHOR.value}

    at_desk("manager").post(reverse("editorial_people_move", args=[holding.pk]), place)

    holding.refresh_from_db()
    assert holding.valid_to is None


def test_list_of_people_asks_the_database_no_more_for_more_people(
    office, at_desk, django_assert_max_num_queries
):
    for number in range(20):
        _person(f"nguoi-{number}", Role.UNIT_AUTHOR, office.sites["badinh"].office)
    client = at_desk("admin")
    client.get(reverse("editorial_people"))

    with django_assert_max_num_queries(60):
        client.get(reverse("editorial_people"))
