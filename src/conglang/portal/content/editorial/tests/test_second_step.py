"""A password alone opens the desk to nobody who has, or owes, a second step; and no way leads round it."""

import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from conglang.portal.identity.accounts import codes, second_steps
from conglang.portal.identity.accounts.models import CodeDevice, Passkey, User
from conglang.portal.identity.audit.models import Entry
from conglang.portal.identity.audit.rules import Kind

from .authenticator import Authenticator
from .doors import PASSWORD, answer, ask, browser, give_password, is_in

SECRET = codes.new_secret()


def code(step: int = 0) -> str:
    return codes.code_at(SECRET, codes.step_at(time.time()) + step)


@pytest.fixture
def with_app(author) -> User:
    second_steps.add_codes(author, SECRET, code(-1))
    return author


class TestCodes:
    def test_right_password_leads_to_the_second_step_and_opens_nothing(self, with_app):
        client, answer = give_password("author")

        assert answer.url == reverse("editorial_second_step")
        for address in (
            "/",
            "/soan/",
            "/nguoi/",
            "/account/",
            "/cach-dang-nhap/",
            "/images/",
            "/phien-dang-nhap/",
        ):
            assert client.get(address).status_code == 302, address
            assert "login" in client.get(address).url

    def test_code_of_the_app_lets_in(self, with_app):
        client, _ = give_password("author", next="/soan/")

        assert (
            client.post(reverse("editorial_second_step"), {"code": code()[:3] + " " + code()[3:]}).status_code
            == 302
        )
        assert is_in(client)
        assert Entry.objects.filter(kind=Kind.SIGNED_IN).last().details["way"] == "codes"

    def test_code_opens_once(self, with_app):
        typed = code()
        for _ in range(2):
            client, _ = give_password("author")
            client.post(reverse("editorial_second_step"), {"code": typed})

        assert not is_in(client)

    @pytest.mark.parametrize("typed", ["", "12345", "abcdef", "１２３４５６", "1234567", "0" * 21])
    def test_what_is_no_code_opens_nothing(self, with_app, typed):
        client, _ = give_password("author")

        assert client.post(reverse("editorial_second_step"), {"code": typed}).status_code == 200
        assert not is_in(client)

    def test_guessing_ends_although_the_password_is_right_each_time(self, with_app, settings):
        """A right password must not set the count of wrong codes back."""
        settings.AXES_ENABLED = True
        for _ in range(settings.AXES_FAILURE_LIMIT):
            client, _answer = give_password("author")
            client.post(reverse("editorial_second_step"), {"code": "000000"})

        client, refused = give_password("author")
        assert refused.status_code == 429

    def test_guessing_from_everywhere_shuts_the_app_and_not_the_passkey(self, with_app, key):
        for _ in range(second_steps.PATIENCE):
            client, _ = give_password("author")
            client.post(reverse("editorial_second_step"), {"code": "000000"})

        client, _ = give_password("author")
        assert client.post(reverse("editorial_second_step"), {"code": code()}).status_code == 200
        assert not is_in(client)
        assert answer(client, key.get(ask(client, "second-step"))).status_code == 200
        assert is_in(client)

    def test_half_a_sign_in_is_over_after_five_minutes(self, with_app):
        client, _ = give_password("author")
        session = client.session
        session[second_steps.PENDING] |= {"at": time.time() - 301}
        session.save()

        assert client.post(reverse("editorial_second_step"), {"code": code()}).url == reverse(
            "wagtailadmin_login"
        )
        assert not is_in(client)

    def test_secret_is_not_readable_in_the_database(self, with_app):
        assert SECRET not in CodeDevice.objects.get(user=with_app).secret

    def test_rfc_6238_vectors(self):
        import base64

        secret = base64.b32encode(b"12345678901234567890").decode()
        for at, expected in (
            (59, "287082"),
            (1111111109, "081804"),
            (1234567890, "005924"),
            (20000000000, "353130"),
        ):
            assert codes.code_at(secret, codes.step_at(at)) == expected


