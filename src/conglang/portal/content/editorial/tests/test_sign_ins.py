"""Sign-ins end by time and by wish, and rights are given only by somebody who has just proved who they are."""

import time
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conglang.portal.identity.accounts.models import SignedIn, User
from conglang.portal.identity.accounts.sessions import BEGAN, PROVED, SEEN

MINUTE, HOUR = 60.0, 3600.0


def ago(client: Client, **seconds: float) -> None:
    """Set the client's clock facts back."""
    session = client.session
    for name, back in seconds.items():
        session[{"began": BEGAN, "seen": SEEN, "proved": PROVED}[name]] = time.time() - back
    session.save()


def sign_in(name: str) -> Client:
    client = Client(headers={"host": settings.DESK_HOST, "user-agent": "Điện thoại của chị Hoa"})
    client.post("/login/", {"username": name, "password": "mat-khau-thu", "next": "/"})
    return client


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def test_sign_in_ends_after_a_quarter_of_an_hour_without_use(desk, at_desk):
    client = at_desk("author")
    ago(client, seen=14 * MINUTE)
    assert is_in(client)

    ago(client, seen=16 * MINUTE)
    assert not is_in(client)
    assert not SignedIn.objects.exists()


def test_use_keeps_it_and_twelve_hours_end_it_all_the_same(desk, at_desk):
    client = at_desk("author")
    ago(client, seen=10 * MINUTE)
    assert is_in(client)
    assert time.time() - client.session[SEEN] < MINUTE

    ago(client, began=12 * HOUR + 1)
    assert not is_in(client)


def test_form_left_open_keeps_nobody_signed_in(desk, at_desk):
    client, article = at_desk("author"), desk.articles["badinh"]
    ago(client, seen=14 * MINUTE)
    pulse = reverse("wagtailadmin_editing_sessions:ping", args=["pages", "articlepage", str(article.pk), 1])

    client.post(pulse)

    assert time.time() - client.session[SEEN] > 13 * MINUTE


def test_profile_of_the_installation_decides(desk, at_desk, settings):
    settings.SIGN_IN_POLICY = "nist"
    client = at_desk("author")
    ago(client, seen=16 * MINUTE)

    assert is_in(client)


def test_person_sees_where_they_are_signed_in_and_ends_one(desk):
    here, phone = sign_in("author"), sign_in("author")
    assert is_in(here) and is_in(phone)
    other = SignedIn.objects.get(session_key=phone.session.session_key)

    page = here.get(reverse("editorial_sign_ins")).content.decode()
    assert page.count("Điện thoại của chị Hoa") == 2
    here.post(reverse("editorial_sign_in_end", args=[other.pk]))

    assert is_in(here) and not is_in(phone)


def test_nobody_ends_another_persons_sign_in(desk, at_desk):
    author = sign_in("author")
    row = SignedIn.objects.get(user__username="author")

    assert at_desk("centre").post(reverse("editorial_sign_in_end", args=[row.pk])).status_code == 404
    assert is_in(author)


def test_other_peoples_rights_ask_for_the_password_once_more(desk, at_desk):
    client, url = at_desk("admin"), reverse("editorial_people")
    ago(client, proved=16 * MINUTE)

    asked = client.get(url)
    assert asked.status_code == 302 and asked.url.startswith(reverse("editorial_prove"))
    assert client.post(asked.url, {"password": "falsch"}).status_code == 200
    assert client.post(asked.url, {"password": "mat-khau-thu"}).url == url
    assert client.get(url).status_code == 200


def test_proof_leads_to_no_other_host(desk, at_desk):
    client = at_desk("admin")

    answer = client.post("/xac-nhan/?next=https://nha-cai.example/", {"password": "mat-khau-thu"})

    assert answer.url == "/"


@pytest.mark.parametrize("gone", ["session", "account"])
def test_ended_session_and_switched_off_account_open_nothing_at_the_next_click(desk, gone):
    client = sign_in("author")
    if gone == "session":
        Session.objects.all().delete()
    else:
        User.objects.filter(username="author").update(is_active=False)

    assert not is_in(client)


class TestWrongPasswords:
    """Guessing is made slow for the guesser, and for nobody else."""

    @pytest.fixture(autouse=True)
    def counted(self, settings):
        settings.AXES_ENABLED = True

    @staticmethod
    def tries(password: str, *, name: str = "author", address: str = "203.0.113.9") -> int:
        client = Client(headers={"host": settings.DESK_HOST, "x-forwarded-for": address})
        answer = client.post("/login/", {"username": name, "password": password, "next": "/"})
        return answer.status_code

    def test_after_five_the_right_one_does_not_help_either_and_says_so(self, desk):
        assert [self.tries(f"sai-{number}") for number in range(5)] == [200, 200, 200, 200, 429]
        assert self.tries("mat-khau-thu") == 429

    def test_person_at_another_address_and_other_people_at_the_same_can_sign_in(self, desk):
        for number in range(6):
            self.tries(f"sai-{number}")

        assert self.tries("mat-khau-thu", address="198.51.100.4") == 302
        assert self.tries("mat-khau-thu", name="centre") == 302

    def test_after_a_quarter_of_an_hour_it_is_forgotten(self, desk):
        for number in range(6):
            self.tries(f"sai-{number}")
        AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))

        assert self.tries("mat-khau-thu") == 302

    def test_what_was_typed_is_kept_nowhere(self, desk):
        self.tries("mat-khau-cua-toi", name="mat-khau-cua-toi")

        kept = str(list(AccessAttempt.objects.values()))
        assert "mat-khau-cua-toi" not in kept

    def test_proving_oneself_is_guessing_too(self, desk, at_desk):
        client = at_desk("admin")
        ago(client, proved=16 * MINUTE)

        answers = [
            client.post(reverse("editorial_prove"), {"password": f"sai-{n}"}).status_code for n in range(6)
        ]

        assert answers[-1] == 429
