"""The signer signs one history of the audit record, and remembers it."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conglang.signer import keys, pem
from conglang.signer.audit_desk import allow_break, folder_of
from conglang.signer.ceremony import at_hand
from conglang.signer.office import Office
from conglang.signer.tests.desk import killed_before_step, open_office
from conglang.signer.tests.test_process import signer
from conglang.wire.audit import Head, extend
from conglang.wire.checkpoint import Checkpoint, head_to_json, is_signed, keys_of, read
from conglang.wire.paths import is_site_key
from conglang.wire.release import Refusal


def leaves(*names: object) -> list[bytes]:
    return [hashlib.sha256(str(name).encode()).digest() for name in names]


def ask(office: Office, after: Head, new: list[bytes]) -> Checkpoint | str:
    line = {"op": "audit", "after": head_to_json(after), "leaves": [leaf.hex() for leaf in new]}
    answer = json.loads(office.answer(json.dumps(line).encode()))
    return answer["refused"] if "refused" in answer else read(answer["checkpoint"].encode())


def public(data: Path) -> list[bytes]:
    folder = data / "store/repo/audit"
    return [line for file in sorted(folder.glob("*.jsonl")) for line in file.read_bytes().splitlines()]


def known_keys(data: Path) -> dict:
    roots = [file.read_bytes() for file in (data / "keys/root-chain").glob("*.root.json")]
    lists = [file.read_bytes() for file in (data / "store/repo/audit").glob("*.targets.json")]
    return keys_of((data / "keys/root.json").read_bytes(), roots, lists)


def test_checkpoints_follow_one_another_and_the_root_file_is_enough_to_verify_them(data: Path) -> None:
    office = open_office(data)
    first = ask(office, Head(), leaves(1, 2, 3))
    second = ask(office, first.head, leaves(4))

    assert first.head == extend(Head(), leaves(1, 2, 3))
    assert second.head == extend(Head(), leaves(1, 2, 3, 4))
    assert public(data) == [first.line, second.line]
    assert (data / "store/repo/audit/latest.json").read_bytes() == second.line
    assert is_signed(first, known_keys(data)) and is_signed(second, known_keys(data))
    forged = second.line.replace(b'"number":4', b'"number":5')
    assert not is_signed(read(forged), known_keys(data))


def test_a_second_history_is_refused_also_after_a_restart(data: Path) -> None:
    office = open_office(data)
    first = ask(office, Head(), leaves(1, 2, 3))
    ask(office, first.head, leaves(4))

    for other in (office, Office(data)):
        assert "entry 4 was signed" in ask(
            other, Head(), leaves("a", "b", "c", "d", "e")
        )  # from the beginning
        assert "entry 4 was signed" in ask(other, first.head, leaves("x"))  # another fourth entry
        assert "entry 4 was signed" in ask(other, extend(first.head, leaves("x")), leaves("y"))
        assert "entry 4 was signed" in ask(other, Head(3, b"x" * 32), leaves(4))
    assert len(public(data)) == 2


def test_what_cannot_be_an_entry_is_refused_and_nothing_is_signed(data: Path) -> None:
    office = open_office(data)

    assert "32 bytes" in ask(office, Head(), [b"short"])
    assert "at a time" in ask(office, Head(), leaves(1) * 20_001)
    for wrong in ({"op": "audit", "after": 3, "leaves": []}, {"op": "audit", "after": head_to_json(Head())}):
        assert "refused" in json.loads(office.answer(json.dumps(wrong).encode()))
    assert not (data / "store/repo/audit").exists()


def test_an_administrator_can_say_that_the_record_goes_on_after_a_restore_and_that_is_signed_too(
    data: Path,
) -> None:
    office = open_office(data)
    first = ask(office, Head(), leaves(1, 2))
    lost = ask(office, first.head, leaves(3, 4))
    allow_break(data, "Khôi phục từ bản sao lưu ngày 26/11")

    made = ask(office, first.head, leaves("new"))
    assert made.head == extend(first.head, leaves("new"))
    assert (made.broken.lost, made.broken.reason) == (lost.head, "Khôi phục từ bản sao lưu ngày 26/11")
    assert is_signed(made, known_keys(data))
    assert "entry 3 was signed" in ask(office, first.head, leaves("other"))  # and only once
    assert not (folder_of(data) / "break.json").exists()


def test_a_signer_that_lost_its_memory_takes_up_what_it_published(data: Path) -> None:
    office = open_office(data)
    first = ask(office, Head(), leaves(1, 2))
    (folder_of(data) / "head.json").unlink()

    assert "entry 2 was signed" in ask(Office(data), Head(), leaves("x"))
    assert ask(Office(data), first.head, leaves(3)).head.number == 3


@pytest.mark.parametrize("step", range(14))
def test_a_kill_at_any_step_loses_no_checkpoint_and_signs_none_twice(data: Path, step: int) -> None:
    first = ask(open_office(data), Head(), leaves(1))
    killed_before_step(step, lambda: ask(Office(data), first.head, leaves(2)))
    office = Office(data)
    remembered = office.audit.last().head

    assert remembered in (first.head, extend(first.head, leaves(2)))
    ask(office, remembered, leaves(3))
    found = [read(line) for line in public(data)]
    assert [one.head.number for one in found] == list(range(1, len(found) + 1))
    assert found[-1] == office.audit.last()


def test_a_new_key_goes_on_and_what_the_old_one_signed_stays_verifiable(data: Path) -> None:
    office = open_office(data)
    first = ask(office, Head(), leaves(1))
    pem.prepare_next(data / "keys/online", "audit")
    at_hand.hold(data / "keys", datetime.now(UTC))
    office.reload()
    second = ask(office, first.head, leaves(2))

    assert (
        json.loads(first.line)["signatures"][0]["keyid"] != json.loads(second.line)["signatures"][0]["keyid"]
    )
    assert len(known_keys(data)) == 2
    assert is_signed(first, known_keys(data)) and is_signed(second, known_keys(data))


def test_delegations_that_the_root_does_not_stand_for_give_no_keys(data: Path, tmp_path: Path) -> None:
    ask(open_office(data), Head(), leaves(1))
    (tmp_path / "keys").mkdir()
    keys.create(tmp_path / "keys")
    foreign = (tmp_path / "keys/targets.json").read_bytes()

    assert keys_of((data / "keys/root.json").read_bytes(), [], [foreign, b"{}"]) == {}


def test_a_network_from_before_gets_the_key_with_the_next_start_or_says_what_is_missing(data: Path) -> None:
    open_office(data)
    (data / "keys/online/audit.pem").unlink()
    listing = json.loads((data / "keys/targets.json").read_bytes())
    assert "audit" in {role["name"] for role in listing["signed"]["delegations"]["roles"]}
    with pytest.raises(keys.KeysIncomplete, match="audit"):
        keys.create(data / "keys")
    assert not is_site_key("audit")


def test_the_portal_asks_over_the_socket(data: Path) -> None:
    with signer(data) as (client, _):
        assert client.last_checkpoint() is None
        made = client.checkpoint(Head(), leaves(1, 2))
        assert isinstance(made, Checkpoint) and client.last_checkpoint() == made
        assert isinstance(client.checkpoint(Head(), leaves(1, 2)), Refusal)
