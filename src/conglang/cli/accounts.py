"""The system account of the signer: made when missing, like PostgreSQL's, where `up` runs as root on Linux."""

import os
import pwd
import sys
from functools import cache
from pathlib import Path

from conglang.cli.data_folder import DataFolder
from conglang.cli.postgres import let_server_through
from conglang.cli.system_account import make_account

SIGNER = "conglang-signer"


def signer_account_possible() -> bool:
    """True where the signer could have an account of its own: root on Linux."""
    return os.geteuid() == 0 and sys.platform.startswith("linux")


@cache
def signer_account() -> str:
    """The account the signer is to run under; empty where it has to be ours: not root, not Linux, none can be made."""
    return SIGNER if signer_account_possible() and (_exists() or _make()) else ""


def _exists() -> bool:
    try:
        pwd.getpwnam(SIGNER)
    except KeyError:
        return False
    return True


def _make() -> bool:
    make_account(SIGNER)
    return _exists()


def as_signer(data: DataFolder) -> list[str]:
    """The options that make the signer take its own account; lets that account pass the folders above its own."""
    if not signer_account():
        return []
    let_server_through(data.keys)
    return ["--as", signer_account()]


def owner_of(folder: Path) -> str:
    """Who owns a folder, by name where there is one; empty when it is not there."""
    try:
        found = folder.stat().st_uid
    except OSError:
        return ""
    try:
        return pwd.getpwuid(found).pw_name
    except KeyError:
        return str(found)
