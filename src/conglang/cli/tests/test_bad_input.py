"""What the person at the keyboard is told when something is in the way: one sentence, and nothing was changed."""

import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace

import pytest

from conglang.cli import data_folder, main, restore
from conglang.cli.data_folder import DataFolder, explain
from conglang.cli.edge_pull import pull
from conglang.cli.first_people import show_once, write_down
from conglang.cli.installation import chosen
from conglang.cli.journal import ROOT, Journal
from conglang.cli.key_report import show
from conglang.cli.port import check_port
from conglang.cli.up import _only_one
from conglang.cli.words import Trouble
from conglang.edge.served import parse_place
from conglang.wire import edges

NOTHING_CHOSEN = {"port": None, "domain": None, "network": None}


@pytest.fixture
def data(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return DataFolder(tmp_path_factory.mktemp("d"))


def test_port_in_use_is_named_with_its_holder() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]

        with pytest.raises(Trouble, match=rf"{port}.*{os.getpid()}.*--port"):
            check_port(port)


def test_folder_below_a_file_cannot_be_a_data_folder() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # pytest's own may be too deep for sockets
        note = Path(folder) / "note"
        note.write_text("")

        with pytest.raises(Trouble, match="--data"):
            DataFolder(note / "data").create()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://",
        "ftp://x",
        "a b",
        "http://[::1",
        "x:99999",
        "x:0",
        "https://me@x",
        "x?y",
        "http://x/#f",
        "x/y",
    ],
)
def test_what_is_no_address_is_named_as_it_was_typed(text: str) -> None:
    with pytest.raises(ValueError) as found:
        parse_place(text)
    assert str(found.value) == text


@pytest.mark.parametrize("text", ["x", ":80", "x:99999", "[::1]:x", "[::1"])
def test_machine_to_be_asked_needs_address_and_port(text: str) -> None:
    with pytest.raises(ValueError) as found:
        parse_place("a.localhost", machine=text)
    assert str(found.value) == text


@pytest.mark.parametrize(
    "source", ["", "http://", "http:/x", "ftp://x", "http://[::1", "http://x:99999/", "http://a b/"]
)
def test_edge_is_pinned_to_no_store_that_cannot_be_one(tmp_path: Path, source: str) -> None:
    options = Namespace(source=source, name="1", pin=None)

    with pytest.raises(Trouble, match="http"):
        pull(tmp_path, options)
    assert not list(tmp_path.iterdir())


