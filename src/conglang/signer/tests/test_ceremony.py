"""A real network: the off-line keys lie with their holders, one small file travels, and nobody believes it unread."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from conglang.signer import keys, pem
from conglang.signer.ceremony import document, holder, pending
from conglang.signer.ceremony.document import Ceremony, CeremonyRefused, Wrong
from conglang.signer.ceremony.proposal import propose
from conglang.signer.ceremony.verdict import changes
from conglang.signer.office import Office
from conglang.signer.tests.desk import open_office, put, request


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def holders(data: Path) -> dict[str, Path]:
    """A network whose four off-line keys were taken away, each to a folder of its own with the root beside it."""
    open_office(data).release(request({"/": put(data, b"first")}))
    return _take_away(data)


def _take_away(data: Path) -> dict[str, Path]:
    folders = {}
    for name in keys.OFFLINE:
        folders[name] = data / "sticks" / name
        folders[name].mkdir(parents=True)
        shutil.move(data / f"keys/offline/{name}.pem", folders[name])
        shutil.copy(data / "keys/root.json", folders[name])
    return folders


def _propose(data: Path, **more: Any) -> Ceremony:
    found = propose(data / "keys", now(), **more)
    assert found is not None
    return found


def _sign(ceremony: Ceremony, folder: Path) -> Ceremony:
    """As it happens: the file is read from a stick, checked, signed, written back."""
    travelled = document.from_bytes(ceremony.to_bytes())
    holder.check(travelled, folder, now())
    holder.sign(travelled, folder)
    return document.from_bytes(travelled.to_bytes())


def _why(act: Callable[[], object]) -> Wrong:
    with pytest.raises(CeremonyRefused) as caught:
        act()
    return caught.value.why


def test_three_holders_sign_one_after_the_other_and_the_signer_takes_it_up(
    data: Path, holders: dict[str, Path]
) -> None:
    pem.prepare_next(data / "keys/online", "timestamp")
    pem.prepare_next(data / "keys/online", "sites")
    ceremony = _propose(data)
    for name in ("root-3", "targets", "root-1"):
        ceremony = _sign(ceremony, holders[name])

    assert pending.submit(data / "keys", ceremony, now())

    answer = Office(data).reload()
    assert (answer["root"], answer["targets"], answer["waiting"]) == (2, 2, [])
    assert not pending.submit(data / "keys", ceremony, now())  # again: it is so already


def test_ceremony_that_changes_only_delegations_needs_no_root_holder(
    data: Path, holders: dict[str, Path]
) -> None:
    pem.prepare_next(data / "keys/online", "network")

    ceremony = _sign(_propose(data), holders["targets"])

    assert ceremony.root is None
    assert pending.submit(data / "keys", ceremony, now())
    assert Office(data).reload()["targets"] == 2


def test_holders_see_what_they_put_their_name_to(data: Path, holders: dict[str, Path]) -> None:
    old = pem.load(data / "keys", "online", "timestamp").public_key.keyid
    pem.prepare_next(data / "keys/online", "timestamp")
    new = pem.wanted(data / "keys/online", "timestamp").public_key.keyid

    assert changes(_propose(data)) == [("timestamp", old, new)]


def test_half_signed_file_is_not_installed(data: Path, holders: dict[str, Path]) -> None:
    pem.prepare_next(data / "keys/online", "timestamp")
    one = _sign(_propose(data), holders["root-2"])

    with pytest.raises(CeremonyRefused, match=r"old 1/2 \(root-1, root-3\)"):
        pending.submit(data / "keys", one, now())
    assert not pending.file_of(data / "keys").exists()


def test_one_holder_signing_twice_is_still_one(data: Path, holders: dict[str, Path]) -> None:
    pem.prepare_next(data / "keys/online", "timestamp")
    twice = _sign(_sign(_propose(data), holders["root-2"]), holders["root-2"])

    assert _why(lambda: pending.submit(data / "keys", twice, now())) is Wrong.ROOT_SIGNATURES


def test_replaced_holder_makes_his_key_himself_and_signs_under_the_new_root(
    data: Path, holders: dict[str, Path]
) -> None:
    """The stick of root-2 was lost. A new holder makes a key on his own machine; the two others vouch for it."""
    stick = data / "sticks/new"
    stick.mkdir()
    shutil.copy(data / "keys/root.json", stick)
    ceremony = _propose(data, replace=["root-2"])
    assert _why(lambda: _sign(ceremony, holders["root-1"])) is Wrong.KEY_MISSING
    holder.check(ceremony, stick, now())
    assert holder.fill(ceremony, stick, "root-2")
    assert not holder.fill(ceremony, stick, "root-2")
    for folder in (holders["root-1"], holders["root-3"]):
        ceremony = _sign(ceremony, folder)
    assert pending.submit(data / "keys", ceremony, now())
    Office(data).reload()

    later = _propose(data, renew=True)
    assert _why(lambda: _sign(later, holders["root-2"])) is Wrong.NO_KEY_OF_OURS
    for folder in (stick, holders["root-1"], holders["targets"]):
        later = _sign(later, folder)
    assert pending.submit(data / "keys", later, now())
    assert Office(data).reload()["root"] == 3
    assert not (stick / "root-2.next.pem").exists()


def test_file_of_another_network_is_neither_signed_nor_installed(
    data: Path, holders: dict[str, Path]
) -> None:
    other = data / "other"
    keys.create(other / "keys")
    theirs = propose(other / "keys", now(), renew=True)
    assert theirs is not None

    assert _why(lambda: _sign(theirs, holders["root-1"])) is Wrong.OTHER_NETWORK
    holder.sign(theirs, other / "keys/offline")
    assert _why(lambda: pending.submit(data / "keys", theirs, now())) is Wrong.OTHER_NETWORK


def test_older_ceremony_comes_too_late(data: Path, holders: dict[str, Path]) -> None:
    older = _propose(data, renew=True)
    for name in ("root-1", "root-2", "targets"):
        older = _sign(older, holders[name])
    pem.prepare_next(data / "keys/online", "timestamp")
    newer = _propose(data, renew=True)
    for name in ("root-1", "root-2", "targets"):
        newer = _sign(newer, holders[name])
    pending.submit(data / "keys", newer, now())
    Office(data).reload()

    assert _why(lambda: pending.submit(data / "keys", older, now())) is Wrong.OLDER
    _sign(_propose(data, renew=True), holders["root-1"])  # this holder has now seen the newer root
    assert _why(lambda: _sign(older, holders["root-1"])) is Wrong.OLDER


def test_older_delegations_are_not_installed_again(data: Path, holders: dict[str, Path]) -> None:
    pem.prepare_next(data / "keys/online", "network")
    first = _sign(_propose(data), holders["targets"])
    pending.submit(data / "keys", first, now())
    Office(data).reload()
    pem.prepare_next(data / "keys/online", "network")
    second = _sign(_propose(data), holders["targets"])
    pending.submit(data / "keys", second, now())
    Office(data).reload()

    assert _why(lambda: pending.submit(data / "keys", first, now())) in (Wrong.VERSION, Wrong.CHAIN)
    assert Office(data).reload()["targets"] == 3


def test_signatures_swapped_between_two_files_count_for_nothing(data: Path, holders: dict[str, Path]) -> None:
    pem.prepare_next(data / "keys/online", "timestamp")
    honest = _sign(_sign(_propose(data), holders["root-1"]), holders["root-2"])
    pem.next_file(data / "keys/online", "timestamp").unlink()
    pem.prepare_next(data / "keys/online", "timestamp")
    swapped = _propose(data)
    assert swapped.root and honest.root
    swapped.root.signatures.update(honest.root.signatures)

    assert _why(lambda: pending.submit(data / "keys", swapped, now())) is Wrong.ROOT_SIGNATURES


def test_key_the_signer_does_not_hold_is_not_installed(data: Path, holders: dict[str, Path]) -> None:
    """Installed all the same, it would leave a network that can sign nothing."""
    pem.prepare_next(data / "keys/online", "snapshot")
    ceremony = _sign(_sign(_propose(data), holders["root-1"]), holders["root-2"])
    pem.next_file(data / "keys/online", "snapshot").unlink()

    assert _why(lambda: pending.submit(data / "keys", ceremony, now())) is Wrong.KEY_NOT_HERE


def _lower_threshold(file: dict[str, Any]) -> None:
    file["proposed-root"]["signed"]["roles"]["root"]["threshold"] = 1


def _same_key_twice(file: dict[str, Any]) -> None:
    ids = file["proposed-root"]["signed"]["roles"]["root"]["keyids"]
    signed = file["proposed-root"]["signed"]
    signed["keys"][ids[1]] = signed["keys"][ids[0]]


def _jump(file: dict[str, Any]) -> None:
    file["proposed-root"]["signed"]["version"] = 3


def _eternal(file: dict[str, Any]) -> None:
    file["proposed-root"]["signed"]["expires"] = "2099-01-01T00:00:00Z"


def _past(file: dict[str, Any]) -> None:
    file["proposed-targets"]["signed"]["expires"] = "2020-01-01T00:00:00Z"


def _wider(file: dict[str, Any]) -> None:
    roles = file["proposed-targets"]["signed"]["delegations"]["roles"]
    next(role for role in roles if role["name"] == "sites")["paths"] = ["*", "*/*"]


def _one_more(file: dict[str, Any]) -> None:
    roles = file["proposed-targets"]["signed"]["delegations"]["roles"]
    roles.append({**roles[-1], "name": "site-badinh"})


def _forged_chain(file: dict[str, Any]) -> None:
    file["chain"][0]["signed"]["expires"] = "2030-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_lower_threshold, Wrong.SHAPE), (_same_key_twice, Wrong.SHAPE), (_jump, Wrong.VERSION),
        (_eternal, Wrong.EXPIRY), (_past, Wrong.EXPIRY), (_wider, Wrong.SHAPE), (_one_more, Wrong.SHAPE),
        (_forged_chain, Wrong.CHAIN),
    ],
)  # fmt: skip
def test_proposal_that_gives_away_more_than_it_says_is_not_signed(
    data: Path, holders: dict[str, Path], spoil: Callable[[dict[str, Any]], None], why: Wrong
) -> None:
    plain = json.loads(_propose(data, renew=True).to_bytes())
    spoil(plain)
    spoilt = document.from_bytes(json.dumps(plain).encode())

    assert _why(lambda: _sign(spoilt, holders["root-1"])) is why


@pytest.mark.parametrize("noise", [b"", b"x", b"[]", b"{}", b'{"kind":"conglang-key-ceremony","v":1,"chain":[]}',
                                   b"[" * 100_000, b" " * 1_000_001])  # fmt: skip
def test_noise_is_called_unreadable(noise: bytes) -> None:
    assert _why(lambda: document.from_bytes(noise)) is Wrong.UNREADABLE


def test_holder_without_the_root_beside_his_key_signs_nothing(data: Path, holders: dict[str, Path]) -> None:
    (holders["root-1"] / "root.json").unlink()

    assert _why(lambda: _sign(_propose(data, renew=True), holders["root-1"])) is Wrong.NO_ROOT_BESIDE


def test_nothing_is_proposed_when_nothing_changes(data: Path, holders: dict[str, Path]) -> None:
    assert propose(data / "keys", now()) is None
    assert propose(data / "keys", now() + timedelta(days=300)) is not None