class TestPasskeys:
    def test_passkey_alone_lets_in_without_a_name(self, key):
        client = browser()

        done = answer(client, key.get(ask(client, "sign-in")), next="/soan/")

        assert done.json() == {"next": "/soan/"} and is_in(client)
        assert Entry.objects.filter(kind=Kind.SIGNED_IN).last().details["way"] == "passkey"

    def test_password_beside_a_passkey_opens_nothing(self, key):
        client, answered = give_password("author")

        assert answered.url == reverse("editorial_second_step") and not is_in(client)

    def test_answer_counts_once(self, key):
        client = browser()
        given = key.get(ask(client, "sign-in"))
        assert answer(client, given).status_code == 200
        client.logout()

        assert answer(client, given).status_code == 400 and not is_in(client)

    def test_answer_to_another_browsers_question_opens_nothing(self, key):
        mine, other = browser(), browser()
        ask(mine, "sign-in")

        assert answer(mine, key.get(ask(other, "sign-in"))).status_code == 400 and not is_in(mine)

    @pytest.mark.parametrize(
        "origin", ["https://quantri.hanoi.example", "http://hanoi.localhost:8000", "null"]
    )
    def test_answer_given_to_another_host_opens_nothing(self, key, origin):
        client, key.origin = browser(), origin

        assert answer(client, key.get(ask(client, "sign-in"))).status_code == 400 and not is_in(client)

    def test_key_that_did_not_ask_its_owner_opens_nothing(self, key):
        client, key.verifies = browser(), False

        assert answer(client, key.get(ask(client, "sign-in"))).status_code == 400 and not is_in(client)

    def test_copied_key_is_refused_and_recorded(self, key):
        client = browser()
        answer(client, key.get(ask(client, "sign-in")))
        client = browser()

        assert answer(client, key.get(ask(client, "sign-in"), forward=0)).status_code == 400
        assert not is_in(client) and Entry.objects.filter(kind=Kind.KEY_DOUBTED).exists()

    def test_another_persons_key_gives_nobodys_second_step(self, desk, key):
        client, _ = give_password("centre")
        made = Authenticator(settings.DESK_URL)
        answer(client, made.create(ask(client, "add")), label="Khóa")

        client, _ = give_password("author")
        question = ask(client, "second-step")

        assert answer(client, made.get(question)).status_code == 400 and not is_in(client)

    def test_account_that_was_switched_off_opens_nothing(self, key, author):
        User.objects.filter(pk=author.pk).update(is_active=False)
        client = browser()

        assert answer(client, key.get(ask(client, "sign-in"))).status_code == 400 and not is_in(client)

    def test_somebody_half_signed_in_adds_no_key(self, key):
        client, _ = give_password("author")

        assert client.post(reverse("editorial_passkey_ask"), {"purpose": "add"}).status_code == 403

    def test_stranger_adds_no_key(self, desk):
        assert browser().post(reverse("editorial_passkey_ask"), {"purpose": "add"}).status_code == 403

    @pytest.mark.parametrize(
        "body", [b"", b"[]", b"{", b'{"credential": 3}', b'{"credential": {"rawId": "\\u0000"}}']
    )
    def test_nonsense_is_answered_in_words(self, key, body):
        client = browser()
        ask(client, "sign-in")
        done = client.post(reverse("editorial_passkey_answer"), body, content_type="application/json")

        assert done.status_code == 400 and done.json()["error"]

    def test_next_leads_to_no_other_host(self, key):
        client = browser()

        assert (
            answer(client, key.get(ask(client, "sign-in")), next="https://nha-cai.example/").json()["next"]
            == "/"
        )


