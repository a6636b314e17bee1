"""`conglang edge`: follow a signed network on any machine, and say which machines show what.

Nothing of the portal is imported: an edge is a small program that starts in half a second.
"""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from conglang.cli.data_folder import add_data_option, explain, folder_of
from conglang.cli.words import Trouble, _, say
from conglang.wire import edges
from conglang.wire.status import WORDS, EdgeStatus

_ASKED_AT_ONCE = 16


def main(arguments: Sequence[str]) -> int:
    """0 when it did what was asked and all is well; 1 when something was refused or an edge is in trouble."""
    options = _parser().parse_args(arguments)
    data = folder_of(options.data).root
    try:
        return int(options.run(data, options))
    except edges.BadEdge as bad:
        raise Trouble(str(bad)) from bad
    except OSError as error:
        raise explain(error, data) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="conglang edge", description=_("Machines that readers see."))
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    pull = _action(actions, "pull", _pull, _("verify and apply what was signed, on any machine"))
    pull.add_argument("source", metavar="SOURCE", help=_("the store: a folder or an http(s) address"))
    pull.add_argument("--name", default="1", help=_("which edge of this machine (default: 1)"))
    pull.add_argument("--pin", type=Path, metavar="ROOT", help=_("root.json to trust on the first start"))
    pull.add_argument("--once", action="store_true", help=_("pull once and end, instead of following"))
    pull.add_argument(
        "--accept-expired", action="store_true",
        help=_("begin with a signed state although its timestamp has run out: it may be an old one"),
    )  # fmt: skip
    pull.add_argument("--port", type=int, help=_("answer on this loopback port instead of a socket"))
    pull.add_argument("--socket", help=_("the UNIX socket to answer on"))
    add = _action(actions, "add", _add, _("name an edge, so that the portal asks it what it shows"))
    add.add_argument("name", metavar="NAME")
    add.add_argument("address", metavar="ADDRESS", help=_("http(s)://HOST[:PORT], or the path of a socket"))
    _action(actions, "remove", _remove, _("forget an edge")).add_argument("name", metavar="NAME")
    _action(actions, "list", _list, _("one line for each edge"))
    _action(actions, "status", _status, _("everything an edge says of itself")).add_argument(
        "name", metavar="NAME", nargs="?"
    )
    return parser


def _action(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, run: object, words: str
):  # type: ignore[no-untyped-def]
    parser = actions.add_parser(name, help=words, description=words)
    parser.set_defaults(run=run)
    add_data_option(parser)
    return parser


def _pull(data: Path, options: argparse.Namespace) -> int:
    from conglang.cli.edge_pull import pull

    edges.check_name(options.name)
    return pull(data, options)


def _add(data: Path, options: argparse.Namespace) -> int:
    known = edges.read(data)
    data.mkdir(parents=True, exist_ok=True)
    edges.write(data, {**known, options.name: options.address})
    say(_("%s is known; the portal asks it within seconds.") % options.name)
    return 0


def _remove(data: Path, options: argparse.Namespace) -> int:
    known = edges.read(data)
    if options.name not in known:
        raise Trouble(_("There is no edge “%s”: ./conglang edge list shows those there are.") % options.name)
    edges.write(data, {name: address for name, address in known.items() if name != options.name})
    say(_("%s is forgotten. What runs there goes on.") % options.name)
    return 0


def _list(data: Path, options: argparse.Namespace) -> int:
    answers = _asked(data)
    for name, answer in answers.items():
        say(f"{name:<12} {line_of(answer)}", style="" if is_well(answer) else "red")
    return 0 if all(is_well(answer) for answer in answers.values()) else 1


def _status(data: Path, options: argparse.Namespace) -> int:
    answers = _asked(data, only=options.name)
    for name, answer in answers.items():
        say(f"{name}: {line_of(answer)}", style="bold" if is_well(answer) else "bold red")
        if isinstance(answer, EdgeStatus):
            _tell(answer)
    return 0 if all(is_well(answer) for answer in answers.values()) else 1


def _asked(data: Path, only: str | None = None) -> dict[str, EdgeStatus | str]:
    """Name → report, or why there is none. All are asked at once."""
    known = edges.read(data)
    if only is not None and known and only not in known:
        raise Trouble(_("There is no edge “%s”: ./conglang edge list shows those there are.") % only)
    known = {name: address for name, address in known.items() if only in (None, name)}
    if not known:
        raise Trouble(_("No edge is known here. Name one with ./conglang edge add NAME ADDRESS."))
    with ThreadPoolExecutor(min(len(known), _ASKED_AT_ONCE)) as pool:
        return dict(zip(known, pool.map(ask, known.values()), strict=True))


def ask(address: str) -> EdgeStatus | str:
    """What an edge says of itself, or why it says nothing."""
    try:
        return edges.ask(address)
    except edges.EdgeSilent as silent:
        return str(silent)


def is_well(answer: EdgeStatus | str) -> bool:
    """False for an edge that is silent, stale, in trouble, or shows what it cannot put right."""
    return isinstance(answer, EdgeStatus) and not (answer.stale or answer.trouble or answer.tree.wrong)


def line_of(answer: EdgeStatus | str) -> str:
    """The same in one line of words."""
    if isinstance(answer, str):
        return _("does not answer: %s") % answer
    words = [_("%s sites") % len(answer.sites)]
    words.append(_("stale since %s") % answer.fresh_until if answer.stale else _("fresh"))
    if answer.trouble:
        words.append(_(WORDS[answer.trouble]))
    if answer.tree.wrong:
        words.append(_("%s files are not as signed and could not be put right") % answer.tree.wrong)
    return " · ".join(words)


def _tell(answer: EdgeStatus) -> None:
    tree = answer.tree
    if answer.age is not None:
        say("  " + _("newest signature heard %s s ago") % round(answer.age))
    if tree.looked_at:
        say("  " + _("looked through at %(at)s in %(seconds)s s")
            % {"at": tree.looked_at, "seconds": tree.look_seconds})  # fmt: skip
    if tree.read_at:
        say("  " + _("every byte read by %(at)s: %(files)s files, %(found)s differed")
            % {"at": tree.read_at, "files": tree.read_files, "found": tree.read_found})  # fmt: skip
    if tree.mended:
        say("  " + _("put right since it started: %s") % tree.mended, style="yellow")
    for site, shown in sorted(answer.sites.items()):
        say(f"  {site:<24} {shown.edition:>6}  {shown.at}  {shown.manifest[:12]}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
