"""Programs get accounts of their own, also after a start that was killed while it made one."""

import os
import pwd
import shutil
import subprocess

import pytest

from conglang.cli.system_account import make_account

NAME = "conglang-try"


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("groupadd") is None, reason="only root makes accounts")
@pytest.mark.parametrize("group_left_behind", [False, True])
def test_account_comes_though_its_group_was_left_behind(group_left_behind: bool) -> None:
    if group_left_behind:
        subprocess.run(["groupadd", "--system", NAME], check=True)
    try:
        make_account(NAME)

        assert pwd.getpwnam(NAME).pw_shell == "/usr/sbin/nologin"
    finally:
        subprocess.run(["userdel", NAME], capture_output=True)
        subprocess.run(["groupdel", NAME], capture_output=True)
