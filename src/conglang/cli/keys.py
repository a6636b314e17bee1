"""`conglang keys`: which signing keys this network has, who may read them, and how each of them is replaced.

On-line keys are the signer's; off-line keys belong to people who keep them away from this machine and meet for a
ceremony (docs/runbooks/signer.md).
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from conglang.cli import key_ceremony, key_changes
from conglang.cli.data_folder import DataFolder, add_data_option, explain, folder_of
from conglang.cli.key_report import show
from conglang.cli.words import Trouble, _
from conglang.signer import keys

REPLACEABLE = (*keys.ONLINE, *keys.OFFLINE)


def main(arguments: Sequence[str]) -> int:
    """0 when what was asked for is done (for `show`: when every key that signs is there and private), else 1."""
    if arguments[:1] == ["duty"]:
        from conglang.cli import duty

        return duty.main(arguments[1:])
    if arguments[:1] == ["permit"]:
        from conglang.cli import permit

        return permit.main(arguments[1:])
    options = _parser().parse_args(arguments)
    data = folder_of(options.data)
    try:
        return _run(options, data)
    except keys.KeysIncomplete as error:
        raise Trouble(str(error)) from error
    except OSError as error:
        raise explain(error, Path(error.filename or data.keys)) from error


def _run(options: argparse.Namespace, folder: DataFolder) -> int:
    match options.action:
        case "create":
            folder.create()
            keys.create(folder.keys)
            return show(folder)
        case "rotate" | "revoke":
            return key_changes.replace(folder, options.name, revoked=options.action == "revoke")
        case "request":
            return key_ceremony.request(folder, options.file, replace=options.replace, renew=options.renew)
        case "sign":
            return key_ceremony.sign(options.file, options.offline, new=options.new, agreed=options.yes)
        case "install":
            return key_ceremony.install(folder, options.file)
        case "export-offline":
            return key_ceremony.export(folder, options.folder)
        case _:
            return show(folder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="conglang keys", description=_("Show and replace the signing keys.")
    )
    add_data_option(parser)
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    add_data_option(shared)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")

    def action(name: str, meaning: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=meaning, description=meaning, parents=[shared])

    action("show", _("say which keys are here, who may read them, until when the root is valid"))
    action("create", _("make the keys of a new network"))
    _name(action("rotate", _("replace a key by a new one")))
    _name(action("revoke", _("replace a key others may know: the old one is refused from then on")))
    request = action("request", _("write what the off-line keys must sign into one small file"))
    request.add_argument("file", type=Path)
    request.add_argument("--replace", action="append", default=[], choices=keys.OFFLINE,
                         help=_("an off-line key that gets a successor; its holder makes it"))  # fmt: skip
    request.add_argument(
        "--renew", action="store_true", help=_("sign for another year though nothing changed")
    )
    sign = action("sign", _("on the machine with off-line keys: add their signatures to that file"))
    sign.add_argument("file", type=Path)
    sign.add_argument(
        "--offline", type=Path, required=True, metavar="DIR", help=_("the folder with the off-line keys")
    )
    sign.add_argument("--new", choices=keys.OFFLINE, help=_("first make this key's successor here"))
    sign.add_argument("--yes", action="store_true", help=_("do not ask before signing"))
    action("install", _("check the signed file and put it in force")).add_argument("file", type=Path)
    action("export-offline", _("move the off-line keys of a development network away")).add_argument(
        "folder", type=Path, metavar="DIR"
    )
    return parser


def _name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", choices=REPLACEABLE, metavar="NAME", help=", ".join(REPLACEABLE))
