"""Who may say what to all sites at once, and that its version only grows, whoever signs and whatever is killed."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tuf.api.metadata import Metadata, Targets

from conglang.signer import ceremony, keys
from conglang.signer.office import Office
from conglang.signer.pem import load
from conglang.signer.state_desk import StateDesk
from conglang.signer.tests.desk import killed_before_step, open_office
from conglang.wire.envelope import peek
from conglang.wire.release import Authority, AuthorityKind, StateAnswer, StateRequest, state_answer_from_json
from conglang.wire.repo import Hosts, encode_hosts
from conglang.wire.state import Banner, State, StateError
from conglang.wire.state_record import history

NOW = datetime.now(UTC).replace(microsecond=0)
TWO = Authority(AuthorityKind.CITY_EMERGENCY, ("Nguyễn Thị An", "Trần Văn Bình"), NOW)


def banner(title: str = "Bão số 3", *, hours: float = 5, **more: Any) -> State:
    given = {"level": "emergency", "text": "Ở trong nhà.", "valid_from": NOW - timedelta(minutes=1), **more}
    return State(NOW, (Banner(title=title, valid_until=NOW + timedelta(hours=hours), **given),))


def ask(office: Office, state: State, who: Authority = TWO, **more: Any) -> StateAnswer | StateError:
    line = json.dumps(StateRequest(state, who, **more).to_json()).encode()
    return state_answer_from_json(json.loads(office.answer(line)))


def version(data: Path) -> int:
    return peek((data / "store/repo/state/network.json").read_bytes())[1]


def test_announcement_is_signed_with_who_and_when_on_record(data: Path) -> None:
    office = open_office(data)

    answer = ask(office, banner(), cause="Công điện số 5")

    assert isinstance(answer, StateAnswer) and answer.version == version(data)
    sealed = office.shared.current()
    assert sealed is not None and sealed.state.banners == banner().banners
    (said,) = history(data)
    assert (said.version, said.people, said.cause) == (answer.version, TWO.people, "Công điện số 5")
    assert b"An" not in (data / "store/repo/state/network.json").read_bytes()


def test_same_announcement_again_changes_nothing(data: Path) -> None:
    office = open_office(data)
    first = ask(office, banner())
    assert isinstance(first, StateAnswer)

    assert ask(office, banner()) == StateAnswer(first.version, unchanged=True)


@pytest.mark.parametrize(
    ("state", "who", "words"),
    [
        (banner(), replace(TWO, people=("An",)), "Two different people"),
        (banner(), replace(TWO, people=("An", " AN ")), "Two different people"),
        (banner(), replace(TWO, kind=AuthorityKind.DEMO), "no demonstration"),
        (banner(), replace(TWO, kind=AuthorityKind.TECHNICAL), "Nobody of the city"),
        (banner("Kubet tặng tiền"), TWO, "planted advertising: «kubet»"),
        (banner("Nổ hũ tại đây", link="/khan-cap/"), TWO, "planted advertising"),
        (banner(link="https://evil.example/"), TWO, "on the network's list"),
        (banner(link="http://dichvucong.gov.vn/"), TWO, "on the network's list"),
        (banner(link="https://dichvucong.gov.vn@evil.example/"), TWO, "on the network's list"),
        (banner(link="//evil.example/"), TWO, "on the network's list"),
        (banner(link="/Khan-Cap"), TWO, "on the network's list"),
        (banner(hours=-0.001), TWO, "ended already"),
        (banner("x" * 121), TWO, "at most 120"),
    ],
)
def test_announcement_that_must_not_be_is_refused_with_a_sentence(
    data: Path, state: State, who: Authority, words: str
) -> None:
    office = open_office(data)
    before = (data / "store/repo/state").exists()

    answer = ask(office, state, who)

    assert isinstance(answer, StateError) and words in str(answer)
    assert str(answer) == answer.template % answer.values
    assert before == (data / "store/repo/state").exists()


def test_warning_about_gambling_may_be_given(data: Path) -> None:
    assert isinstance(ask(open_office(data), banner("Công an cảnh báo cá cược trực tuyến")), StateAnswer)


@pytest.mark.parametrize(
    "link", ["/khan-cap/", "http://badinh.localhost:8000/tin/", "https://dichvucong.gov.vn/p/home?x=1"]
)
def test_link_may_lead_to_the_network_and_to_the_hosts_it_lists(
    data: Path, tmp_path: Path, link: str
) -> None:
    keys.create(data / "keys")
    (tmp_path / "network.toml").write_text('[announcements]\nlink_hosts = ["dichvucong.gov.vn"]\n')
    office = Office(data, network=tmp_path)
    office.repository.publish_hosts(encode_hosts(Hosts({"badinh.localhost": "badinh"})))

    assert isinstance(ask(office, banner(link=link)), StateAnswer)


def test_demonstration_network_takes_announcements_of_one(data: Path) -> None:
    office = open_office(data)
    (data / "keys/demo-network").touch()

    assert isinstance(ask(office, banner(), Authority(AuthorityKind.DEMO, ("quantri",), NOW)), StateAnswer)


def test_second_of_two_people_at_once_is_told_to_look_again(data: Path) -> None:
    office = open_office(data)
    seen = version(data) if (data / "store/repo/state").exists() else 0
    assert isinstance(ask(office, banner("một"), after=seen), StateAnswer)

    answer = ask(office, banner("hai"), after=seen)

    assert isinstance(answer, StateError) and "meanwhile" in str(answer)


def test_version_grows_with_every_change_also_within_a_second_and_after_a_restore(data: Path) -> None:
    office = open_office(data)
    ask(office, banner("một"))
    shutil.copytree(data, data.with_name(data.name + "-backup"))
    numbers = [version(data)]
    for title in ("hai", "ba", "bốn"):
        ask(office, banner(title))
        numbers.append(version(data))
    assert numbers == sorted(set(numbers))

    restored = data.with_name(data.name + "-backup")
    desk = Office(restored)
    desk.shared._clock = lambda: NOW + timedelta(hours=1)
    ask(desk, banner("sau khi khôi phục"))

    assert version(restored) > numbers[-1]
    shutil.rmtree(restored)


def test_duty_person_signs_without_the_signer_and_the_signer_goes_on_from_there(data: Path) -> None:
    office = open_office(data)
    ask(office, banner("của chữ ký trực tuyến"))
    personal = _duty_key(data)
    office.repository.renew()
    desk = StateDesk(data)

    by_hand = desk.publish(StateRequest(banner("của người trực"), TWO), personal, signed_by="an")
    after = ask(office, banner("của chữ ký trực tuyến, lần hai"))

    assert isinstance(after, StateAnswer) and after.version > by_hand.version
    assert [said.signed_by for said in history(data)] == ["signer", "an", "signer"]


def _duty_key(data: Path) -> Any:
    from securesystemslib.signer import CryptoSigner

    personal = CryptoSigner.generate_ed25519()
    ceremony.entrust_state(data / "keys", {personal.public_key.keyid: personal.public_key}, NOW)
    return personal


def test_key_that_is_not_delegated_any_more_is_told_so(data: Path) -> None:
    office = open_office(data)
    personal = _duty_key(data)
    ceremony.entrust_state(data / "keys", {}, NOW)
    office.repository.renew()

    with pytest.raises(StateError, match="may not speak"):
        StateDesk(data).publish(StateRequest(banner(), TWO), personal, signed_by="an")


def test_site_role_cannot_be_talked_into_the_state(data: Path) -> None:
    """In the delegations `state/*` stands before `*/*`, else the sites' key could sign it."""
    open_office(data)
    top = Metadata[Targets].from_bytes((data / "keys/targets.json").read_bytes()).signed

    first = next(iter(top.delegations.get_roles_for_target("state/network.json")))  # type: ignore[union-attr]

    assert first == ("state", True)


