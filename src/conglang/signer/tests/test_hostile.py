"""A portal or a store in wrong hands may ask anything: the signer answers, says no, and goes on for everybody else."""

import json
import os
import threading
import time
from pathlib import Path

import pytest

from conglang.signer.tests.desk import open_office, put, request
from conglang.wire.manifest import Entry, ManifestError, check_location
from conglang.wire.objects import ObjectStore
from conglang.wire.release import Refusal
from conglang.wire.repo import Hosts, encode_hosts

BODY = b"<!doctype html><p>Tin</p>"


def test_time_to_come_is_refused_for_nothing_honest_could_follow_it(data: Path) -> None:
    office = open_office(data)

    answer = office.release(request({"/": put(data, BODY, mtime=int(time.time()) + 3600)}))

    assert isinstance(answer, Refusal) and "to come" in answer.reason


@pytest.mark.parametrize("mtime", [-1, 2**34, 2**70])
def test_time_no_file_system_knows_is_in_no_manifest(data: Path, mtime: int) -> None:
    entry = put(data, BODY)

    with pytest.raises(ManifestError, match="out of range"):
        Entry(200, entry.digest, entry.size, mtime)


def test_redirect_is_no_place_to_fill_disks_with() -> None:
    with pytest.raises(ManifestError, match="longer"):
        check_location("https://hanoi.gov.vn/" + "a" * 2000)


@pytest.mark.parametrize(
    "location",
    ["https://e.example/nh%C3%A0-c%C3%A1i-%6Bubet", "https://kubet.example/", "https://e.example/KUBET/"],
)
def test_redirect_with_a_spam_word_is_refused_however_it_is_written(data: Path, location: str) -> None:
    answer = open_office(data).release(request({"/a/": Entry(301, location=location, mtime=1)}))

    assert isinstance(answer, Refusal) and "spam" in answer.reason


@pytest.mark.parametrize(
    "host",
    [
        "a\nb",
        "default",
        "import",
        "include",
        "bá.vn",
        "~.*",
        "*",
        "*.vn",
        "a;b.vn",
        "(x)",
        "?a",
        "a..vn",
        "-a.vn",
    ],
)
def test_name_that_means_something_to_a_web_server_is_no_host(host: str) -> None:
    with pytest.raises(ManifestError, match="host name"):
        encode_hosts(Hosts({host: "badinh"}))


def test_pipe_under_an_objects_name_holds_nobody_up(data: Path) -> None:
    office, entry = open_office(data), put(data, BODY)
    file = ObjectStore(data / "store").path(entry.digest or "")
    file.unlink()
    os.mkfifo(file)
    answers: list[object] = []

    asking = threading.Thread(
        target=lambda: answers.append(office.release(request({"/": entry}))), daemon=True
    )
    asking.start()
    asking.join(5)

    assert len(answers) == 1 and isinstance(answers[0], Refusal)


def test_hole_of_a_terabyte_is_not_read(data: Path) -> None:
    office, entry = open_office(data), put(data, BODY)
    file = ObjectStore(data / "store").path(entry.digest or "")
    os.truncate(file, 2**40)

    began = time.monotonic()
    answer = office.release(request({"/": entry}))

    assert isinstance(answer, Refusal) and time.monotonic() - began < 2


def test_link_in_the_store_is_not_followed(data: Path) -> None:
    office, entry = open_office(data), put(data, BODY)
    file = ObjectStore(data / "store").path(entry.digest or "")
    file.rename(data / "elsewhere")
    file.symlink_to(data / "elsewhere")

    assert isinstance(office.release(request({"/": entry})), Refusal)


def test_brackets_without_end_get_an_answer_like_everything_else(data: Path) -> None:
    assert "refused" in json.loads(open_office(data).answer(b"[" * 200_000))


def test_names_that_can_be_no_site_leave_nothing_behind(data: Path) -> None:
    office, entry = open_office(data), put(data, BODY)
    locks = len(office._sites)

    for number in range(50):
        assert isinstance(office.release(request({"/": entry}, site=f"../{number}")), Refusal)

    assert len(office._sites) == locks
