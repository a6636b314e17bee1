"""Examining a file where it can do no harm: in a process of its own that is thrown away afterwards."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from .limits import BYTES, PROCESS
from .verdicts import Kind, Passed, Reason, Refused, Removed

_SOURCE = Path(__file__).resolve().parents[5]
_rooms = threading.BoundedSemaphore(PROCESS.at_once)


def examined(data: bytes, name: str, *, picture: bool) -> Passed:
    """Return the file as it may be kept.

    Refused with the reason; when the process takes too long, too much memory or dies, the file is too complex.
    """
    if not _rooms.acquire(timeout=PROCESS.waiting_seconds):
        raise Refused(Reason.BUSY)
    try:
        return _read(_asked(data, name, picture=picture))
    finally:
        _rooms.release()


def _asked(data: bytes, name: str, *, picture: bool) -> bytes:
    asked = json.dumps({"name": name, "picture": picture}).encode() + b"\n" + data
    try:
        answer = subprocess.run(
            [sys.executable, "-I", "-c", _START], input=asked, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            timeout=PROCESS.seconds, env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"}, cwd="/",
        )  # fmt: skip
    except subprocess.TimeoutExpired as trouble:
        raise Refused(Reason.TOO_COMPLEX) from trouble
    if answer.returncode or b"\n" not in answer.stdout:
        raise Refused(Reason.TOO_COMPLEX)
    return answer.stdout


# Isolated (-I): nothing of the environment or of the folder it is started in is loaded.
_START = (
    f"import sys; sys.path.insert(0, {str(_SOURCE)!r}); "
    "from conglang.portal.content.files.examination.__main__ import main; main()"
)


def _read(answer: bytes) -> Passed:
    """Believe the process as little as the file: only known words, and no more bytes than a file may have."""
    line, _, data = answer.partition(b"\n")
    try:
        head = json.loads(line)
        if "reason" in head:
            raise Refused(Reason(head["reason"]), **head["facts"])
        kind = Kind(head["kind"])
        removed = tuple(Removed(one) for one in head["removed"])
    except (ValueError, KeyError, TypeError) as trouble:
        raise Refused(Reason.TOO_COMPLEX) from trouble
    if len(data) > 2 * vars(BYTES)[kind.measure] + 1_048_576 and not kind.is_picture:
        raise Refused(Reason.TOO_COMPLEX)
    return Passed(kind, data, removed)
