"""A file that takes over the program that examines it has nothing but itself, and not for long."""

import time
from types import SimpleNamespace

import pytest

from conglang.portal.content.files.examination import walls
from conglang.portal.content.files.examination.limits import PROCESS
from conglang.portal.content.files.examination.verdicts import Kind, Reason, Refused

from . import made

TAKEN_OVER = """
import sys; sys.path.insert(0, {source!r})
import json, os, socket, subprocess
from conglang.portal.content.files.examination import __main__ as inside
from conglang.portal.content.files.examination.verdicts import Kind, Passed
sys.stdin.buffer.read()
inside._load_what_loads_late()
inside._shut_in()
{attack}
"""
ATTEMPTS = """
done = []
def attempt(name, what):
    try:
        what()
    except (OSError, ImportError) as no:
        return
    done.append(name)
attempt("read a file", lambda: open("/etc/hostname").read())
attempt("write a file", lambda: open("/tmp/from-inside", "w").write("a"))
attempt("open a connection", lambda: socket.socket())
attempt("start a process", os.fork)
attempt("run a program", lambda: subprocess.run(["/bin/true"]))
attempt("end the desk", lambda: os.kill(os.getppid(), 0))
attempt("load more code", lambda: __import__("sqlite3"))
if os.environ.keys() - {"PATH", "LC_ALL", "LC_CTYPE"}:
    done.append("see the environment")
inside._answer(Passed(Kind.TXT, ", ".join(done).encode()))
"""


def attacked(monkeypatch: pytest.MonkeyPatch, attack: str) -> bytes:
    monkeypatch.setattr(walls, "_START", TAKEN_OVER.format(source=str(walls._SOURCE), attack=attack))
    return walls.examined(b"x", "a.txt", picture=False).data


def with_limits(monkeypatch: pytest.MonkeyPatch, **other: float) -> None:
    monkeypatch.setattr(walls, "PROCESS", SimpleNamespace(**{**vars(PROCESS), **other}))


def test_program_taken_over_by_a_file_can_do_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONGLANG_SECRET_KEY_FILE", "/etc/secret")

    assert attacked(monkeypatch, ATTEMPTS) == b""


@pytest.mark.parametrize(
    "attack",
    [
        "import time; time.sleep(60)",
        "a = [b'x' * 100_000_000 for _ in range(40)]; inside._answer(Passed(Kind.TXT, b'took it'))",
        "os.abort()",
        "sys.stdout.buffer.write(b'no line at all')",
        "sys.stdout.buffer.write(b'{}\\n')",
        "inside._answer(Passed(Kind.TXT, b'x' * 20_000_000))",
        'sys.stdout.buffer.write(b\'{"reason": "made up", "facts": {}}\\n\')',
    ],
)
def test_file_whose_examination_ends_in_no_known_way_is_refused(
    monkeypatch: pytest.MonkeyPatch, attack: str
) -> None:
    with_limits(monkeypatch, seconds=4)
    began = time.monotonic()

    with pytest.raises(Refused) as told:
        attacked(monkeypatch, attack)

    assert told.value.reason is Reason.TOO_COMPLEX and time.monotonic() - began < 12


def test_file_that_finds_no_room_is_asked_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    with_limits(monkeypatch, waiting_seconds=0.1)
    for _ in range(PROCESS.at_once):
        assert walls._rooms.acquire(timeout=20)
    try:
        with pytest.raises(Refused) as told:
            walls.examined(made.pdf(), "a.pdf", picture=False)
    finally:
        for _ in range(PROCESS.at_once):
            walls._rooms.release()

    assert told.value.reason is Reason.BUSY
    assert walls.examined(made.pdf(), "a.pdf", picture=False).kind is Kind.PDF
