"""People, their roles and what they see."""

from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import get_password_validators, validate_password
from django.core.exceptions import ValidationError

from conglang.portal.identity.accounts import actions, queries
from conglang.portal.identity.accounts.models import RoleHolding, User
from conglang.portal.identity.accounts.passwords import random_password
from conglang.portal.identity.accounts.rules import Role
from conglang.portal.identity.sites.actions import create_network
from conglang.portal.identity.sites.queries import site
from conglang.portal.site.settings import base

pytestmark = pytest.mark.django_db
HANOI = Path(settings.ROOT) / "networks" / "hanoi"


@pytest.fixture
def network():
    create_network(HANOI)


def test_a_new_network_has_five_accounts_whose_passwords_are_told_once(network):
    made = actions.first_accounts()

    assert [account.username for account in made] == [
        "quantri", "bientap", "bientap-duyet", "badinh", "badinh-duyet",
    ]  # fmt: skip
    assert len({account.password for account in made}) == 5
    for account in made:
        assert authenticate(username=account.username, password=account.password) is not None
    assert actions.first_accounts() == ()
    assert User.objects.count() == 5
    assert User.objects.get(username="quantri").is_superuser
    assert not User.objects.get(username="bientap").is_superuser


def test_the_first_editor_works_for_the_centre_and_the_first_author_for_ba_dinh(network):
    actions.first_accounts()

    offices = {
        h.user.username: (h.office.key, h.role) for h in RoleHolding.objects.select_related("user", "office")
    }

    assert offices["bientap"] == ("trung-tam", "centre-editor")
    assert offices["bientap-duyet"] == ("trung-tam", "centre-approver")
    assert offices["badinh"] == ("badinh-ubnd", "unit-author")
    assert offices["badinh-duyet"] == ("badinh-ubnd", "unit-approver")
    assert offices["quantri"] == ("ubnd-thanh-pho", "city-administrator")


def test_without_a_network_there_are_no_accounts():
    with pytest.raises(actions.NoNetwork):
        actions.first_accounts()
    assert not User.objects.exists()


def test_passwords_nobody_could_read_are_made_anew_but_not_those_in_use(network):
    before = {account.username: account.password for account in actions.first_accounts()}
    User.objects.filter(username="bientap").update(last_login="2026-01-01T00:00Z")

    renewed = {account.username: account.password for account in actions.renew_unused_passwords()}

    assert set(renewed) == {"quantri", "bientap-duyet", "badinh", "badinh-duyet"}
    assert authenticate(username="badinh", password=renewed["badinh"]) is not None
    assert authenticate(username="badinh", password=before["badinh"]) is None
    assert authenticate(username="bientap", password=before["bientap"]) is not None


def test_an_author_sees_the_own_site_and_the_centre_sees_all(network):
    actions.first_accounts()
    author, editor = User.objects.get(username="badinh"), User.objects.get(username="bientap")

    assert [found.key for found in queries.sites_of(viewer=author)] == ["badinh"]
    assert queries.sites_of(viewer=editor).count() == 127
    assert [office.key for office in queries.offices_of(viewer=author)] == ["badinh-ubnd"]
    assert not queries.sites_of(viewer=User.objects.create_user("nobody")).exists()


def test_a_person_who_left_sees_nothing(network):
    actions.first_accounts()
    User.objects.update(is_active=False)

    for user in User.objects.all():
        assert not queries.sites_of(viewer=user).exists()
        assert not queries.holdings(viewer=user).exists()


def test_a_role_is_held_from_its_first_day_until_the_day_before_its_end(network):
    office, user = site("badinh").office, User.objects.create_user("lan")
    actions.give_role(user, Role.UNIT_APPROVER, office=office, since=date(2025, 7, 1))
    assert actions.end_role(user, Role.UNIT_APPROVER, office=office, on=date(2026, 1, 1)) == 1

    held = {
        day: queries.holds(user, Role.UNIT_APPROVER, office=office, on=day)
        for day in (date(2025, 6, 30), date(2025, 7, 1), date(2025, 12, 31), date(2026, 1, 1))
    }

    assert list(held.values()) == [False, True, True, False]
    assert not queries.holds(user, Role.UNIT_AUTHOR, on=date(2025, 8, 1))
    assert not queries.holds(user, Role.UNIT_APPROVER, office=site("ngocha").office, on=date(2025, 8, 1))


def test_a_role_given_twice_is_held_once_and_one_not_begun_is_taken_back(network):
    office, user = site("badinh").office, User.objects.create_user("lan")
    first = actions.give_role(user, Role.UNIT_AUTHOR, office=office, since=date(2025, 7, 1))

    assert actions.give_role(user, Role.UNIT_AUTHOR, office=office) == first
    assert actions.end_role(user, Role.UNIT_AUTHOR, office=office, on=date(2025, 7, 1)) == 1
    assert not RoleHolding.objects.filter(user=user).exists()


def test_a_misspelt_role_is_an_error_not_a_no(network):
    with pytest.raises(ValueError, match="unit-autor"):
        queries.holds(User.objects.create_user("lan"), "unit-autor")


VALIDATORS = get_password_validators(base.AUTH_PASSWORD_VALIDATORS)


@pytest.mark.parametrize(
    "password",
    ["ngan-hon-12", "aaaaaaaaaaaaaa", "abcabcabcabcabc", "1234567890123", "qwertyuiopasdf", "UBNDBaDinh2025",
     "Phường Ba Đình 2025", "lan.nguyen.hanoi", "matkhau@2026"],
)  # fmt: skip
def test_a_guessable_password_is_refused(network, password):
    user = User.objects.create_user("lan.nguyen", first_name="Lan", last_name="Nguyễn")
    actions.give_role(user, Role.UNIT_AUTHOR, office=site("badinh").office)

    with pytest.raises(ValidationError):
        validate_password(password, user, VALIDATORS)


@pytest.mark.parametrize(
    "password", ["con trâu đi trước cái cày", "correct horse battery", "mưa phùn bến sông Hồng"]
)
def test_long_unrelated_words_are_enough(network, password):
    validate_password(password, User.objects.create_user("lan"), VALIDATORS)


def test_random_passwords_pass_the_rules_and_differ():
    made = {random_password() for _ in range(50)}

    assert len(made) == 50
    for password in made:
        validate_password(password, None, VALIDATORS)
