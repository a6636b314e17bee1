"""`conglang state set|clear|show|history`: announce something on all sites at once, also with everything else down.

The signer signs when it answers; with `--key FILE` a duty person signs in its place. Portal and database are not asked.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conglang.cli import duty as duty_command
from conglang.cli.data_folder import DataFolder, add_data_option, folder_of
from conglang.cli.journal import Journal
from conglang.cli.moments import NoMoment, moment
from conglang.cli.state_view import levels, lines, live_states, motifs, record
from conglang.cli.words import Trouble, _, say
from conglang.signer import duty, keys
from conglang.signer.state_desk import StateDesk
from conglang.wire.envelope import EnvelopeError, peek
from conglang.wire.release import (
    Authority,
    AuthorityKind,
    SignerClient,
    SignerUnavailable,
    StateAnswer,
    StateRequest,
)
from conglang.wire.state import Banner, Downtime, Festive, Live, Mourning, State, StateError
from conglang.wire.state_record import history

LEVELS = {"khan-cap": "emergency", "quan-trong": "important", "thong-tin": "information"}
PARTS = ("banner", "live", "mourning", "festive", "downtime")


def main(arguments: Sequence[str]) -> int:
    """0 when it is signed or shown, 1 when it was not confirmed. Raises Trouble with what to do."""
    options = _parser().parse_args(arguments)
    data = folder_of(options.data)
    if not data.store.is_dir():
        raise Trouble(_("%s holds no network: name its data folder with --data.") % data.root)
    if options.action == "history":
        for one in history(data.root):
            say(record(one))
        return 0
    desk = StateDesk(data.root, network=_network(data))
    now = datetime.now(UTC).replace(microsecond=0)
    state, version = _held(desk, now)
    if options.action == "show":
        for line in lines(state, now):
            say(line)
        return 0
    changed = _set(state, options, now) if options.action == "set" else _clear(state, options)
    return _announce(desk, data, options, changed, version, now)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="conglang state", description=_("Announce something on all sites at once.")
    )
    add_data_option(parser)
    actions = parser.add_subparsers(dest="action", required=True)
    showing = actions.add_parser("show", help=_("what is announced now"))
    telling = actions.add_parser("history", help=_("who announced what and when"))
    setting = actions.add_parser("set", help=_("announce something"))
    setting.add_argument("part", nargs="?", choices=PARTS)
    for name in ("level", "title", "text", "link", "from", "until", "status", "motif"):
        setting.add_argument(f"--{name}", metavar=name.upper(), dest="begins" if name == "from" else name)
    clearing = actions.add_parser("clear", help=_("end something"))
    clearing.add_argument("part", nargs="?", choices=(*PARTS, "all"), default="all")
    clearing.add_argument("--number", type=int, help=_("which banner, as shown; without it all"))
    for one in (showing, telling, setting, clearing):
        add_data_option(one, again=True)
    for one in (setting, clearing):
        one.add_argument("--people", help=_("the two people who stand for it, with a comma between"))
        one.add_argument("--cause", default="", help=_("why, for the record"))
        one.add_argument(
            "--key", type=Path, metavar="FILE", help=_("sign with this duty key, without the signer")
        )
        one.add_argument("--yes", action="store_true", help=_("do not ask, for scripts"))
    return parser


def _network(data: DataFolder) -> Path | None:
    named = Journal(data).read().get("network")
    return Path(str(named)) if named else None


def _held(desk: StateDesk, now: datetime) -> tuple[State, int]:
    """What is said now and its version. Damage is no reason to keep silent: it counts as nothing said."""
    try:
        return peek(desk.file.read_bytes())
    except FileNotFoundError:
        return State(now), 0
    except EnvelopeError:
        say(_("The file of the announcements is damaged: it is written anew."), style="yellow")
        return State(now), 0


# what is asked


def _set(state: State, options: argparse.Namespace, now: datetime) -> State:
    part = options.part or _choose(
        _("What is to be announced?"), {name: _part_names()[name] for name in PARTS}, options
    )
    if part == "banner":
        level = _one_of(_("How urgent?"), LEVELS.get(options.level, options.level), levels(), options)
        title = options.title or _ask(_("Title"), options)
        text = (
            options.text
            if options.text is not None
            else _ask(_("Text, one paragraph"), options, needed=False)
        )
        begins, ends = _times(options, now)
        banner = Banner(level, title, text, begins, ends, options.link or "")
        kept = tuple(one for one in state.banners if one.valid_until > now)
        return replace(state, banners=(*kept, banner))
    if part == "live":
        title = options.title or _ask(_("Title"), options)
        status = _one_of(_("Where does it stand?"), options.status, live_states(), options)
        begins, ends = _times(options, now)
        return replace(state, live=Live(title, status, begins, ends, options.link or ""))
    if part == "festive":
        motif = _one_of(_("Which drawing?"), options.motif, motifs(), options)
        text = options.text or _ask(_("Text"), options)
        return replace(state, festive=Festive(motif, text, *_times(options, now)))
    if part == "downtime":
        text = options.text or _ask(_("Text, one paragraph"), options)
        return replace(state, downtime=Downtime(text, *_times(options, now)))
    return replace(state, mourning=Mourning(*_times(options, now)))


def _part_names() -> dict[str, str]:
    return {
        "banner": _("a banner"), "live": _("a live event"), "mourning": _("mourning: everything grey"),
        "festive": _("a festive strip"), "downtime": _("planned downtime"),
    }  # fmt: skip


def _clear(state: State, options: argparse.Namespace) -> State:
    if options.part == "all":
        return State(state.at)
    if options.part != "banner":
        nothing: dict[str, Any] = {options.part: None}
        return replace(state, **nothing)
    if options.number is None:
        return replace(state, banners=())
    if not 0 < options.number <= len(state.banners):
        raise Trouble(_("There is no banner %s: ./conglang state show numbers them.") % options.number)
    return replace(state, banners=state.banners[: options.number - 1] + state.banners[options.number :])


def _times(options: argparse.Namespace, now: datetime) -> tuple[datetime, datetime]:
    begins = _moment(options.begins, now) if options.begins else now
    return begins, _moment(
        options.until or _ask(_("Until when? (18:00, 26/11/2026 18:00, +6h)"), options), now
    )


def _moment(words: str, now: datetime) -> datetime:
    try:
        return moment(words, now=now)
    except NoMoment as error:
        raise Trouble(
            _("«%s» is not a time: write 18:00, 26/11/2026 18:00, +6h or +2d. Nothing was announced.") % words
        ) from error


def _ask(question: str, options: argparse.Namespace, *, needed: bool = True) -> str:
    if options.yes or not sys.stdin.isatty():
        if needed:
            raise Trouble(_("«%s» is missing: give it as an option. Nothing was announced.") % question)
        return ""
    while not (found := input(f"{question}: ").strip()) and needed:
        continue
    return found


def _one_of(question: str, given: str | None, choices: dict[str, str], options: argparse.Namespace) -> str:
    """What was given or is chosen now, when it is one of the choices; else Trouble names them."""
    found = given or _choose(question, choices, options)
    if found not in choices:
        typed = {english: vietnamese for vietnamese, english in LEVELS.items()}
        names = ", ".join(typed.get(name, name) for name in choices)
        told = _("«%(given)s» is none of these: %(names)s. Nothing was announced.")
        raise Trouble(told % {"given": found, "names": names})
    return found


def _choose(question: str, choices: dict[str, str], options: argparse.Namespace) -> str:
    if sys.stdin.isatty() and not options.yes:
        for number, words in enumerate(choices.values(), 1):
            say(f"  {number}. {words}")
    found = _ask(question, options)
    names = list(choices)
    return names[int(found) - 1] if found.isdigit() and 0 < int(found) <= len(names) else found


# how it is done


def _announce(
    desk: StateDesk, data: DataFolder, options: argparse.Namespace, state: State, version: int, now: datetime
) -> int:
    people = tuple(one.strip() for one in (options.people or "").split(",") if one.strip())
    if not people:
        people = tuple(one.strip() for one in _ask(_("The two people who stand for it"), options).split(","))
    demo = len(people) < 2 and keys.is_demo(data.keys)
    authority = Authority(AuthorityKind.DEMO if demo else AuthorityKind.CITY_EMERGENCY, people, now)
    say(_("All sites will show:"), style="bold")
    for line in lines(state, now):
        say(f"  {line}")
    if not options.yes and not _confirmed():
        say(_("Nothing was announced."))
        return 1
    request = StateRequest(state, authority, options.cause, version or None)
    try:
        answer = _by_hand(desk, options.key, request) if options.key else _by_signer(data, request)
    except StateError as error:
        raise Trouble(_("Nothing was announced. %s") % error.said(_)) from error
    say(_("Signed, version %s. Edges show it within a second.") % answer.version, style="bold green")
    return 0


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        raise Trouble(_("Nobody can be asked here: add --yes. Nothing was announced."))
    return input(_("Announce it? (yes/no) ")).strip().lower() in ("y", "yes", "c", "có", "co")


def _by_signer(data: DataFolder, request: StateRequest) -> StateAnswer:
    try:
        answer = SignerClient(data.signer_socket, connect_timeout=1.0, answer_timeout=10.0).state(request)
    except SignerUnavailable as error:
        raise Trouble(
            _("The signer does not answer. Nothing was announced: sign with your duty key (--key FILE).")
        ) from error
    if isinstance(answer, StateError):
        raise answer
    return answer


def _by_hand(desk: StateDesk, file: Path, request: StateRequest) -> StateAnswer:
    try:
        signer = duty.load(file, duty_command.passphrase())
        return desk.publish(request, signer, signed_by=file.stem)
    except duty.DutyError as error:
        raise Trouble(duty_command.why(error.reason)) from error
    except FileNotFoundError as error:
        raise Trouble(_("There is no signed network in this folder: name it with --data.")) from error
