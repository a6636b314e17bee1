"""`conglang keys duty`: personal keys with which two duty people can announce without portal and signer."""

import argparse
import getpass
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from conglang.cli.data_folder import DataFolder, add_data_option, folder_of
from conglang.cli.words import Trouble, _, say
from conglang.signer import duty

PASSPHRASE = "CONGLANG_DUTY_PASSPHRASE"  # noqa: S105  the name of a variable


def main(arguments: Sequence[str]) -> int:
    """List the keys, make one, or take one back. Raises Trouble with what to do."""
    parser = argparse.ArgumentParser(
        prog="conglang keys duty", description=_("Personal keys for announcements to all sites.")
    )
    parser.add_argument("name", nargs="?", help=_("whose key, in small letters: nguyen-an"))
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help=_("where the key goes, best on a stick of its own")
    )
    parser.add_argument("--revoke", action="store_true", help=_("take the right to announce back"))
    add_data_option(parser)
    options = parser.parse_args(arguments)
    data = folder_of(options.data)
    try:
        if options.name and options.revoke:
            return _revoke(data, options.name)
        if options.name:
            return _create(data, options.name, options.out)
        _list(data)
    except duty.DutyError as error:
        raise Trouble(why(error.reason)) from error
    return 0


def _revoke(data: DataFolder, name: str) -> int:
    if duty.revoke(data.keys, name):
        say(
            _("The key of %s may not announce any more, as soon as the signer has passed it on (5 minutes).")
            % name
        )
        return 0
    say(_("The key of %s goes on counting until the holder of «targets» has signed. Hold the ceremony today:\n"
          "  ./conglang keys request FILE") % name)  # fmt: skip
    return 1


def _create(data: DataFolder, name: str, out: Path | None) -> int:
    """Make a key; 0 when it counts, 1 when the holder of the off-line key is needed first."""
    file = out or data.keys / "duty" / f"{name}.pem"
    file.parent.mkdir(parents=True, exist_ok=True)
    made = duty.create(data.keys, name, file, passphrase(new=True))
    say(_("%(file)s is the key of %(name)s. Give it to that person alone; the passphrase is nowhere else.")
        % {"file": file, "name": name})  # fmt: skip
    if made.entitled:
        say(_("Edges accept it as soon as the signer has passed the delegation on (5 minutes)."))
        return 0
    say(_("It waits: the holder of «targets» must sign for it. Its digits are %s. Write a request:\n"
          "  ./conglang keys request FILE") % made.keyid[:12])  # fmt: skip
    return 1


def _list(data: DataFolder) -> None:
    found = duty.known(data.keys)
    for one in found:
        say(f"{one.name:<24} {one.made_at[:10]}  {one.keyid[:12]}  {_standing(one)}")
    if not found:
        say(_("Nobody has a personal key yet: ./conglang keys duty NAME makes one."))


def _standing(one: duty.DutyKey) -> str:
    if not one.wanted:
        return _("may announce until a ceremony has ended it (./conglang keys request FILE)")
    return _("may announce") if one.entitled else _("waits to be signed for (./conglang keys request FILE)")


def passphrase(*, new: bool = False) -> str:
    """From the environment (for scripts), else asked for; a new one twice. Raises Trouble when the two differ."""
    if given := os.environ.get(PASSPHRASE):
        return given
    if not sys.stdin.isatty():
        raise Trouble(_("The passphrase cannot be asked for here: put it into %s.") % PASSPHRASE)
    found = getpass.getpass(_("Passphrase of the key: "))
    if new and getpass.getpass(_("The same once more: ")) != found:
        raise Trouble(_("The two passphrases differ. Nothing was changed."))
    return found


def why(reason: str) -> str:
    """The sentence for a DutyError."""
    return {
        "name": _("A name has small letters, digits and hyphens only, such as nguyen-an. Nothing was changed."),
        "taken": _("There is a key of this name already. Nothing was changed: take it back first (--revoke)."),
        "passphrase": _("The passphrase needs %s characters at least. Nothing was changed.") % duty.LEAST_PASSPHRASE,
        "offline": _("The off-line key «targets» is not here, as it should be, so the new key must wait for a "
                     "ceremony; until then it belongs to its person: name a file on a stick (--out). Nothing was "
                     "changed."),
        "unknown": _("Nobody of this name has a key: ./conglang keys duty shows all."),
        "key": _("This file is not a duty key, or the passphrase is another one. Nothing was changed."),
    }[reason]  # fmt: skip
