"""«Thông báo toàn mạng lưới» at the desk: for the city alone, signed by the signer, with a record of who and when."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conglang.portal.identity.sites.actions import record_origin
from conglang.portal.identity.sites.rules import Origin
from conglang.portal.publishing.releases.tests.signer_process import Signer
from conglang.portal.publishing.shared import queries
from conglang.portal.publishing.shared.models import Announced

UNITS = ("author", "nobody")


@pytest.fixture
def signer(settings: Any) -> Iterator[Signer]:
    folder = Path(mkdtemp(prefix="cl", dir="/tmp"))
    settings.DATA = folder
    found = Signer(folder)
    yield found
    found.kill()


def wish(**more: str) -> dict[str, str]:
    until = timezone.localtime(timezone.now() + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
    values = {
        "part": "banner",
        "level": "emergency",
        "title": "Bão số 3",
        "text": "Ở trong nhà.",
        "until": until,
    }
    return {
        **values,
        "link": "",
        "status": "planned",
        "motif": "tet",
        "begins": "",
        "second": "",
        "cause": "thử",
        **more,
    }


def test_city_sees_what_is_on_previews_announces_and_ends_with_a_record(
    desk: Any, at_desk: Callable[[str], Client], signer: Signer
) -> None:
    signer.start()
    client, address = at_desk("centre"), reverse("shared_announcements")
    second = str(desk.users["admin"].pk)

    shown = client.post(address, wish(second=second, preview="1")).content.decode()
    assert "Bão số 3" in shown and queries.signed()[0].is_silent  # type: ignore[index]

    done = client.post(address, wish(second=second, announce="1"), follow=True).content.decode()
    assert "Bão số 3" in done
    assert [banner.title for banner in queries.signed()[0].banners] == ["Bão số 3"]  # type: ignore[index]
    noted = Announced.objects.get()
    assert (noted.kind, noted.people, noted.cause) == ("city-emergency", ["centre", "admin"], "thử")

    client.post(address, {"end": "banner:1", "second": second}, follow=True)
    assert queries.signed()[0].is_silent and Announced.objects.count() == 2  # type: ignore[index]


@pytest.mark.parametrize("name", UNITS)
def test_units_neither_see_nor_change_what_all_sites_say(
    desk: Any, at_desk: Callable[[str], Client], signer: Signer, name: str
) -> None:
    client, address = at_desk(name), reverse("shared_announcements")

    for response in (
        client.get(address),
        client.post(address, wish(announce="1")),
        client.post(address, {"end": "live"}),
    ):
        assert response.status_code in (302, 403)
        assert "Bão số 3" not in response.content.decode()
    assert "thong-bao-mang-luoi" not in client.get("/", follow=True).content.decode()
    assert not Announced.objects.exists()


def test_whoever_was_not_asked_cannot_be_named_as_the_second_person(
    desk: Any, at_desk: Callable[[str], Client], signer: Signer
) -> None:
    signer.start()
    client, address = at_desk("centre"), reverse("shared_announcements")

    client.post(address, wish(second=str(desk.users["author"].pk), announce="1"))

    assert queries.signed()[0].is_silent  # type: ignore[index]


def test_without_the_signer_the_screen_says_what_to_do(
    desk: Any, at_desk: Callable[[str], Client], signer: Signer
) -> None:
    client, address = at_desk("centre"), reverse("shared_announcements")

    told = client.post(address, wish(second=str(desk.users["admin"].pk), announce="1")).content.decode()

    assert "./conglang state set --key" in told
    assert not Announced.objects.exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": ""}, "tiêu đề"),
        ({"until": "2020-01-01T00:00"}, "kết thúc"),
        ({"title": "a<b"}, "chữ thường"),
        ({"link": "https://evil.example/"}, "Liên kết chỉ được dẫn tới trang của mạng lưới"),
        ({"link": "//evil.example/"}, "Liên kết chỉ được dẫn tới trang của mạng lưới"),
    ],
)
def test_what_breaks_a_rule_is_explained_on_the_form(
    desk: Any, at_desk: Callable[[str], Client], signer: Signer, change: dict[str, str], words: str
) -> None:
    shown = (
        at_desk("centre").post(reverse("shared_announcements"), wish(**change, preview="1")).content.decode()
    )

    assert words in shown and 'name="announce"' not in shown


@pytest.mark.parametrize(
    "link", ["/khan-cap/", "http://badinh.hanoi.localhost:8500/tin-tuc/", "https://thoitiet.example/"]
)
def test_link_to_the_network_or_to_a_listed_host_is_previewed(
    desk: Any, at_desk: Callable[[str], Client], signer: Signer, settings: Any, link: str
) -> None:
    record_origin(Origin.parse("http://hanoi.localhost:8500", "hanoi"))
    settings.NETWORK_DIR = settings.DATA
    (settings.DATA / "network.toml").write_text('[announcements]\nlink_hosts = ["thoitiet.example"]\n')
    shown = (
        at_desk("centre").post(reverse("shared_announcements"), wish(link=link, preview="1")).content.decode()
    )

    assert 'name="announce"' in shown and link in shown


def test_refusal_of_the_signer_is_told_in_vietnamese(
    desk: Any, at_desk: Callable[[str], Client], signer: Signer
) -> None:
    signer.start()
    client, address = at_desk("centre"), reverse("shared_announcements")
    second = str(desk.users["admin"].pk)

    told = client.post(address, wish(text="Vào 789bet.", second=second, announce="1")).content.decode()

    assert "Nội dung có từ của quảng cáo cài cắm: «789bet»" in told
    assert queries.signed()[0].is_silent  # type: ignore[index]


def test_second_person_at_once_is_told_to_look_again(
    desk: Any, at_desk: Callable[[str], Client], signer: Signer
) -> None:
    signer.start()
    client, address = at_desk("centre"), reverse("shared_announcements")
    version = str(queries.signed()[1])  # type: ignore[index]
    client.post(address, wish(second=str(desk.users["admin"].pk), version=version, announce="1"))

    told = client.post(
        address, wish(title="Bão số 4", second=str(desk.users["admin"].pk), version=version, announce="1")
    ).content.decode()

    assert "Người khác vừa thay đổi thông báo" in told
