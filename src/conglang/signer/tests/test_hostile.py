"""A portal or a store in wrong hands may ask anything: the signer answers, says no, and goes on for everybody else."""

import json
import os
import threading
import time
from pathlib import Path

import pytest

from conglang.signer import keys
from conglang.signer.designs import DESIGN, Designs
from conglang.signer.office import Office
from conglang.signer.tests.desk import open_office, put, request
from conglang.wire.bundle import Bundle
from conglang.wire.manifest import Entry, ManifestError, check_location
from conglang.wire.objects import ObjectStore, digest_of
from conglang.wire.release import Refusal, ReleaseAnswer
from conglang.wire.repo import Hosts, encode_hosts

BODY = b"<!doctype html><p>Tin</p>"


def test_time_to_come_is_refused_for_nothing_honest_could_follow_it(data: Path) -> None:
    office = open_office(data)

    answer = office.release(request({"/": put(data, BODY, mtime=int(time.time()) + 3600)}))

    assert isinstance(answer, Refusal) and "to come" in answer.reason


def test_script_that_the_design_folder_does_not_hold_is_never_signed(data: Path) -> None:
    """A page may run any script of its own host; nobody can tell by reading what a script does."""
    office = open_office(data)

    for path in ("/_/a/site.0a1b2c3d.js", "/_/a/site.0a1b2c3d.css"):
        answer = office.release(request({path: put(data, b"location='https://evil.example/'")}))
        assert isinstance(answer, Refusal) and "design folder" in answer.reason


def test_script_of_the_design_folder_is_signed_below_its_own_prefix_only(data: Path) -> None:
    office = open_office(data)
    path, script = next(one for one in Bundle(DESIGN).files.items() if one[0].endswith(".js"))

    assert isinstance(office.release(request({path: put(data, script)})), ReleaseAnswer)
    assert isinstance(office.release(request({"/tin/site.js": put(data, script)})), Refusal)


def test_signer_learns_a_new_drawing_and_still_knows_the_old_one(data: Path, tmp_path: Path) -> None:
    """An edition of last year is restored with the script it had; the signer was started anew meanwhile."""
    folder = tmp_path / "components" / "menu"
    folder.mkdir(parents=True)
    bodies = []
    for script in ("open()", "shut()"):
        (folder / "menu.js").write_text(script)
        bodies.append(Bundle(tmp_path).files.popitem()[1])
        designs = Designs(data, folder=tmp_path)
        assert all(designs.knows(digest_of(body)) for body in bodies)
    assert not designs.knows(digest_of(b"open()"))


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


@pytest.mark.parametrize(
    ("manifest", "signed"),
    [
        (
            '{"name": "Phường Ba Đình", "start_url": "/", "icons": [{"src": "/_/m/a.png", "sizes": "192x192"}]}',
            True,
        ),
        ('{"start_url": "https://e.example/"}', False),
        ('{"start_url": "//e.example/"}', False),
        ('{"start_url": "https://e.example/", "start_url": "/"}', False),
        ('{"related_applications": [{"platform": "play", "id": "e"}], "name": "x"}', False),
        ('{"icons": [{"src": "https://e.example/a.png"}]}', False),
        ('{"share_target": {"action": "/"}}', False),
        ('{"name": "Kubet"}', False),
        ("[]", False),
        ("{", False),
    ],
)
def test_what_a_telephone_installs_leads_nowhere_else(data: Path, manifest: str, signed: bool) -> None:
    answer = open_office(data).release(request({"/site.webmanifest": put(data, manifest.encode())}))

    assert isinstance(answer, ReleaseAnswer) is signed


@pytest.mark.parametrize(
    ("text", "signed"),
    [
        ("User-agent: *\nAllow: /\nSitemap: https://badinh.hanoi.gov.vn/sitemap.xml\n", True),
        ("User-agent: *\nDisallow: /\n", False),
        ("User-agent: *\rDisallow: /\n", False),
        ("user-agent: googlebot\nNoindex: /\n", False),
    ],
)
def test_robots_are_not_sent_away(data: Path, text: str, signed: bool) -> None:
    answer = open_office(data).release(request({"/robots.txt": put(data, text.encode())}))

    assert isinstance(answer, ReleaseAnswer) is signed


def test_plain_text_is_read_for_planted_words_too(data: Path) -> None:
    answer = open_office(data).release(request({"/robots.txt": put(data, b"Sitemap: kubet.example")}))

    assert isinstance(answer, Refusal) and "kubet" in answer.reason


