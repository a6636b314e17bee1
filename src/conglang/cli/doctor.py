"""`conglang doctor`: what is well and what is not, each with what to do. Changes nothing."""

import argparse
import json
import os
import platform
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from conglang.cli import edge
from conglang.cli.accounts import SIGNER, owner_of, signer_account_possible
from conglang.cli.asking import ask_port, ask_socket, edge_status
from conglang.cli.data_folder import SPACE_TO_GO_ON, add_data_option
from conglang.cli.installation import Installation, remembered
from conglang.cli.journal import Journal
from conglang.cli.key_report import account_words
from conglang.cli.postgres import PROGRAMS
from conglang.cli.programs import bulk_names
from conglang.cli.supervisor import recorded
from conglang.cli.words import Trouble, _, say
from conglang.wire import edges
from conglang.wire.checkpoint import read as read_checkpoint
from conglang.wire.release import SignerClient, SignerUnavailable

SILENCE = 30.0  # seconds without a word of the clock
UNSIGNED = 2 * 3600.0  # seconds: once an hour the audit record is signed in any case


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `advice` is empty when it is well."""

    what: str
    words: str
    advice: str = ""


def main(arguments: Sequence[str]) -> int:
    """Print the findings; 0 when all is well, 1 otherwise."""
    parser = argparse.ArgumentParser(
        prog="conglang doctor", description=_("Say what is well and what is not.")
    )
    add_data_option(parser)
    options = parser.parse_args(arguments)
    findings = list(_machine())
    try:
        installation = remembered(options.data)
    except Trouble as none_yet:
        say(str(none_yet))
        if options.data:  # named, so it was expected there
            return 1
    else:
        findings += _folder(installation)
        findings += _programs(installation)
        findings += _edges(installation.data.root)
    for finding in findings:
        mark = "✗" if finding.advice else "✓"
        say(f"{mark} {finding.what}: {finding.words}", style="red" if finding.advice else "")
        if finding.advice:
            say(f"    → {finding.advice}")
    return 1 if any(finding.advice for finding in findings) else 0


def _machine() -> Iterator[Finding]:
    yield Finding("Python", platform.python_version())
    there = (PROGRAMS / "postgres").exists()
    yield Finding(
        "PostgreSQL", str(PROGRAMS), "" if there else _("The wheel is not installed: run ./conglang again.")
    )
    tools = [name for name in ("chromium", "java", "nginx", "strace") if shutil.which(name) is None]
    yield Finding(_("Tools for all tests"), _("missing: %s (only their tests are skipped)") % ", ".join(tools)
                  if tools else _("all there"))  # fmt: skip


def _folder(installation: Installation) -> Iterator[Finding]:
    data = installation.data
    free = shutil.disk_usage(data.root).free
    yield Finding(_("Disk"), f"{free // 2**20} MB", "" if free > SPACE_TO_GO_ON else _("Free some space."))
    for folder in (data.keys, data.spool):
        mode = stat.S_IMODE(folder.stat().st_mode) if folder.exists() else 0o700
        yield Finding(str(folder), oct(mode)[2:], "" if not mode & 0o077 else f"chmod 700 {folder}")
    if os.access(data.keys, os.R_OK):
        own = owner_of(data.keys) == SIGNER or not signer_account_possible()
        yield Finding(
            _("Keys"), account_words(data), "" if own else _("Start it once with ./conglang up as root.")
        )
    prepared = Journal(data).get("prepared")
    yield Finding(_("Preparation"), _("complete") if prepared else _("not complete"),
                  "" if prepared else _("./conglang up carries on with it."))  # fmt: skip


def _programs(installation: Installation) -> Iterator[Finding]:
    data, origin = installation.data, installation.origin
    alive = recorded(data.run)
    if not alive:
        yield Finding(_("Network"), _("not running (./conglang up starts it)"))
        return
    questions: dict[str, Callable[[], object]] = {
        "postgresql": installation.cluster.answers,
        "signer": lambda: _signer_answers(installation),
        "edge": lambda: edge_status(data.run / "edge.sock"),
        "portal": lambda: ask_socket(data.run / "portal.sock", "/_/health")[0] == 200,
        **{name: partial(alive.__contains__, name) for name in ("worker", *bulk_names())},
        "caddy": lambda: ask_port(origin.port, origin.domain, "/")[0] == 200,
    }
    for name, answers in questions.items():
        if name == "postgresql" and not installation.embedded:
            continue
        well = name in alive and bool(answers())
        memory = f"{alive[name].memory_info().rss // 2**20} MB" if name in alive else ""
        yield Finding(
            name, memory or _("not running"), "" if well else _("See %s.") % (data.logs / f"{name}.log")
        )
    if "postgresql" in alive or not installation.embedded:
        yield _publishing(installation)
    yield _scheduler(data.spool / "moments.json", time.time())
    yield audit_record(data.root, time.time())
    yield _name_lookup(origin.domain)


def _edges(data: Path) -> Iterator[Finding]:
    """Every registered edge, also those on other machines; a silent one costs two seconds."""
    try:
        known = edges.read(data)
    except edges.BadEdge as bad:
        yield Finding(edges.FILE, str(bad), _("See %s.") % "./conglang edge add --help")
        return
    for name, address in known.items():
        answer = edge.ask(address)
        advice = "" if edge.is_well(answer) else _("See %s.") % f"./conglang edge status {name}"
        yield Finding(f"edge {name}", edge.line_of(answer), advice)


def _scheduler(pulse: Path, now: float) -> Finding:
    """The clock in the worker writes this file every five seconds, with what is late."""
    what = _("Scheduled publishing")
    try:
        facts = json.loads(pulse.read_text())
        silent, overdue, failed = now - facts["at"], int(facts["overdue"]), int(facts["failed"])
    except (OSError, ValueError, KeyError, TypeError):
        return Finding(what, _("not running"), _("See %s.") % "logs/worker.log")
    if silent > SILENCE:
        return Finding(what, _("not heard for %d s") % silent, _("See %s.") % "logs/worker.log")
    if overdue:
        words = _("%d overdue, %d of them set aside") % (overdue, failed)
        return Finding(
            what, words, _("Open “Lịch công bố” on the desk: it says why, and has a button to try again.")
        )
    return Finding(what, _("punctual; the latest of a day %s s") % f"{facts['worst']:.1f}")


def audit_record(data: Path, now: float) -> Finding:
    """How long ago the audit record was signed last, and whether it is the one that was."""
    what = _("Audit record")
    advice = _(
        "See logs/worker.log and logs/signer.log; the key «audit» may still have to be signed for (keys show)."
    )
    try:
        trouble = str(json.loads((data / "spool" / "audit.json").read_bytes())["trouble"])
    except (OSError, ValueError, KeyError, TypeError):
        trouble = ""
    if trouble and trouble != "signer":
        words = _("It is not the record that was signed: %s") % trouble
        return Finding(
            what, words, _("Run ./conglang audit verify, change nothing, and call whoever is on watch.")
        )
    try:
        last = read_checkpoint((data / "store" / "repo" / "audit" / "latest.json").read_bytes())
    except (OSError, ValueError):
        return Finding(what, _("not signed yet"), advice)
    told = {"at": last.at.astimezone().strftime("%H:%M, %d/%m/%Y"), "number": last.head.number}
    words = _("Last signed %(at)s, up to entry %(number)d") % told
    return Finding(what, words, advice if now - last.at.timestamp() > UNSIGNED else "")


def _publishing(installation: Installation) -> Finding:
    """What was set aside because it cannot be made, and sites held back because so much fails."""
    asked = subprocess.run(
        [sys.executable, "-m", "django", "publishing_trouble", "--json"],
        env={**os.environ, **installation.environment()}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    try:
        told = json.loads(asked.stdout)
    except ValueError:
        return Finding(_("Publishing"), _("cannot be asked"), asked.stderr.strip().rpartition("\n")[2] or "?")
    if not told["failures"]:
        return Finding(_("Publishing"), _("nothing is set aside"))
    first = told["failures"][0]
    words = _("%(count)d things fail, first %(what)s: %(error)s") % {
        "count": len(told["failures"]), "what": f"{first['site']} {first['what']}", "error": first["error"][:200],
    }  # fmt: skip
    if told["held"]:
        words += " · " + _("held back: %s") % ", ".join(told["held"])
    return Finding(
        _("Publishing"), words, _("Mend the cause, then: ./conglang manage publishing_trouble --retry")
    )


def _signer_answers(installation: Installation) -> bool:
    try:
        return bool(SignerClient(installation.data.signer_socket).ping())
    except SignerUnavailable:
        return False


def _name_lookup(domain: str) -> Finding:
    """Browsers know *.localhost by themselves; other programs on Debian ask the resolver, which does not."""
    try:
        return Finding(domain, socket.gethostbyname(domain))
    except OSError:
        return Finding(
            domain, _("only browsers and curl know this name; others need 127.0.0.1 and a Host header")
        )
