"""Lost keys and unused accounts."""

from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conglang.portal.identity.accounts import closing
from conglang.portal.identity.accounts.models import Passkey, Recovery, User
from conglang.portal.identity.accounts.rules import Role
from conglang.portal.identity.audit.models import Entry
from conglang.portal.identity.audit.rules import Kind

from .authenticator import Authenticator
from .conftest import _person
from .doors import answer, ask, browser, give_password, is_in


class TestRecovery:
    """One asks, another agrees, and the owner begins anew; nobody alone gets into somebody's account."""

    @pytest.fixture
    def managers(self, desk) -> list[Client]:
        office = desk.sites["badinh"].office
        found = []
        for name in ("quan-ly-1", "quan-ly-2"):
            desk.users[name] = _person(name, Role.UNIT_MANAGER, office)
            found.append(browser())
            found[-1].force_login(desk.users[name])
        return found

    @staticmethod
    def holding(user: User) -> int:
        return user.holdings.get().pk

    def link(self, managers: list[Client], user: User) -> str:
        managers[0].post(reverse("editorial_recovery_ask", args=[self.holding(user)]))
        row = Recovery.objects.get(ended_at=None)
        page = managers[1].post(reverse("editorial_recovery_agree", args=[row.pk])).content.decode()
        return page.split('id="link" type="text" value="')[1].split('"')[0].removeprefix(settings.DESK_URL)

    def test_two_people_let_somebody_begin_anew(self, managers, key, author):
        link, password = self.link(managers, author), "bon-tu-khong-lien-quan"
        signed_in = browser()
        signed_in.force_login(author)
        client = browser()

        done = client.post(link, {"password": password, "again": password})

        assert done.url == reverse("editorial_own_keys") and not is_in(client) and not is_in(signed_in)
        assert not author.passkeys.exists()
        made = Authenticator(settings.DESK_URL)
        assert answer(client, made.create(ask(client, "add"))).status_code == 200 and is_in(client)
        assert browser().get(link).status_code == 410
        kinds = [Kind.RECOVERY_ASKED, Kind.RECOVERY_AGREED, Kind.RECOVERED]
        assert Entry.objects.filter(kind__in=kinds).count() == 3

    def test_nobody_agrees_to_what_they_asked(self, managers, author):
        managers[0].post(reverse("editorial_recovery_ask", args=[self.holding(author)]))

        managers[0].post(reverse("editorial_recovery_agree", args=[Recovery.objects.get().pk]))

        assert Recovery.objects.get().agreed_by is None

    def test_link_is_dead_once_one_of_the_two_may_not_any_more(self, desk, managers, author):
        link = self.link(managers, author)
        desk.users["quan-ly-1"].holdings.update(valid_to=timezone.localdate())

        assert browser().get(link).status_code == 410

    def test_manager_recovers_no_administrator_and_nobody_of_another_ward(self, desk, managers):
        neighbour = _person("hang-xom", Role.UNIT_AUTHOR, desk.sites["dongda"].office)
        for user in (desk.users["admin"], neighbour):
            assert (
                managers[0].post(reverse("editorial_recovery_ask", args=[self.holding(user)])).status_code
                == 404
            )

        assert not Recovery.objects.exists()

    def test_administrator_alone_sets_nobodys_password(self, desk, author, at_desk):
        url, before = (
            reverse("wagtailusers_users:edit", args=[author.pk]),
            User.objects.get(pk=author.pk).password,
        )
        page = at_desk("admin").get(url).content.decode()
        form = {"username": "author", "first_name": "a", "last_name": "b", "email": "", "is_active": "on"}

        at_desk("admin").post(
            url, form | {"password1": "bon-tu-khac-hoan-toan", "password2": "bon-tu-khac-hoan-toan"}
        )

        assert 'type="password"' not in page and User.objects.get(pk=author.pk).password == before

    def test_it_ends_after_a_day(self, managers, author):
        link = self.link(managers, author)
        Recovery.objects.update(expires_at=timezone.now())

        assert browser().get(link).status_code == 410


class TestLastAdministrator:
    """Whoever holds the server lets the city's administrator in again, and it stands in the record."""

    @staticmethod
    def recover(name: str) -> str:
        out = StringIO()
        call_command("recover_administrator", name, stdout=out)
        return out.getvalue().strip()

    def test_new_password_opens_and_nothing_of_before_does(self, desk):
        admin = desk.users["admin"]
        Passkey.objects.create(user=admin, credential_id=b"x", credential=b"", label="Mất rồi")
        before = browser()
        before.force_login(admin)

        password = self.recover("admin")

        assert not is_in(before) and not Passkey.objects.exists()
        assert is_in(give_password("admin", password=password)[0])
        assert Entry.objects.filter(kind=Kind.RECOVERED).last().details["way"] == "shell"

    def test_everybody_else_needs_two_people(self, desk):
        with pytest.raises(CommandError, match="hai người"):
            self.recover("author")

    def test_name_that_nobody_has_is_said(self, desk):
        with pytest.raises(CommandError, match="khong-co"):
            self.recover("khong-co")


class TestUnusedAccounts:
    def test_after_forty_five_days_it_is_closed_and_can_be_opened_again(self, desk, author):
        User.objects.filter(pk=author.pk).update(last_login=timezone.now() - timedelta(days=46))

        assert closing.close_unused() == [author]
        assert give_password("author")[1].status_code == 200
        manager = browser()
        manager.force_login(_person("quan-ly", Role.UNIT_MANAGER, desk.sites["badinh"].office))
        manager.post(reverse("editorial_account_open", args=[author.pk]))
        assert is_in(give_password("author")[0])

    def test_last_administrator_stays(self, desk):
        User.objects.update(last_login=timezone.now() - timedelta(days=400))

        closing.close_unused()

        assert list(User.objects.filter(is_active=True)) == [desk.users["admin"]]