class TestWhoHasNone:
    def test_first_week_lets_in_and_says_until_when(self, author):
        client, _ = give_password("author")

        assert "một mình mật khẩu" in client.get("/").content.decode()
        assert is_in(client)

    def test_after_it_a_second_step_is_made_before_anything_opens(self, author):
        User.objects.filter(pk=author.pk).update(first_signed_in_at=timezone.now() - timedelta(days=8))
        client, answered = give_password("author")
        assert answered.url == reverse("editorial_own_keys") and not is_in(client)

        page = client.get(answered.url)
        secret = client.session[second_steps.NEW_SECRET]
        assert (
            " ".join([secret[:4], secret[4:8]]) in page.content.decode() and "<svg" in page.content.decode()
        )
        client.post(answered.url, {"code": codes.code_at(secret, codes.step_at(time.time()))})

        assert is_in(client) and CodeDevice.objects.filter(user=author).exists()

    def test_there_is_time_to_find_an_app_first(self, author):
        User.objects.filter(pk=author.pk).update(first_signed_in_at=timezone.now() - timedelta(days=8))
        client, answered = give_password("author")
        for waited, status in ((14 * 60, 200), (16 * 60, 302)):
            session = client.session
            session[second_steps.PENDING] |= {"at": time.time() - waited}
            session.save()
            assert client.get(answered.url).status_code == status

    def test_or_a_passkey(self, author):
        User.objects.filter(pk=author.pk).update(first_signed_in_at=timezone.now() - timedelta(days=8))
        client, _ = give_password("author")
        made = Authenticator(settings.DESK_URL)

        assert answer(client, made.create(ask(client, "add"))).status_code == 200 and is_in(client)

    def test_administrators_have_a_day(self, desk):
        User.objects.filter(username="admin").update(first_signed_in_at=timezone.now() - timedelta(days=2))

        assert give_password("admin")[1].url == reverse("editorial_own_keys")

    def test_the_first_instant_is_kept(self, author):
        give_password("author")
        first = User.objects.get(pk=author.pk).first_signed_in_at
        give_password("author")

        assert User.objects.get(pk=author.pk).first_signed_in_at == first is not None


class TestOwnKeys:
    def test_last_way_is_not_removed(self, key):
        client = browser()
        answer(client, key.get(ask(client, "sign-in")))
        row = Passkey.objects.get()

        client.post(reverse("editorial_passkey_remove", args=[row.pk]))

        assert Passkey.objects.filter(pk=row.pk).exists()

    def test_one_of_two_is(self, key, with_app):
        client = browser()
        answer(client, key.get(ask(client, "sign-in")))

        client.post(reverse("editorial_passkey_remove", args=[Passkey.objects.get().pk]))

        assert not Passkey.objects.exists() and CodeDevice.objects.exists()

    def test_nobody_touches_another_persons_keys(self, desk, key):
        client, _ = give_password("centre")

        assert (
            client.post(reverse("editorial_passkey_remove", args=[Passkey.objects.get().pk])).status_code
            == 404
        )
        assert Passkey.objects.exists()

    def test_screen_asks_for_a_proof_that_is_fresh(self, key):
        client = browser()
        answer(client, key.get(ask(client, "sign-in")))
        session = client.session
        session["sign-in-proved"] = time.time() - 3600
        session.save()

        assert client.get(reverse("editorial_own_keys")).url.startswith(reverse("editorial_prove"))
        assert client.post(reverse("editorial_passkey_ask"), {"purpose": "add"}).status_code == 403
        page = client.get(reverse("editorial_prove")).content.decode()
        assert 'data-passkey="prove"' in page and 'type="password"' not in page
        assert answer(client, key.get(ask(client, "prove")), next="/cach-dang-nhap/").status_code == 200
        assert client.get(reverse("editorial_own_keys")).status_code == 200

    def test_who_has_an_app_proves_by_a_code_and_not_by_the_password(self, with_app):
        client, _ = give_password("author")
        client.post(reverse("editorial_second_step"), {"code": code()})
        session = client.session
        session["sign-in-proved"] = time.time() - 3600
        session.save()

        assert client.post("/xac-nhan/?next=/soan/", {"password": PASSWORD}).status_code == 200
        assert client.post("/xac-nhan/?next=/soan/", {"password": code(1)}).url == "/soan/"

    def test_two_passkeys_need_no_password(self, key, author):
        client = browser()
        answer(client, key.get(ask(client, "sign-in")))
        second = Authenticator(settings.DESK_URL)
        answer(client, second.create(ask(client, "add")), label="Khóa dự phòng")

        client.post(reverse("editorial_password_forget"))

        assert is_in(client) and not User.objects.get(pk=author.pk).has_usable_password()
        client, answered = give_password("author")
        assert answered.status_code == 200 and not is_in(client)