def test_network_from_before_gets_key_and_delegation_by_itself(data: Path) -> None:
    keys.create(data / "keys")
    _forget_state(data / "keys")
    keys.create(data / "keys")
    office = Office(data)
    office.renew()

    assert office.shared.current() is not None
    assert Metadata.from_file(str(data / "keys/targets.json")).signed.version == 3


def _forget_state(folder: Path) -> None:
    (folder / "online/state.pem").unlink()
    top = Metadata[Targets].from_bytes((folder / "targets.json").read_bytes())
    assert top.signed.delegations is not None and top.signed.delegations.roles is not None
    gone = top.signed.delegations.roles.pop("state")
    top.signed.delegations.keys.pop(gone.keyids[0])
    top.signed.version += 1
    top.sign(load(folder, "offline", "targets"))
    (folder / "targets.json").write_bytes(top.to_bytes())


def test_network_without_off_line_keys_works_on_and_says_what_is_missing(data: Path) -> None:
    keys.create(data / "keys")
    _forget_state(data / "keys")
    (data / "keys/offline/targets.pem").unlink()

    keys.create(data / "keys")
    office = Office(data)
    office.renew()

    answer = ask(office, banner())
    assert isinstance(answer, StateError) and "delegated" in str(answer)


def test_lost_state_key_is_not_made_anew_where_it_is_delegated(data: Path) -> None:
    keys.create(data / "keys")
    (data / "keys/online/state.pem").unlink()

    with pytest.raises(keys.KeysIncomplete, match="state"):
        keys.create(data / "keys")


