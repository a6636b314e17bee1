"""The process that examines one file: told on stdin, answers on stdout, and can do nothing else.

After its programs are loaded it may open no file and no connection, start no process, and has so much memory and so
much time. Whoever takes it over holds the one file they sent.
"""

import json
import os
import resource
import sys

from .examining import examine, prepare
from .limits import PROCESS
from .verdicts import Passed, Reason, Refused

NOBODY = 65_534


def main() -> None:
    """Read a line of JSON (``name``, ``picture``) and the file; write a line of JSON and the file as it may be kept."""
    asked = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    try:
        kind = prepare(data, asked["name"], picture=asked["picture"])
        _load_what_loads_late()
        _shut_in()
        _answer(examine(data, kind))
    except Refused as refusal:
        _refuse(refusal)
    except (MemoryError, RecursionError):
        _refuse(Refused(Reason.TOO_COMPLEX))


def _load_what_loads_late() -> None:
    """Encodings are files too."""
    for name in ("cp437", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "latin-1", "ascii", "idna"):
        "".encode(name)


def _shut_in() -> None:
    if os.geteuid() == 0:  # nobody, who owns nothing; for root the limit on processes would not count
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    resource.setrlimit(resource.RLIMIT_AS, (PROCESS.memory, PROCESS.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESS.processor_seconds, PROCESS.processor_seconds))
    for nothing in (
        resource.RLIMIT_NOFILE,
        resource.RLIMIT_FSIZE,
        resource.RLIMIT_NPROC,
        resource.RLIMIT_CORE,
    ):
        resource.setrlimit(nothing, (0, 0))


def _answer(passed: Passed) -> None:
    head = {"kind": passed.kind.value, "removed": [one.value for one in passed.removed]}
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + passed.data)
    sys.stdout.buffer.flush()


def _refuse(refusal: Refused) -> None:
    head = {"reason": refusal.reason.value, "facts": dict(refusal.facts)}
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
