"""Ctrl-C while sites are being published ends the preparation, although its workers do not heed SIGTERM."""

import subprocess
import sys
import time

import psutil

from conglang.cli.up import _end_group

# What a worker of a process pool does with SIGTERM: an exception like any other, then the next job.
STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
child = os.fork()
if child:
    print(child, flush=True)
while True:
    try:
        time.sleep(60)
    except SystemExit:
        pass
"""


def test_workers_that_take_sigterm_for_a_failed_job_are_ended_too() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, start_new_session=True
    ) as parent:
        assert parent.stdout is not None
        workers = [int(parent.stdout.readline()), parent.pid]
        begun = time.monotonic()

        _end_group(parent, grace=0.5)

        assert time.monotonic() - begun < 10
        assert not [
            pid for pid in workers if psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie"
        ]
