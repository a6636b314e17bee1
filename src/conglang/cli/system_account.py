"""Making accounts of the system for programs, where `up` runs as root."""

import grp
import os
import shutil
import subprocess


def make_account(name: str) -> None:
    """Ask the system for an account of a program; nobody can sign in to it. Whether it came, the caller sees.

    A kill half-way leaves a group of that name without a user; the account then joins it.
    """
    program = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if program is None:
        return
    try:
        group = ["--gid", grp.getgrnam(name).gr_name]
    except KeyError:
        group = ["--user-group"]
    command = [program, "--system", *group, "--no-create-home", "--home-dir", "/nonexistent",
               "--shell", "/usr/sbin/nologin", name]  # fmt: skip
    subprocess.run(command, capture_output=True)