def test_signer_signs_the_same_state_again_long_before_it_expires(data: Path) -> None:
    office = open_office(data)
    ask(office, banner())
    first = office.shared.current()
    assert first is not None
    office.renew()
    assert office.shared.current() == first

    office.shared._clock = lambda: NOW + timedelta(days=16)
    office.shared.renew(load(data / "keys", "online", "state"))

    again = office.shared.current()
    assert again is not None and again.state == first.state
    assert again.version > first.version and again.expires > NOW + timedelta(days=45)


def test_garbage_in_place_of_the_state_is_replaced_under_a_higher_version(data: Path) -> None:
    office = open_office(data)
    first = ask(office, banner())
    (data / "store/repo/state/network.json").write_bytes(b"\x00garbage")

    second = ask(office, banner())

    assert isinstance(first, StateAnswer) and isinstance(second, StateAnswer)
    assert second.version > first.version


@pytest.mark.fault
def test_kill_at_any_step_leaves_the_old_state_or_the_new_and_a_true_record(data: Path) -> None:
    office = open_office(data)
    ask(office, banner("cũ"))
    step, killed = 0, True
    while killed:
        title = f"mới {step}"
        killed = killed_before_step(step, lambda title=title: ask(office, banner(title)))  # type: ignore[misc]
        shown = office.shared.current()
        assert shown is not None and shown.state.banners[0].title in {title, f"sau {step - 1}", "cũ"}
        ask(office, banner(f"sau {step}"))
        said = {one.version: one.state["banners"][0]["title"] for one in history(data)}
        assert said[version(data)] == f"sau {step}"
        assert (shown.state.banners[0].title == title) == (title in said.values())
        step += 1
    assert step > 5


def test_number_scribbled_into_the_unsigned_file_silences_nobody(data: Path) -> None:
    office = open_office(data)
    ask(office, banner("một"))
    file = data / "store/repo/state/network.json"
    scribbled = json.loads(file.read_bytes())
    scribbled["signed"]["version"] = 2**40
    file.write_text(json.dumps(scribbled))

    answer = ask(office, banner("hai"))

    assert isinstance(answer, StateAnswer) and answer.version < 2**33
    assert office.shared.current() is not None
