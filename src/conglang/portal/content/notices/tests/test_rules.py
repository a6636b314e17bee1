"""When somebody gets an e-mail."""

from datetime import datetime

import pytest

from conglang.portal.content.notices.rules import Mail, is_due
from conglang.portal.content.notices.server import MailServer


def at(clock: str, day: int = 27) -> datetime:
    return datetime.fromisoformat(f"2026-11-{day}T{clock}:00+07:00")


@pytest.mark.parametrize(
    ("wish", "oldest", "last", "now", "due"),
    [
        (Mail.SOON, at("09:00"), None, at("09:01"), False),  # more may come
        (Mail.SOON, at("09:00"), None, at("09:02"), True),
        (Mail.SOON, at("20:59"), None, at("21:02"), False),  # nobody is woken
        (Mail.SOON, at("20:59", 26), None, at("06:00"), True),
        (Mail.DAILY, at("09:00"), at("07:30"), at("17:00"), False),
        (Mail.DAILY, at("09:00", 26), at("07:30", 26), at("07:30"), True),
        (Mail.DAILY, at("07:40"), None, at("07:45"), False),
        (Mail.DAILY, at("09:00", 26), at("07:31"), at("08:00"), False),  # once a day
        (Mail.NEVER, at("09:00", 20), None, at("12:00"), False),
    ],
)
def test_mail_goes_out_when_its_reader_wants_it(wish, oldest, last, now, due):
    assert is_due(wish, oldest=oldest, last_mail=last, now=now) is due


def test_mail_server_is_read_from_one_address():
    server = MailServer.parse("smtp://thu%40hanoi:mat%3Akhau@thu.hanoi.example")

    assert (server.host, server.port) == ("thu.hanoi.example", 587)
    assert (server.user, server.password) == ("thu@hanoi", "mat:khau")
    assert server.starttls and not server.tls


@pytest.mark.parametrize(
    "address", ["thu.hanoi.example", "http://x", "smtp+plain://thu.hanoi.example", "smtp://"]
)
def test_server_without_encryption_or_name_is_refused_and_the_password_not_repeated(address):
    with pytest.raises(ValueError) as told:
        MailServer.parse(address)

    assert "mat-khau" not in str(told.value)
