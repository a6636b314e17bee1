"""What a portal in wrong hands could take away, and how a duty person allows what has to be."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conglang.signer import duty, keys, permits
from conglang.signer.office import Office
from conglang.signer.permits import LONGEST, Permit, What
from conglang.signer.tests.desk import put, request
from conglang.wire.manifest import Entry
from conglang.wire.release import Refusal, ReleaseAnswer

PASSPHRASE = "mot hai ba bon nam"
HOSTS = {"hanoi.gov.vn": "hanoi", "badinh.hanoi.gov.vn": "badinh"}


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    (tmp_path / "network.toml").write_text('[domain]\nofficial = "hanoi.gov.vn"\n')
    return tmp_path


@pytest.fixture
def office(data: Path, facts: Path) -> Office:
    keys.create(data / "keys")
    duty.create(data / "keys", "nguyen-an", data / "an.pem", PASSPHRASE)
    office = Office(data, network=facts)
    office.renew()
    pages = {f"/tin/{number}/": put(data, b"<!doctype html><p>Tin</p>") for number in range(100)}
    home = {"/": put(data, b"<!doctype html><p>Nh\xc3\xa0</p>")}
    assert isinstance(office.release(request({**pages, **home})), ReleaseAnswer)
    ask(office, HOSTS)
    return office


def ask(office: Office, hosts: Mapping[str, str], **more: bool) -> dict[str, object]:
    return dict(json.loads(office.answer(json.dumps({"op": "hosts", "hosts": dict(hosts), **more}).encode())))


def gone(first: int, last: int) -> dict[str, Entry | None]:
    return {f"/tin/{number}/": None for number in range(first, last)}


def allow(data: Path, what: What, site: str, *, hours: float = 1, file: str = "an.pem") -> None:
    permit = Permit(what, site, datetime.now(UTC) + timedelta(hours=hours), "sáp nhập")
    permits.put(data, permit, duty.load(data / file, PASSPHRASE))


def test_few_pages_go_without_asking_anybody(office: Office) -> None:
    assert isinstance(office.release(request(gone(0, 30))), ReleaseAnswer)


@pytest.mark.parametrize("status", [None, 410, 404, 301])
def test_site_cannot_be_emptied_by_the_portal_alone(office: Office, data: Path, status: int | None) -> None:
    to = {301: Entry(301, location="/", mtime=2000), 410: Entry(410, mtime=2000), 404: Entry(404, mtime=2000)}
    entry = to[status] if status else None

    answer = office.release(request(dict.fromkeys(gone(0, 60), entry)))

    assert isinstance(answer, Refusal) and "keys permit removal --site badinh" in answer.reason


def test_nor_a_few_pages_at_a_time_nor_by_naming_what_stays(office: Office, data: Path, facts: Path) -> None:
    assert isinstance(office.release(request(gone(0, 20))), ReleaseAnswer)
    assert isinstance(office.release(request(gone(20, 40))), Refusal)
    again = Office(data, network=facts)  # started anew, it has not forgotten
    assert isinstance(again.release(request(gone(20, 40))), Refusal)
    stays = {"/tin/99/": put(data, b"<!doctype html><p>Tin</p>")}
    assert isinstance(again.release(request(stays, complete=True)), Refusal)


def test_day_later_the_next_few_may_go(office: Office) -> None:
    assert isinstance(office.release(request(gone(0, 30))), ReleaseAnswer)
    office._leave.clock = lambda: datetime.now(UTC) + timedelta(hours=25)

    assert isinstance(office.release(request(gone(30, 60))), ReleaseAnswer)


def test_home_page_never_goes_by_the_portal_alone(office: Office) -> None:
    assert isinstance(office.release(request({"/": None})), Refusal)


def test_unit_that_merges_is_emptied_with_leave_of_a_duty_person(office: Office, data: Path) -> None:
    moved = dict.fromkeys(
        ["/", *gone(0, 100)], Entry(301, location="https://tayho.hanoi.gov.vn/", mtime=2000)
    )
    assert isinstance(office.release(request(moved)), Refusal)

    allow(data, What.REMOVAL, "badinh")

    assert isinstance(office.release(request(moved)), ReleaseAnswer)


def test_leave_is_for_one_thing_one_site_and_a_short_time(office: Office, data: Path) -> None:
    allow(data, What.REMOVAL, "tayho")
    allow(data, What.HOSTS, "badinh")
    allow(data, What.REMOVAL, "badinh", hours=-1)
    allow(data, What.REMOVAL, "badinh", hours=LONGEST / timedelta(hours=1) + 1)

    assert isinstance(office.release(request(gone(0, 60))), Refusal)


def test_nobody_else_gives_leave(office: Office, data: Path) -> None:
    """Neither a key that does not count, nor the on-line key of the announcements, nor a permit that was changed."""
    stranger = data / "elsewhere"
    keys.create(stranger / "keys")
    duty.create(stranger / "keys", "le-b", data / "b.pem", PASSPHRASE)
    allow(data, What.REMOVAL, "badinh", file="b.pem")
    until = datetime.now(UTC) + timedelta(hours=1)
    permits.put(data, Permit(What.REMOVAL, "badinh", until, "x"), office.repository.ring.held("state")[0])
    assert isinstance(office.release(request(gone(0, 60))), Refusal)

    allow(data, What.REMOVAL, "tayho")
    for file in (data / permits.FOLDER).glob("*tayho*"):
        (file.parent / "changed.json").write_text(file.read_text().replace("tayho", "badinh"))
    (data / permits.FOLDER / "torn.json").write_text("{")
    (data / permits.FOLDER / "link.json").symlink_to("/etc/passwd")

    assert isinstance(office.release(request(gone(0, 60))), Refusal)


@pytest.mark.parametrize(
    "hosts",
    [
        {},
        {"hanoi.gov.vn": "hanoi"},
        {**HOSTS, "badinh.hanoi.gov.vn": "hanoi"},
        dict(zip(HOSTS, ["badinh", "hanoi"], strict=True)),
    ],
)
def test_host_does_not_go_or_show_another_site_by_the_portal_alone(
    office: Office, data: Path, hosts: dict[str, str]
) -> None:
    assert "keys permit hosts" in str(ask(office, hosts).get("refused"))
    assert office.repository.hosts().hosts == HOSTS

    allow(data, What.HOSTS, "*")

    assert "edition" in ask(office, hosts)


def test_new_host_needs_nobody_and_search_engines_are_not_sent_away(office: Office, data: Path) -> None:
    assert "edition" in ask(office, {**HOSTS, "tayho.hanoi.gov.vn": "tayho"})
    assert "keys permit noindex" in str(
        ask(office, {**HOSTS, "tayho.hanoi.gov.vn": "tayho"}, noindex=True)["refused"]
    )


def test_hosts_of_a_trial_may_go_when_the_network_goes_live(office: Office, data: Path, facts: Path) -> None:
    ask(office, {**HOSTS, "badinh.localhost": "badinh"})

    assert "edition" in ask(office, HOSTS)


def test_demonstration_is_taken_down_without_ceremony(office: Office, data: Path) -> None:
    (data / "keys/demo-network").touch()

    assert isinstance(office.release(request({"/": None, **gone(0, 100)})), ReleaseAnswer)
