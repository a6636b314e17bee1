"""One act in a child process under strace: every call that changes a folder written down, one of them spoilt if wished.

The child is forked from a program that has everything loaded, so an act starts in milliseconds; strace is attached to
it before the act begins. `kill -9` comes *before* the chosen call; an error comes instead of it.
"""

import ctypes
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from conglang.wire import durable

CHANGES = (
    "openat", "write", "pwrite64", "writev", "fsync", "fdatasync", "syncfs", "sync", "rename", "renameat",
    "renameat2", "link", "linkat", "symlink", "symlinkat", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir",
    "truncate", "ftruncate", "utimensat", "sendto",
)  # fmt: skip
KILL, EIO, ENOSPC = "kill", "EIO", "ENOSPC"
FAULTS = (KILL, EIO, ENOSPC)
_LINE = re.compile(r"(?P<pid>\d+) +(?P<name>\w+)\((?P<args>.*)\) += (?P<result>-?\d+|\?)(?P<rest>.*)")
_TEXT = re.compile(r'[<"]((?:\\x[0-9a-f]{2})*)[>"]')
_SET_PTRACER, _PTRACER_ANY = 0x59616D61, -1
_PATIENCE = 60.0  # seconds an act may take


class NotTraced(RuntimeError):
    """strace is missing, may not attach, or the act hung; the text is what it said."""


@dataclass(frozen=True)
class Call:
    """One system call: `number` counts the calls of that name in the act, from 1. `texts`: paths and data, in order."""

    name: str
    number: int
    args: str
    texts: tuple[bytes, ...]
    result: int | None
    injected: bool

    @property
    def paths(self) -> tuple[str, ...]:
        """What of the texts is a path: all but the data of a write."""
        texts = self.texts[:1] if self.name in ("write", "pwrite64", "writev", "sendto") else self.texts
        return tuple(text.decode("utf-8", "surrogateescape") for text in texts)

    def __str__(self) -> str:
        return f"{self.name}#{self.number} {Path(self.paths[-1]).name if self.paths else ''}".strip()


@dataclass(frozen=True)
class Trace:
    """What an act did. `status`: its exit status, negative for a signal. `said`: what it returned, as text."""

    calls: tuple[Call, ...]
    status: int
    said: str

    @property
    def killed(self) -> bool:
        return self.status == -signal.SIGKILL

    def points(self, folders: Sequence[Path], *, talk: bool = False) -> list[Call]:
        """The calls that change these folders: where a fault can be put. `talk`: what is sent to others as well."""
        return [
            call for call in self.calls
            if changes(call) and concerns(call, folders) or talk and call.name == "sendto"
        ]  # fmt: skip

    @property
    def hit(self) -> Call | None:
        """The call that was spoilt; None when the act never came there."""
        if self.killed:
            return self.calls[-1] if self.calls else None
        return next((call for call in self.calls if call.injected), None)


def changes(call: Call) -> bool:
    return call.name != "openat" or "O_CREAT" in call.args


def concerns(call: Call, folders: Sequence[Path]) -> bool:
    return any(
        text.startswith(f"{folder}/") or text == str(folder) for text in call.paths for folder in folders
    )


def injection(fault: str, call: Call) -> str:
    """strace's words for this fault at this call."""
    what = "signal=KILL" if fault == KILL else f"error={fault}"
    return f"{call.name}:{what}:when={call.number}"


def available() -> str:
    """Empty when acts can be traced here; else why not."""
    if shutil.which("strace") is None:
        return "strace is not installed: nothing was killed"
    try:
        trace(lambda: None)
    except NotTraced as reason:
        return str(reason)
    return ""


def trace(act: Callable[[], object], inject: str = "") -> Trace:
    """Run `act` in a child and return what it did. Its result comes back as text; an exception makes its status 1."""
    hear, tell = os.pipe()
    wait, start = os.pipe()
    with tempfile.TemporaryDirectory(prefix="cls") as folder:
        child = os.fork()
        if child == 0:
            os.close(start)
            os.close(hear)
            _be_traced(act, wait, tell)
        os.close(tell)
        os.close(wait)
        log = Path(folder) / "log"
        watcher = _attach(child, log, inject)
        with suppress(BrokenPipeError):
            os.write(start, b"!")
        os.close(start)
        status, said = _reap(child, hear)
        _wait(watcher)
        calls = _read(log)
    return Trace(tuple(calls), status, said)


def _be_traced(act: Callable[[], object], wait: int, tell: int) -> None:
    status = 1
    durable.AT_ONCE = 1  # one call after the other, so that each is a point by itself
    try:
        ctypes.CDLL(None).prctl(_SET_PTRACER, ctypes.c_ulong(_PTRACER_ANY))
        os.read(wait, 1)
        said = act()
        os.write(tell, str(said).encode())
        status = 0
    except BaseException:  # noqa: BLE001  the child must end here, whatever happened
        with suppress(OSError):
            os.write(tell, traceback.format_exc().encode())
    finally:
        os._exit(status)


def _attach(child: int, log: Path, inject: str) -> "subprocess.Popen[bytes]":
    """strace, once it holds the child."""
    command = [
        "strace",
        "-f",
        "-qq",
        "-y",
        "-xx",
        "-s",
        "4194304",
        "-e",
        "signal=none",
        "-e",
        f"trace={','.join(CHANGES)}",
    ]
    command += ["-e", f"inject={inject}"] if inject else []
    watcher = subprocess.Popen([*command, "-o", str(log), "-p", str(child)], stderr=subprocess.PIPE)
    end = time.monotonic() + _PATIENCE
    while "TracerPid:\t0\n" in Path(f"/proc/{child}/status").read_text():
        if watcher.poll() is not None or time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            watcher.kill()
            raise NotTraced(f"strace cannot attach: {(watcher.communicate()[1] or b'').decode().strip()}")
        time.sleep(0.002)
    return watcher


def _reap(child: int, hear: int) -> tuple[int, str]:
    end = time.monotonic() + _PATIENCE
    while (found := os.waitpid(child, os.WNOHANG)) == (0, 0):
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            raise NotTraced("the act did not end")
        time.sleep(0.002)
    with os.fdopen(hear, "rb") as pipe:
        return os.waitstatus_to_exitcode(found[1]), pipe.read().decode("utf-8", "replace")


def _wait(watcher: "subprocess.Popen[bytes]") -> None:
    try:
        watcher.communicate(timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        watcher.kill()
        watcher.communicate()
        raise NotTraced("strace did not end") from None


def _read(log: Path) -> list[Call]:
    counts: Counter[str] = Counter()
    calls = []
    for line in log.read_text(encoding="ascii", errors="replace").splitlines():
        found = _LINE.fullmatch(line)
        if found is None:
            continue
        counts[found["name"]] += 1
        texts = tuple(bytes.fromhex(text.replace("\\x", "")) for text in _TEXT.findall(found["args"]))
        if found["name"] in ("openat", "unlinkat", "mkdirat"):
            texts = texts[1:]  # the folder it starts from
        result = None if found["result"] == "?" else int(found["result"])
        calls.append(
            Call(
                found["name"],
                counts[found["name"]],
                found["args"],
                texts,
                result,
                "INJECTED" in found["rest"],
            )
        )
    return calls
