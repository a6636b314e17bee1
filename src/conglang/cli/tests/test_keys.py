"""`conglang keys` as the people at the keyboard meet it: real commands, real folders, no network running."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from conglang.cli.accounts import signer_account
from conglang.cli.tests.small_network import conglang
from conglang.signer import duty, pem
from conglang.signer.ceremony import document

pytestmark = pytest.mark.slow


@pytest.fixture
def data() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="clk", dir="/tmp"))
    made = conglang("keys", "create", "--data", str(folder))
    assert made.returncode == 0, made.stdout + made.stderr
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def stick() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="stick", dir="/tmp"))
    yield folder / "keys"
    shutil.rmtree(folder, ignore_errors=True)


def _keys(data: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return conglang("keys", *arguments, "--data", str(data))


def test_revoked_key_is_replaced_and_the_command_says_what_that_means(data: Path) -> None:
    old = pem.load(data / "keys", "online", "timestamp").public_key.keyid

    done = _keys(data, "revoke", "timestamp")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "refused from now on" in done.stdout
    assert pem.load(data / "keys", "online", "timestamp").public_key.keyid != old
    assert (data / "keys/root-chain/2.root.json").exists()


def test_network_becomes_real_and_its_holders_replace_a_key(data: Path, stick: Path, tmp_path: Path) -> None:
    moved = _keys(data, "export-offline", str(stick))
    assert moved.returncode == 0 and "root-1, root-2, root-3, targets" in moved.stdout, moved.stderr
    assert not list((data / "keys/offline").glob("*.pem"))
    assert "any more" in _keys(data, "export-offline", str(stick)).stdout
    waits = _keys(data, "rotate", "snapshot")
    assert waits.returncode == 1 and "keys request" in waits.stdout
    file = tmp_path / "request.json"
    assert _keys(data, "request", str(file)).returncode == 0

    early = _keys(data, "install", str(file))
    signed = conglang("keys", "sign", "--offline", str(stick), "--yes", str(file))
    installed = _keys(data, "install", str(file))
    again = _keys(data, "install", str(file))

    assert early.returncode == 1 and "0/2" in early.stdout
    assert signed.returncode == 0 and "All signatures are there" in signed.stdout, signed.stdout
    assert installed.returncode == 0 and "root 2" in installed.stdout, installed.stdout + installed.stderr
    assert again.returncode == 0 and "already" in again.stdout
    assert not pem.next_file(data / "keys/online", "snapshot").exists()


def test_duty_person_gets_and_loses_the_right_by_the_ceremony(
    data: Path, stick: Path, tmp_path: Path
) -> None:
    """In a real network the key that delegates lies elsewhere, and a duty person's own key never lies here."""
    _keys(data, "export-offline", str(stick))

    made = _duty_key(data, tmp_path / "an.pem")
    assert made.returncode == 1 and "holder of «targets»" in made.stdout, made.stdout + made.stderr
    assert "waits to be signed for" in _keys(data, "duty").stdout
    assert "is the key of an, who may announce then" in _hold_ceremony(data, stick, tmp_path / "one.json")
    assert "may announce" in _keys(data, "duty").stdout

    ended = _keys(data, "duty", "an", "--revoke")
    assert ended.returncode == 1 and "Hold the ceremony today" in ended.stdout
    assert "until a ceremony has ended it" in _keys(data, "duty").stdout
    assert "of an, who may not announce any more" in _hold_ceremony(data, stick, tmp_path / "two.json")
    assert "Nobody has a personal key yet" in _keys(data, "duty").stdout


def _duty_key(data: Path, file: Path) -> "subprocess.CompletedProcess[str]":
    passphrase = {"CONGLANG_DUTY_PASSPHRASE": "mot hai ba bon nam"}
    return conglang("keys", "duty", "an", "--out", str(file), "--data", str(data), **passphrase)


def _hold_ceremony(data: Path, stick: Path, file: Path) -> str:
    """Request, sign with `targets` alone, install; return what the request said."""
    asked = _keys(data, "request", str(file))
    alone = file.with_suffix(".stick")
    alone.mkdir()
    for name in ("targets.pem", "root.json"):
        shutil.copy(stick / name, alone / name)
    signed = conglang("keys", "sign", "--offline", str(alone), "--yes", str(file))
    installed = _keys(data, "install", str(file))
    for done in (asked, signed, installed):
        assert done.returncode == 0, done.stdout + done.stderr
    return asked.stdout


def test_yearly_ceremony_keeps_a_duty_key_that_was_made_elsewhere(
    data: Path, stick: Path, tmp_path: Path
) -> None:
    assert _duty_key(data, tmp_path / "an.pem").returncode == 0
    entitled = duty.known(data / "keys")[0].keyid
    (data / "keys/duty/an.json").unlink()  # noted on the other machine only
    _keys(data, "export-offline", str(stick))

    _keys(data, "request", "--renew", str(tmp_path / "year.json"))

    proposed = document.load(tmp_path / "year.json").delegations
    assert proposed is not None and entitled in proposed.signed.delegations.keys


def test_nothing_is_signed_while_nobody_agrees(data: Path, stick: Path, tmp_path: Path) -> None:
    _keys(data, "export-offline", str(stick))
    file = tmp_path / "request.json"
    _keys(data, "request", "--renew", str(file))
    before = file.read_bytes()

    done = conglang("keys", "sign", "--offline", str(stick), str(file))

    assert done.returncode == 1 and "--yes" in done.stdout
    assert file.read_bytes() == before


def test_stick_that_already_holds_another_key_is_left_alone(data: Path, stick: Path) -> None:
    stick.mkdir()
    (stick / "root-2.pem").write_bytes(pem.new_key())

    done = _keys(data, "export-offline", str(stick))

    assert done.returncode == 1 and "another key" in done.stdout
    assert len(list((data / "keys/offline").glob("*.pem"))) == 4


@pytest.mark.parametrize("place", ["", "inside"])
def test_off_line_keys_are_not_exported_into_the_data_folder(data: Path, place: str) -> None:
    done = _keys(data, "export-offline", str(data / place))

    assert done.returncode == 1 and "inside the data folder" in done.stdout


@pytest.mark.parametrize(
    "command", [["install", "/nowhere/x.json"], ["sign", "--offline", "/nowhere", "/nowhere/x.json"],
                ["request", "/nowhere/deep/x.json", "--renew"]],
)  # fmt: skip
def test_place_that_is_not_there_gets_a_sentence(data: Path, command: list[str]) -> None:
    done = conglang("keys", command[0], "--data", str(data), *command[1:])

    assert done.returncode == 1 and "/nowhere" in done.stdout
    assert "Traceback" not in done.stderr


def test_full_stick_keeps_every_key_where_it_is(data: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a small disk")
    place = Path(tempfile.mkdtemp(prefix="full", dir="/tmp"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4k,nr_inodes=3", "none", str(place)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no mount here")
    try:
        done = _keys(data, "export-offline", str(place))
        assert done.returncode == 1 and "full" in done.stdout, done.stdout + done.stderr
        assert len(list((data / "keys/offline").glob("*.pem"))) == 4
    finally:
        subprocess.run(["umount", str(place)], check=True)
        place.rmdir()


@pytest.mark.skipif(not signer_account(), reason="needs root on Linux")
def test_signer_without_a_network_runs_under_an_account_of_its_own_too(data: Path) -> None:
    assert _keys(data, "rotate", "site").returncode == 0

    for place in ("keys", "keys/online/site.pem", "store/repo/metadata/timestamp.json"):
        assert (data / place).owner() == signer_account(), place
    assert "own account" in _keys(data, "show").stdout