class TestAddressesOfTheNetwork:
    """What is a host of ours the signer reads from the network's own facts, not from whoever asks."""

    @pytest.fixture
    def office(self, data: Path, tmp_path: Path) -> Office:
        (tmp_path / "network.toml").write_text(
            '[domain]\nofficial = "hanoi.gov.vn"\n[[domain.special]]\nunit = "x"\nhost = "hoankiem.example.vn"\n'
            '[announcements]\nlink_hosts = ["chinhphu.vn"]\n'
        )
        keys.create(data / "keys")
        return Office(data, network=tmp_path, origin="https://thu.example.vn")

    @pytest.mark.parametrize(
        "host",
        ["evil.example", "xhanoi.gov.vn", "hanoi.gov.vn.evil.example", "gov.vn", "x.hoankiem.example.vn"],
    )
    def test_host_of_somebody_else_is_never_signed(self, office: Office, host: str) -> None:
        answer = json.loads(office.answer(json.dumps({"op": "hosts", "hosts": {host: "badinh"}}).encode()))

        assert "not below the network's own domain" in answer["refused"]

    def test_hosts_of_the_network_are_signed_where_they_are_served_meanwhile_too(
        self, office: Office
    ) -> None:
        hosts = (
            "hanoi.gov.vn",
            "badinh.hanoi.gov.vn",
            "hoankiem.example.vn",
            "badinh.thu.example.vn",
            "a.localhost",
        )
        asked = {"op": "hosts", "hosts": dict.fromkeys(hosts, "badinh")}

        assert "edition" in json.loads(office.answer(json.dumps(asked).encode()))

    @pytest.mark.parametrize(
        ("location", "signed"),
        [
            ("https://tayho.hanoi.gov.vn/tin/", True),
            ("https://chinhphu.vn/nghi-dinh", True),
            ("https://evil.example/", False),
            ("https://hanoi.gov.vn@evil.example/", False),
            ("https://hanoi.gov.vn\\.evil.example/", False),
            ("https://evil.example\\hanoi.gov.vn/", False),
            ("https://hanoi.gov.vn:8@evil.example/", False),
            ("https://HANOI.gov.vn.evil.example/", False),
        ],
    )
    def test_redirect_leads_to_the_network_or_to_its_list(
        self, office: Office, location: str, signed: bool
    ) -> None:
        try:
            entry = Entry(301, location=location, mtime=1)
        except ManifestError:  # the grammar of the manifest refuses it before
            assert not signed
            return

        assert isinstance(office.release(request({"/a/": entry})), ReleaseAnswer) is signed

    @pytest.mark.parametrize(
        ("link", "signed"),
        [
            ('<link rel="canonical" href="https://badinh.hanoi.gov.vn/">', True),
            ('<link rel="stylesheet" href="/_/a/site.css">', True),
            ('<link rel="canonical" href="https://evil.example/">', False),
            ('<link rel="stylesheet" href="//evil.example/x.css">', False),
        ],
    )
    def test_page_does_not_say_that_another_site_is_its_original(
        self, office: Office, data: Path, link: str, signed: bool
    ) -> None:
        entry = put(data, f"<!doctype html>{link}<p>Tin</p>".encode())

        assert isinstance(office.release(request({"/": entry})), ReleaseAnswer) is signed


def test_number_of_sites_has_an_end(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conglang.signer.office.SITES", 1)
    office = open_office(data)

    assert isinstance(office.release(request({"/": put(data, BODY)}, site="badinh")), ReleaseAnswer)
    assert isinstance(office.release(request({"/": put(data, BODY)}, site="tayho")), Refusal)
    assert isinstance(office.release(request({"/a/": put(data, BODY)}, site="badinh")), ReleaseAnswer)


def test_timestamp_says_length_and_digest_of_the_snapshot(data: Path) -> None:
    """So that nobody has to parse megabytes before knowing that they are not the signed ones."""
    office = open_office(data)
    office.release(request({"/": put(data, BODY)}))

    for _ in range(2):  # signed anew it still says so
        stamp = json.loads((data / "store/repo/metadata/timestamp.json").read_bytes())
        meta = stamp["signed"]["meta"]["snapshot.json"]
        snapshot = (data / f"store/repo/metadata/{meta['version']}.snapshot.json").read_bytes()
        assert (meta["length"], meta["hashes"]) == (len(snapshot), {"sha256": digest_of(snapshot)})
        office.renew()
