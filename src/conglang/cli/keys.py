"""`conglang keys`: which signing keys this network has, who may read them, until when the root is valid."""

import argparse
import json
import stat
from collections.abc import Sequence
from pathlib import Path

from conglang.cli.data_folder import DataFolder, add_data_option, folder_of
from conglang.cli.words import Trouble, _, say
from conglang.signer import keys


def main(arguments: Sequence[str]) -> int:
    """0 when every key that signs is there and private, else 1. `create` makes those of a new network."""
    if arguments[:1] == ["duty"]:
        from conglang.cli import duty

        return duty.main(arguments[1:])
    parser = argparse.ArgumentParser(prog="conglang keys", description=_("Show the signing keys."))
    parser.add_argument("action", nargs="?", choices=("show", "create"), default="show")
    add_data_option(parser)
    options = parser.parse_args(arguments)
    data = folder_of(options.data)
    if options.action == "create":
        data.create()
        try:
            keys.create(data.keys)
        except keys.KeysIncomplete as error:
            raise Trouble(str(error)) from error
    return _show(data)


def _show(data: DataFolder) -> int:
    sound = True
    for name in (*(f"offline/{key}" for key in keys.OFFLINE), *(f"online/{key}" for key in keys.ONLINE)):
        words, good = _state(data.keys / f"{name}.pem", needed=name.startswith("online"))
        say(f"{name:<18} {words}", style="" if good else "red")
        sound = sound and good
    root = data.keys / "root.json"
    if not root.exists():
        say(_("root.json is missing: this network has no keys yet (./conglang keys create)."), style="red")
        return 1
    expires = json.loads(root.read_text())["signed"]["expires"]
    say(_("root.json, which every edge pins, is valid until %s.") % expires)
    if keys.is_demo(data.keys):
        say(_("This is a demonstration network: content of kind «demo» is signed (keys/demo-network)."))
    return 0 if sound else 1


def _state(file: Path, *, needed: bool) -> tuple[str, bool]:
    if not file.exists():
        return (
            (_("missing: restore it from the backup"), False)
            if needed
            else (_("not on this machine: good"), True)
        )
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        return _("others may read it: chmod 600 %s") % file, False
    return _("here, private"), True
