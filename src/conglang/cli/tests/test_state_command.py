"""The duty people's way to all sites: with portal and database down, and with the signer down too."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conglang.cli.moments import NoMoment, moment
from conglang.cli.tests.small_network import environment
from conglang.signer import keys
from conglang.signer.office import Office
from conglang.wire.envelope import peek
from conglang.wire.release import SignerClient, SignerUnavailable
from conglang.wire.state_record import history

STORM = (
    "set", "banner", "--level", "khan-cap", "--title", "Bão số 3 vào thành phố", "--text", "Ở trong nhà.",
    "--link", "/khan-cap/", "--until", "+6h",
)  # fmt: skip
TWO = ("--people", "Nguyễn Thị An, Trần Văn Bình", "--yes")
PASSPHRASE = "mot hai ba bon nam"


@pytest.fixture
def data() -> Iterator[Path]:
    """A signed network on disk, with nothing running."""
    folder = Path(tempfile.mkdtemp(prefix="cl", dir="/tmp"))
    keys.create(folder / "keys")
    Office(folder).renew()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def state(data: Path, *arguments: str, command: str = "state") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "conglang.cli.main", *command.split(), *arguments, "--data", str(data)]
        if command != "state"
        else [sys.executable, "-m", "conglang.cli.main", "state", "--data", str(data), *arguments],
        env={**environment(), "CONGLANG_DUTY_PASSPHRASE": PASSPHRASE},
        capture_output=True, text=True, cwd="/", stdin=subprocess.DEVNULL,
    )  # fmt: skip


@contextmanager
def signer(data: Path) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "conglang.signer", "--data", str(data)], env=dict(os.environ)
    )
    client = SignerClient(data / "spool/signer.sock")
    for _ in range(500):
        try:
            client.ping()
            break
        except SignerUnavailable:
            time.sleep(0.02)
    yield
    process.terminate()
    process.wait()


def titles(data: Path) -> list[str]:
    return [banner.title for banner in peek((data / "store/repo/state/network.json").read_bytes())[0].banners]


@pytest.mark.slow
def test_announcement_is_set_shown_recorded_and_ended_with_only_the_signer_running(data: Path) -> None:
    with signer(data):
        done = state(data, *STORM, *TWO)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "All sites will show" in done.stdout and "[EMERGENCY] Bão số 3 vào thành phố" in done.stdout
        assert titles(data) == ["Bão số 3 vào thành phố"]
        mourning = state(data, "set", "mourning", "--until", "+2d", *TWO)
        assert mourning.returncode == 0 and "grey" in state(data, "show").stdout
        assert state(data, "clear", "banner", "--number", "1", *TWO).returncode == 0
        assert titles(data) == []
        assert state(data, "clear", *TWO).returncode == 0
    assert "Nothing is announced" in state(data, "show").stdout
    told = state(data, "history").stdout
    assert told.count("Nguyễn Thị An") == 4 and "Bão số 3" in told


@pytest.mark.slow
def test_without_the_signer_the_command_says_what_to_do(data: Path) -> None:
    done = state(data, *STORM, *TWO)

    assert done.returncode == 1
    assert "sign with your duty key (--key FILE)" in done.stdout


@pytest.mark.slow
def test_duty_person_announces_with_everything_down_and_the_signer_goes_on(
    data: Path, tmp_path: Path
) -> None:
    stick = tmp_path / "an.pem"
    made = state(data, "an", "--out", str(stick), command="keys duty")
    assert made.returncode == 0, made.stdout + made.stderr
    assert stick.stat().st_mode & 0o077 == 0 and b"ENCRYPTED" in stick.read_bytes()
    Office(data).renew()

    done = state(data, *STORM, *TWO, "--key", str(stick))

    assert done.returncode == 0, done.stdout + done.stderr
    by_hand = peek((data / "store/repo/state/network.json").read_bytes())[1]
    with signer(data):
        assert state(data, "clear", *TWO).returncode == 0
    assert peek((data / "store/repo/state/network.json").read_bytes())[1] > by_hand
    assert [one.signed_by for one in history(data)] == ["signer", "an"]


@pytest.mark.slow
def test_duty_key_that_was_taken_back_is_refused(data: Path, tmp_path: Path) -> None:
    stick = tmp_path / "an.pem"
    state(data, "an", "--out", str(stick), command="keys duty")
    assert "may announce" in state(data, command="keys duty").stdout
    assert state(data, "an", "--revoke", command="keys duty").returncode == 0
    Office(data).renew()

    done = state(data, *STORM, *TWO, "--key", str(stick))

    assert done.returncode == 1 and "may not speak for the network" in done.stdout
    assert titles(data) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((*STORM, "--people", "An", "--yes"), "Two different people"),
        ((*STORM[:-2], *TWO), "Until when"),
        ((*STORM[:-1], "mai", *TWO), "is not a time"),
        (
            (*STORM, "--level", "khẩn cấp", *TWO),
            "«khẩn cấp» is none of these: khan-cap, quan-trong, thong-tin",
        ),
        (("set", "festive", "--motif", "xmas", "--text", "x", "--until", "+1h", *TWO), "tet, quoc-khanh"),
        (
            ("set", "live", "--status", "maybe", "--title", "x", "--until", "+1h", *TWO),
            "«maybe» is none of these",
        ),
        ((*STORM, "--people", "An, Bình"), "add --yes"),
        ((*STORM, "--link", "https://evil.example/", *TWO), "on the network's list"),
        (("clear", "banner", "--number", "7", *TWO), "no banner 7"),
    ],
)
def test_what_cannot_be_announced_is_explained_in_a_sentence(
    data: Path, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    stick = tmp_path / "an.pem"
    state(data, "an", "--out", str(stick), command="keys duty")
    Office(data).renew()

    done = state(data, *arguments, "--key", str(stick))

    assert done.returncode == 1 and words in done.stdout, done.stdout + done.stderr
    assert titles(data) == []


@pytest.mark.slow
@pytest.mark.parametrize(("name", "words"), [("An", "small letters"), ("an", "off-line key")])
def test_duty_key_that_cannot_be_made_changes_nothing(data: Path, name: str, words: str) -> None:
    (data / "keys/offline/targets.pem").unlink()

    done = state(data, name, command="keys duty")

    assert done.returncode == 1 and words in done.stdout
    assert not (data / "keys/duty" / f"{name}.pem").exists()


NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)  # 10:00 in Vietnam


@pytest.mark.parametrize(
    ("words", "at"),
    [
        ("+6h", NOW + timedelta(hours=6)),
        ("+90 phút", NOW + timedelta(minutes=90)),
        ("18:00", datetime(2026, 11, 25, 11, tzinfo=UTC)),
        ("9h30", datetime(2026, 11, 26, 2, 30, tzinfo=UTC)),
        ("26/11/2026", datetime(2026, 11, 25, 17, tzinfo=UTC)),
        ("2/9/2027 07:00", datetime(2027, 9, 2, 0, tzinfo=UTC)),
        ("2026-11-26 18:00", datetime(2026, 11, 26, 11, tzinfo=UTC)),
    ],
)
def test_moments_are_read_as_people_type_them(words: str, at: datetime) -> None:
    assert moment(words, now=NOW) == at


@pytest.mark.parametrize("words", ["", "mai", "25:00", "32/1/2026", "+6", "+9999999d", "18"])
def test_words_that_are_no_moment_are_refused(words: str) -> None:
    with pytest.raises(NoMoment):
        moment(words, now=NOW)