def test_keys_of_a_folder_without_a_network_are_not_called_missing(
    data: DataFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show(data) == 1
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_what_is_no_backup_is_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "thu.tar"
    file.write_bytes(os.urandom(3000))

    with pytest.raises(Trouble) as found:
        restore.main([str(file), "--data", str(tmp_path / "d")])
    assert "\n" not in str(found.value) and "Error" not in str(found.value)


def test_path_too_deep_for_sockets_is_refused_before_anything_is_made() -> None:
    deep = Path("/tmp") / ("d" * 90)

    with pytest.raises(Trouble, match="80"):
        DataFolder(deep).create()
    assert not deep.exists()


def test_full_disk_is_said_before_anything_begins(data: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_folder.shutil, "disk_usage", lambda path: SimpleNamespace(free=300 * 2**20))

    with pytest.raises(Trouble, match="300 MB"):
        data.check_space()


def test_disk_that_fills_up_is_one_sentence_without_a_traceback() -> None:
    assert "/srv" in str(explain(OSError(28, "No space left on device"), Path("/srv")))


def test_folder_without_network_toml_is_not_a_network(tmp_path: Path, data: DataFolder) -> None:
    with pytest.raises(Trouble, match=r"network\.toml"):
        chosen(Namespace(data=data.root, **{**NOTHING_CHOSEN, "network": tmp_path}))


@pytest.mark.parametrize(
    ("port", "domain"), [(0, None), (70000, None), (None, "Hà Nội"), (None, "ftp://hanoi.vn")]
)
def test_address_that_cannot_be_is_refused(data: DataFolder, port: int | None, domain: str | None) -> None:
    with pytest.raises(Trouble):
        chosen(Namespace(data=data.root, **{**NOTHING_CHOSEN, "port": port, "domain": domain}))


def test_second_up_without_options_keeps_the_address_of_the_first(data: DataFolder) -> None:
    chosen(Namespace(data=data.root, **{**NOTHING_CHOSEN, "port": 8123, "domain": "hanoi.gov.vn"})).remember()

    assert str(chosen(Namespace(data=data.root, **NOTHING_CHOSEN)).origin) == "http://hanoi.gov.vn:8123"


def test_network_that_runs_already_is_not_started_twice(data: DataFolder) -> None:
    data.create()
    with (data.run / "up.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        other.write("4711")
        other.flush()

        with pytest.raises(Trouble, match="4711"), _only_one(data):
            pass


def test_command_for_a_folder_without_a_network_says_how_to_start_one(data: DataFolder) -> None:
    assert main.main(["manage", "--data", str(data.root), "check"]) == 1


def test_torn_journal_costs_time_only(data: DataFolder) -> None:
    journal = Journal(data)
    journal.note(migrated="x")
    journal.file.write_text('{"migr')

    assert journal.read() == {}
    journal.note(migrated="y")
    assert journal.get("migrated") == "y"


def test_first_passwords_are_private_shown_once_and_then_gone(
    data: DataFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    data.create()
    write_down(
        data, [{"username": "quantri", "password": "mot-hai-ba", "title": "Quản trị", "can": "mọi trang"}]
    )
    assert (data.portal / "first-people.json").stat().st_mode & 0o077 == 0

    show_once(data)
    show_once(data)

    assert capsys.readouterr().out.count("mot-hai-ba") == 1
    assert list(data.portal.glob("first-people*")) == []


class TestLauncher:
    """./conglang with what it would find on machines that lack something."""

    @pytest.fixture
    def machine(self, tmp_path: Path) -> Path:
        """A copy of the launcher beside lock and project file, and a bin folder with the usual small programs."""
        for name in ("conglang", "pyproject.toml", "uv.lock"):
            shutil.copy(ROOT / name, tmp_path / name)
        (tmp_path / "bin").mkdir()
        for tool in (
            "sh",
            "dirname",
            "readlink",
            "cat",
            "cksum",
            "mkdir",
            "rm",
            "df",
            "awk",
            "id",
            "grep",
            "tail",
            "mv",
        ):
            (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")
        return tmp_path

    def run(self, machine: Path) -> str:
        done = subprocess.run(
            [machine / "conglang", "up"], env={"PATH": str(machine / "bin")}, capture_output=True, text=True
        )
        assert done.returncode == 1
        return done.stderr.strip().splitlines()[-1]

    def program(self, machine: Path, name: str, script: str) -> None:
        (machine / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
        (machine / "bin" / name).chmod(0o755)

    def test_python_too_old_is_one_sentence(self, machine: Path) -> None:
        self.program(machine, "python3", 'case "$2" in *platform*) echo 3.9.2;; *) exit 1;; esac')

        assert "3.9.2" in self.run(machine)

    def test_no_python_is_one_sentence(self, machine: Path) -> None:
        assert "python3" in self.run(machine)

    def test_python_without_venv_says_which_package(self, machine: Path) -> None:
        self.program(machine, "python3", 'case "$2" in *ensurepip*) exit 1;; esac')

        assert "apt-get install python3-venv" in self.run(machine)

    @pytest.mark.parametrize(
        ("complaint", "said"),
        [
            ("error: No space left on device (os error 28)", "hết chỗ"),
            ("error: failed to fetch: dns error", "mạng"),
            ("The lockfile at `uv.lock` needs to be updated", "uv lock"),
        ],
    )
    def test_failing_set_up_is_explained(self, machine: Path, complaint: str, said: str) -> None:
        self.program(machine, "python3", "exit 0")
        self.program(machine, "uv", f"echo '{complaint}' >&2; exit 2")

        assert said in self.run(machine)

    def test_folder_that_cannot_be_written_is_one_sentence(self, machine: Path) -> None:
        (machine / ".cache").write_text("a file where a folder should be")

        assert "Không ghi được" in self.run(machine)


def _said(*arguments: str) -> str:
    """What `./conglang …` prints, in Vietnamese as a newcomer has it."""
    done = subprocess.run(
        [ROOT / "conglang", *arguments],
        capture_output=True,
        text=True,
        env=dict(os.environ, CONGLANG_LANGUAGE="vi"),
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    return " ".join((done.stdout + done.stderr).split())


def test_mistake_on_the_command_line_is_told_in_vietnamese() -> None:
    assert "cách dùng" in (said := _said("up", "--port", "x")) and "giá trị không hợp lệ" in said


def test_file_that_is_no_root_is_not_called_a_foreign_network() -> None:
    assert "không phải tệp root.json" in _said("verify", "hanoi.gov.vn", "--root", str(ROOT / "README.md"))


def test_folder_without_a_network_is_not_said_to_announce_nothing(tmp_path: Path) -> None:
    assert "không chứa mạng lưới nào" in _said("state", "show", "--data", str(tmp_path))


def test_edge_that_nobody_named_is_not_confused_with_none(tmp_path: Path) -> None:
    edges.write(tmp_path, {"1": "http://127.0.0.1:9"})

    assert "Không có máy chủ công bố “nine”" in _said("edge", "status", "nine", "--data", str(tmp_path))
