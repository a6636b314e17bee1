"""Who lets whom in, and that nobody rises by it."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conglang.portal.identity.accounts import inviting, queries
from conglang.portal.identity.accounts.actions import first_accounts, give_role
from conglang.portal.identity.accounts.models import Invitation, RoleHolding, User
from conglang.portal.identity.accounts.rules import NETWORK_ROLES, UNIT_ROLES, Role, may_give
from conglang.portal.identity.units.models import Office

from .test_accounts import HANOI, create_network

PASSWORD = "bon-tu-khong-lien-quan"


@pytest.fixture
def network(db):
    create_network(HANOI)
    first_accounts()
    manager = User.objects.create_user("truong", first_name="Trưởng phòng")
    give_role(manager, Role.UNIT_MANAGER, office=office("badinh-ubnd"))


def office(key: str) -> Office:
    return Office.objects.get(key=key)


def user(name: str) -> User:
    return User.objects.get(username=name)


def invited(by: str = "truong", role: Role = Role.UNIT_AUTHOR, key: str = "badinh-ubnd") -> str:
    return inviting.invite(by=user(by), office=office(key), role=role, name="Người mới")


class TestInvitation:
    def test_it_lets_one_person_in_once_with_that_role_in_that_office(self, network):
        token = invited()

        person = inviting.accept(token, username="Nguyen-A", password=PASSWORD)

        holding = RoleHolding.objects.get(user=person)
        assert (person.username, holding.role, holding.office.key) == (
            "nguyen-a",
            "unit-author",
            "badinh-ubnd",
        )
        assert not person.is_superuser and person.check_password(PASSWORD)
        with pytest.raises(inviting.NotAllowed):
            inviting.accept(token, username="nguyen-b", password=PASSWORD)

    def test_its_secret_is_kept_nowhere(self, network):
        token = invited()

        assert token not in str(list(Invitation.objects.values()))

    def test_it_is_worthless_after_a_day(self, network):
        token = invited()
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

        with pytest.raises(inviting.NotAllowed):
            inviting.accept(token, username="nguyen-a", password=PASSWORD)

    def test_it_is_worthless_once_withdrawn(self, network):
        token = invited()
        inviting.withdraw(Invitation.objects.get(), by=user("truong"))

        assert queries.invitation(token) is None

    def test_it_is_worthless_once_its_giver_lost_the_right(self, network):
        token = invited()
        inviting.end_holding(RoleHolding.objects.get(user=user("truong")), by=user("quantri"))

        assert queries.invitation(token) is None

    def test_weak_password_and_taken_name_are_told_by_field_and_use_nothing_up(self, network):
        token = invited()

        with pytest.raises(ValidationError) as taken:
            inviting.accept(token, username="BADINH", password=PASSWORD)
        assert "username" in taken.value.message_dict
        assert inviting.accept(token, username="nguyen-a", password=PASSWORD)


class TestWhoMayGive:
    @pytest.mark.parametrize(
        "role", [role for role in Role if role not in (Role.UNIT_AUTHOR, Role.UNIT_APPROVER)]
    )
    def test_manager_of_a_unit_gives_no_higher_role(self, network, role):
        with pytest.raises(inviting.NotAllowed):
            invited(role=role)

    def test_manager_of_a_unit_gives_nothing_in_another(self, network):
        with pytest.raises(inviting.NotAllowed):
            invited(key="hoankiem-ubnd")

    @pytest.mark.parametrize("name", ["badinh", "badinh-duyet", "bientap"])
    def test_who_looks_after_nobody_gives_nothing(self, network, name):
        with pytest.raises(inviting.NotAllowed):
            invited(by=name)
        assert not queries.managed_offices(viewer=user(name)).exists()

    def test_administrator_gives_roles_of_the_network_in_the_citys_offices_only(self, network):
        assert invited(by="quantri", role=Role.POLICE_OBSERVER, key="ubnd-thanh-pho")
        with pytest.raises(inviting.NotAllowed):
            invited(by="quantri", role=Role.POLICE_OBSERVER)

    def test_manager_sees_the_people_of_the_own_unit_alone(self, network):
        seen = {holding.user.username for holding in queries.people(viewer=user("truong"))}

        assert seen == {"badinh", "badinh-duyet", "truong"}


class TestEnding:
    def test_role_that_ends_is_gone_today(self, network):
        inviting.end_holding(RoleHolding.objects.get(user=user("badinh")), by=user("truong"))

        assert not queries.holdings(viewer=user("badinh")).exists()

    def test_manager_cannot_end_a_manager_nor_anybody_elsewhere(self, network):
        with pytest.raises(inviting.NotAllowed):
            inviting.end_holding(RoleHolding.objects.get(user=user("truong")), by=user("truong"))
        with pytest.raises(inviting.NotAllowed):
            inviting.end_holding(RoleHolding.objects.get(user=user("bientap")), by=user("truong"))

    def test_last_administrator_stays(self, network):
        with pytest.raises(inviting.NotAllowed):
            inviting.end_holding(RoleHolding.objects.get(user=user("quantri")), by=user("quantri"))

    def test_who_moves_to_another_unit_loses_the_first_at_once(self, network):
        inviting.move(
            user("badinh"), office=office("hoankiem-ubnd"), role=Role.UNIT_AUTHOR, by=user("quantri")
        )

        held = [(one.office.key, one.role) for one in queries.holdings(viewer=user("badinh"))]
        assert held == [("hoankiem-ubnd", "unit-author")]

    def test_manager_cannot_fetch_somebody_from_another_unit(self, network):
        with pytest.raises(inviting.NotAllowed):
            inviting.move(
                user("bientap"), office=office("badinh-ubnd"), role=Role.UNIT_AUTHOR, by=user("truong")
            )
        assert queries.holds(user("bientap"), Role.CENTRE_EDITOR)


UNITS = {"city": 1, "badinh": 2, "dongda": 3}
Holding = tuple[str, int]
steps = st.lists(
    st.tuples(st.integers(0, 7), st.sampled_from(list(Role)), st.sampled_from(list(UNITS)), st.booleans()),
    max_size=12,
)


@given(steps)
@settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_series_of_allowed_acts_raises_anybody(series) -> None:
    """People of one ward, whatever they give and end among themselves, stay people of one ward below its manager."""
    badinh = UNITS["badinh"]
    people: list[set[Holding]] = [
        {(Role.UNIT_MANAGER.value, badinh)}, {(Role.UNIT_AUTHOR.value, badinh)}, {(Role.UNIT_APPROVER.value, badinh)},
    ]  # fmt: skip
    for who, role, where, ends in series:
        actor, unit = people[who % len(people)], UNITS[where]
        if not may_give(actor, role, unit=unit, of_city=where == "city"):
            continue
        if ends:
            for held in people:
                held.discard((role.value, unit))
        else:
            people.append({(role.value, unit)})
    held_now = {one for person in people for one in person}
    managers = [person for person in people if (Role.UNIT_MANAGER.value, badinh) in person]

    assert {unit for _, unit in held_now} <= {badinh}
    assert {Role(role) for role, _ in held_now} <= UNIT_ROLES and not NETWORK_ROLES & {
        Role(r) for r, _ in held_now
    }
    assert len(managers) <= 1
