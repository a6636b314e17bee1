"""`conglang COMMAND …`: find the command's module and run its `main`.

Every command is a module of this package with `main(arguments) -> exit status`. Nothing else is imported here, so that
`up` on a prepared network is not held up by Django.
"""

import sys
from collections.abc import Sequence
from importlib import import_module

from conglang.cli.translations import compile_changed

COMMANDS = (
    "up", "test", "check", "bench", "doctor", "manage", "backup", "restore", "keys", "state", "edge", "verify",
    "audit",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status. Troubles the user can mend become one sentence and status 1."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    compile_changed()
    from conglang.cli.words import Trouble, _, say

    if not given or given[0] in ("-h", "--help", "help"):
        say(_usage())
        return 0 if given else 2
    if given[0] not in COMMANDS:
        say(_("There is no command “%s”.") % given[0], style="bold red")
        say(_usage())
        return 2
    try:
        return int(import_module(f"conglang.cli.{given[0]}").main(given[1:]) or 0)
    except Trouble as trouble:
        say(str(trouble), style="bold red")
        return 1
    except KeyboardInterrupt:
        return 130


def _usage() -> str:
    from conglang.cli.words import _

    meanings = {
        "up": _("start the whole network and keep it running; Ctrl-C stops it"),
        "test": _("run the tests: the quick ones first, then the rest"),
        "check": _("judge the code without running it"),
        "bench": _("measure what we claim about speed"),
        "doctor": _("say what is well and what is not"),
        "manage": _("run a management command of Django"),
        "backup": _("write the whole network into one file"),
        "restore": _("bring a network back from such a file"),
        "state": _("announce something on all sites at once"),
        "edge": _("follow the signed network on any machine, and say which machines show what"),
        "verify": _("compare what hosts answer with what was signed; needs only the root file"),
        "audit": _("verify, hand out and keep the record of who did what"),
        "keys": _("show the signing keys, replace them, hold the ceremony of the off-line keys"),
    }
    lines = [f"  {name:<9}{meanings[name]}" for name in COMMANDS]
    return "\n".join([_("Usage: ./conglang COMMAND [options]"), "", *lines])


if __name__ == "__main__":
    sys.exit(main())
