"""`conglang manage …`: a management command of Django with the environment of this network."""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence

from conglang.cli.data_folder import add_data_option
from conglang.cli.installation import database_of, remembered
from conglang.cli.words import _


def main(arguments: Sequence[str]) -> int:
    """The command's own exit status. The embedded database is started for the while when `up` is not running."""
    parser = argparse.ArgumentParser(
        prog="conglang manage", description=_("Run a management command of Django."), add_help=False
    )
    add_data_option(parser)
    options, rest = parser.parse_known_args(arguments)
    installation = remembered(options.data)
    with database_of(installation):
        command = [sys.executable, "-m", "django", *rest]
        return subprocess.run(command, env={**os.environ, **installation.environment()}).returncode
