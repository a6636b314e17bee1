"""What the signer signs, and what it refuses with which reason."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conglang.signer import keys, limits
from conglang.signer.checks import Checker
from conglang.signer.tests.desk import SOURCE, open_office, put, request
from conglang.wire.manifest import Encoded, Entry
from conglang.wire.objects import ObjectStore
from conglang.wire.paths import shard_of
from conglang.wire.release import Authority, AuthorityKind, LookRequest, Refusal, ReleaseAnswer

BODY = b"<!doctype html><title>Tin</title>" + b"<p>noi dung</p>" * 50


def test_keys_are_for_their_owner_only(data: Path) -> None:
    keys.create(data / "keys")

    files = list((data / "keys").rglob("*.pem"))
    assert len(files) == 11
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert {stat.S_IMODE(file.parent.stat().st_mode) for file in files} == {0o700}


def test_keys_are_made_once(data: Path) -> None:
    keys.create(data / "keys")
    before = {file: file.read_bytes() for file in (data / "keys").rglob("*") if file.is_file()}

    keys.create(data / "keys")

    assert before == {file: file.read_bytes() for file in (data / "keys").rglob("*") if file.is_file()}


def test_lost_key_of_a_living_network_is_not_made_anew(data: Path) -> None:
    keys.create(data / "keys")
    (data / "keys/online/site.pem").unlink()

    with pytest.raises(keys.KeysIncomplete, match="restore"):
        keys.create(data / "keys")


def test_first_release_is_edition_one_and_asking_again_changes_nothing(data: Path) -> None:
    office, entry = open_office(data), put(data, BODY)

    assert office.release(request({"/tin/": entry})) == ReleaseAnswer(1, unchanged=False)
    assert office.release(request({"/tin/": entry})) == ReleaseAnswer(1, unchanged=True)
    assert open_office(data).release(request({"/tin/": entry})) == ReleaseAnswer(1, unchanged=True)
    assert office.repository.entries("badinh", shard_of("/tin/")) == {"/tin/": entry}


def test_sites_are_signed_together_and_a_refused_one_holds_up_no_other(data: Path) -> None:
    office, entry = open_office(data), put(data, BODY)
    before = office.repository._snapshot.signed.version
    wrong = Entry(200, "0" * 64, 7, 1000)

    answers = office.release_together(
        [
            request({"/": entry}, site="badinh"),
            request({"/": wrong}, site="tayho"),
            request({"/": entry}, site="bavi"),
        ]
    )

    assert answers[0] == answers[2] == ReleaseAnswer(1, unchanged=False)
    assert isinstance(answers[1], Refusal) and answers[1].path == "/"
    assert office.repository._snapshot.signed.version == before + 1
    assert office.repository.editions() == open_office(data).repository.editions() == {"badinh": 1, "bavi": 1}


def test_two_requests_for_one_site_are_not_signed_together(data: Path) -> None:
    office, entry = open_office(data), put(data, BODY)
    lines = [request({"/": entry}).to_json(), request({"/tin/": entry}).to_json()]

    answer = json.loads(office.answer(json.dumps({"op": "releases", "requests": lines}).encode()))

    assert "together" in answer["refused"] and office.repository.editions() == {}


@pytest.mark.parametrize(
    "path", ["/_/network.json", "/_/status/", "/_/status/a.json", "/_/trust/", "/_/trust/timestamp.json"]
)
def test_site_cannot_publish_where_every_edge_answers_about_itself(data: Path, path: str) -> None:
    office, entry = open_office(data), put(data, BODY)

    answer = office.release(request({"/tin/": entry, path: entry}))

    assert isinstance(answer, Refusal) and answer.path == path
    assert office.repository.entries("badinh", shard_of("/tin/")) == {}
    assert isinstance(office.release(request({path: Entry(301, location="/tin/", mtime=1)})), Refusal)


def test_neighbours_of_the_reserved_addresses_can_be_published(data: Path) -> None:
    office, entry = open_office(data), put(data, BODY)

    answer = office.release(request({"/_/statusses/": entry, "/_/trusted/": entry, "/trust/": entry}))

    assert isinstance(answer, ReleaseAnswer)


def test_removed_page_leaves_the_manifest(data: Path) -> None:
    office = open_office(data)
    office.release(request({"/tin/": put(data, BODY), "/": put(data, BODY)}))

    office.release(request({"/tin/": None}))

    assert office.repository.entries("badinh", shard_of("/tin/")) == {}
    assert "/" in office.repository.entries("badinh", shard_of("/"))


def test_complete_request_is_the_whole_site(data: Path) -> None:
    office, kept = open_office(data), put(data, BODY)
    office.release(request({"/tin/": kept, "/": kept, "/cu/": kept}))

    office.release(request({"/": kept}, complete=True))

    assert list(office.repository.shards("badinh")) == [shard_of("/")]


def test_editions_of_two_sites_count_apart(data: Path) -> None:
    office, entry = open_office(data), put(data, BODY)
    office.release(request({"/tin/": entry}))
    office.release(request({"/tin/": None}))
    office.release(request({"/": entry}, site="tayho"))

    assert office.repository.editions() == {"badinh": 2, "tayho": 1}


def _refused(data: Path, changed: dict[str, Entry | None], **more: object) -> Refusal:
    answer = open_office(data).release(request(changed, **more))
    assert isinstance(answer, Refusal), answer
    return answer


def test_path_outside_the_grammar_is_named(data: Path) -> None:
    assert _refused(data, {"/tin/": put(data, BODY), "/Tin/": put(data, BODY)}).path == "/Tin/"


def test_body_that_is_not_in_the_store_is_refused(data: Path) -> None:
    assert "not in the store" in _refused(data, {"/": Entry(200, "0" * 64, 3, 1000)}).reason


def test_body_that_was_changed_in_the_store_is_refused(data: Path) -> None:
    entry = put(data, BODY)
    path = ObjectStore(data / "store").path(entry.digest or "")
    path.write_bytes(BODY[:-1] + b"!")

    assert "not what its name says" in _refused(data, {"/": entry}).reason


def test_encoding_that_holds_something_else_is_refused(data: Path) -> None:
    honest, other = put(data, BODY), put(data, BODY.replace(b"noi dung", b"casino88"))
    store = ObjectStore(data / "store")
    for name in ("br", "gzip"):
        store.path(honest.digest or "", name).write_bytes(store.path(other.digest or "", name).read_bytes())
    swapped = Entry(200, honest.digest, honest.size, 1000, br=other.br)

    assert "does not hold the same content" in _refused(data, {"/": swapped}).reason


def test_size_that_is_not_true_is_refused(data: Path) -> None:
    entry = put(data, BODY)

    assert _refused(data, {"/": Entry(200, entry.digest, entry.size + 1, 1000)}).path == "/"


def test_new_content_with_an_old_time_is_refused(data: Path) -> None:
    office = open_office(data)
    office.release(request({"/": put(data, BODY)}))

    answer = office.release(request({"/": put(data, BODY + b"x")}))

    assert isinstance(answer, Refusal) and "is not after" in answer.reason


def test_planted_script_is_refused_whoever_asks(data: Path) -> None:
    refusal = _refused(data, {"/tin/": put(data, b"<p>x</p><script>alert(1)</script>")})

    assert (refusal.path, refusal.reason) == ("/tin/", "script inside the page")


def test_output_made_from_nothing_is_refused(data: Path) -> None:
    assert "made from" in _refused(data, {"/": put(data, BODY)}, sources={}).reason


def test_source_nobody_stands_for_is_refused(data: Path) -> None:
    assert "nobody stands for" in _refused(data, {"/": put(data, BODY)}, sources={"/": ["6" * 64]}).reason


def test_two_person_rule_needs_two_different_people(data: Path) -> None:
    alone = Authority(AuthorityKind.TWO_PERSON, ("an", "an"), datetime.now(UTC))

    assert "needs 2 people" in _refused(data, {"/": put(data, BODY)}, who=alone).reason


def test_demonstration_content_needs_a_demonstration_network(data: Path) -> None:
    demo = Authority(AuthorityKind.DEMO, (), datetime.now(UTC))
    office, entry = open_office(data), put(data, BODY)

    assert isinstance(office.release(request({"/": entry}, who=demo)), Refusal)
    (data / "keys/demo-network").touch()
    assert isinstance(office.release(request({"/": entry}, who=demo)), ReleaseAnswer)


def test_site_that_would_sign_for_the_network_is_refused(data: Path) -> None:
    assert isinstance(open_office(data).release(request({"/": put(data, BODY)}, site="network")), Refusal)


def test_redirect_to_itself_is_refused(data: Path) -> None:
    assert "itself" in _refused(data, {"/a/": Entry(301, location="/a/", mtime=1)}).reason


@pytest.mark.parametrize(
    "line", [b"", b"x", b"[]", b"{}", b'{"op":"sign"}', b'{"op":"release"}', b'{"op":"hosts"}']
)
def test_noise_gets_a_refusal_and_no_crash(data: Path, line: bytes) -> None:
    assert b'"refused"' in open_office(data).answer(line)


def test_refusal_of_a_malformed_entry_names_its_path(data: Path) -> None:
    line = b'{"op":"release","site":"a","changed":{"/x/":{"status":200}},"sources":{},"authorities":{}}'

    assert b'"path": "/x/"' in open_office(data).answer(line)


def test_sources_are_bound_to_digests(data: Path) -> None:
    assert "nobody stands for" in _refused(data, {"/": put(data, BODY)}, sources={"/": [SOURCE, "x"]}).reason


def test_encoded_entry_must_be_smaller() -> None:
    with pytest.raises(ValueError, match="not smaller"):
        Entry(200, "a" * 64, 10, 0, br=Encoded("b" * 64, 10))


def test_what_was_looked_at_beforehand_is_not_read_again_and_nothing_is_promised(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, entry = open_office(data), put(data, BODY)
    bad = put(data, BODY + b"<script>alert(1)</script>")
    asked = LookRequest({"/tin/": entry, "/xau/": bad, "/Sai/": entry}).to_json()

    faults = json.loads(office.answer(json.dumps(asked).encode()))["faults"]

    assert set(faults) == {"/xau/", "/Sai/"} and "script" in faults["/xau/"]
    assert office.repository.editions() == {}
    read: list[str] = []
    monkeypatch.setattr(Checker, "_read_body", lambda self, kind, entry: read.append(kind))
    assert office.release(request({"/tin/": entry})) == ReleaseAnswer(1, unchanged=False)
    assert read == []


def test_bytes_exchanged_after_the_look_are_read_again(data: Path) -> None:
    office, entry = open_office(data), put(data, BODY)
    office.answer(json.dumps(LookRequest({"/tin/": entry}).to_json()).encode())
    assert entry.digest is not None
    file = ObjectStore(data / "store").path(entry.digest)
    file.chmod(0o600)
    file.write_bytes(BODY.replace(b"noi dung", b"noi dang"))

    assert isinstance(office.release(request({"/tin/": entry})), Refusal)


@pytest.mark.parametrize(
    ("path", "most"), [("/", limits.TEXT), ("/_/m/aa.webp", 15 * limits.MIB), ("/_/d/a.pdf", limits.OTHER)]
)
def test_output_that_is_too_large_is_refused_unread(data: Path, path: str, most: int) -> None:
    refusal = _refused(data, {path: Entry(200, "0" * 64, most + 1, 1000)})

    assert refusal.path == path and f"more than the {most}" in refusal.reason


def test_site_that_would_become_too_heavy_is_refused_and_may_become_lighter(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, entry = open_office(data), put(data, BODY)
    paths = [f"/{number}/" for number in range(30)]
    office.release(request(dict.fromkeys(paths, entry)))
    assert office.repository.weight("badinh") == (30, 30 * len(BODY))
    monkeypatch.setattr(limits, "PATHS_OF_A_SITE", 20)

    refused = office.release(request({"/moi/": entry}))
    lighter = office.release(request({"/1/": None, "/2/": None}))
    again = open_office(data)
    monkeypatch.setattr(limits, "PATHS_OF_A_SITE", 100)
    monkeypatch.setattr(limits, "BYTES_OF_A_SITE", 28 * len(BODY))

    assert isinstance(refused, Refusal) and "31 paths" in refused.reason
    assert lighter == ReleaseAnswer(2, unchanged=False)
    assert again.repository.weight("badinh") == (28, 28 * len(BODY))
    assert isinstance(again.release(request({"/moi/": entry})), Refusal)


def test_authority_of_a_time_to_come_is_refused(data: Path) -> None:
    early = Authority(AuthorityKind.TECHNICAL, (), datetime.now(UTC) + timedelta(days=1))

    assert "time to come" in _refused(data, {"/": put(data, BODY)}, who=early).reason


def test_nameless_people_do_not_stand_for_anything(data: Path) -> None:
    nobody = Authority(AuthorityKind.TWO_PERSON, ("an", "  "), datetime.now(UTC))

    assert "needs 2 people" in _refused(data, {"/": put(data, BODY)}, who=nobody).reason


def test_redirect_to_a_gambling_address_is_refused(data: Path) -> None:
    away = Entry(301, location="https://kubet.example/", mtime=1)

    assert "kubet" in _refused(data, {"/cu/": away}).reason
