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
            duty.revoke(data.keys, options.name)
            say(_("The key of %s may not announce any more, as soon as the signer has passed it on (5 minutes).")
                % options.name)  # fmt: skip
        elif options.name:
            _create(data, options.name, options.out)
        else:
            _list(data)
    except duty.DutyError as error:
        raise Trouble(why(error.reason)) from error
    return 0


def _create(data: DataFolder, name: str, out: Path | None) -> None:
    file = out or data.keys / "duty" / f"{name}.pem"
    file.parent.mkdir(parents=True, exist_ok=True)
    duty.create(data.keys, name, file, passphrase(new=True))
    say(_("%(file)s is the key of %(name)s. Give it to that person alone; the passphrase is nowhere else.")
        % {"file": file, "name": name})  # fmt: skip
    say(_("Edges accept it as soon as the signer has passed the delegation on (5 minutes)."))


def _list(data: DataFolder) -> None:
    found = duty.known(data.keys)
    for one in found:
        state = _("may announce") if one.entitled else _("may not announce")
        say(f"{one.name:<24} {one.made_at[:10]}  {state}")
    if not found:
        say(_("Nobody has a personal key yet: ./conglang keys duty NAME makes one."))


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
        "offline": _("The off-line key «targets» is not here, as it should be: run this command where it is, and carry "
                     "targets.json of its folder back. Nothing was changed."),
        "unknown": _("Nobody of this name has a key: ./conglang keys duty shows all."),
        "key": _("This file is not a duty key, or the passphrase is another one. Nothing was changed."),
    }[reason]  # fmt: skip
