"""`conglang audit`: verify the audit record against what was signed, on this machine or from files kept elsewhere."""

import argparse
from collections.abc import Sequence
from importlib import import_module

from conglang.cli.words import _, say

COMMANDS = {"verify": "audit_verify", "restored": "audit_restored"}


def main(arguments: Sequence[str]) -> int:
    """Hand over to the one that was named."""
    parser = argparse.ArgumentParser(
        prog="conglang audit", description=_("Verify, hand out and keep the audit record."), add_help=False
    )
    parser.add_argument("command", nargs="?", choices=[*COMMANDS])
    options, rest = parser.parse_known_args(arguments[:1])
    if options.command is None:
        say(_("conglang audit verify · restored: each explains itself with --help."))
        return 0 if {"-h", "--help"} & set(arguments) else 2
    return int(import_module(f"conglang.cli.{COMMANDS[options.command]}").main([*rest, *arguments[1:]]))
