"""`conglang verify HOST…`: is what readers get what was signed? For anyone, on any machine, with only the root file."""

import argparse
import json
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from conglang.cli.words import Trouble, _, console, say
from conglang.edge.chain import ChainBroken, NotThere, is_root
from conglang.edge.memory import Memory
from conglang.edge.served import Place, Unreachable, parse_place
from conglang.edge.verify import Result, Verifier

SHOWN_OF_A_HOST = 10


def main(arguments: Sequence[str]) -> int:
    """0 when every host answers exactly what was signed, and lately; 1 otherwise; 130 after Ctrl-C."""
    options = _parser().parse_args(arguments)
    stop = threading.Event()
    file = options.root
    if not file.is_file():
        raise Trouble(_("%s is not there: --root names the root.json of the network.") % file)
    memory = Memory(file.with_name(f"{file.stem}.seen.json"))
    allowed = frozenset(name.lower() for name in options.allow_header)
    if options.ca and not Path(options.ca).is_file():
        raise Trouble(_("%s is not there: --ca names a file of certificates.") % options.ca)
    if not is_root(file.read_bytes()):
        raise Trouble(
            _("%s is no root.json of a network: copy it from keys/ of the machine that signs.") % file
        )
    verifier = Verifier(file.read_bytes(), memory, allowed=allowed, stop=stop, slowly=options.slowly)
    places = _places(options, verifier)
    done = _done(options.progress)
    waiting = [place for place in places if place.host not in done]
    round_ = _Round(options, len(places), len(places) - len(waiting))
    try:
        for result in _results(verifier, waiting, options.jobs, stop):
            round_.take(result)
    except KeyboardInterrupt:
        return round_.stopped()
    finally:
        memory.save()
    return round_.ended()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="conglang verify", description=_("Compare what hosts answer with what was signed.")
    )
    parser.add_argument(
        "hosts", nargs="*", metavar="HOST", help=_("host, host:port or http(s)://host[:port]")
    )
    parser.add_argument(
        "--root", type=Path, default=Path("root.json"), help=_("the root.json of the network")
    )
    parser.add_argument("--all", action="store_true", help=_("every host of the signed list"))
    parser.add_argument(
        "--connect", default="", metavar="ADDRESS:PORT", help=_("ask this machine for all hosts")
    )
    parser.add_argument("--ca", metavar="FILE", help=_("certificates to trust instead of the system's"))
    parser.add_argument("--jobs", type=int, default=4, metavar="N", help=_("hosts at a time (default: 4)"))
    parser.add_argument("--progress", type=Path, metavar="FILE",
                        help=_("note finished hosts here; run again with it to go on"))  # fmt: skip
    parser.add_argument("--allow-header", action="append", default=[], metavar="NAME",
                        help=_("a header that a machine in front may add"))  # fmt: skip
    parser.add_argument("--slowly", action="store_true",
                        help=_("with the pauses of a reader, so that it is not told by its pace"))  # fmt: skip
    parser.add_argument("--json", action="store_true", help=_("one JSON object for each host, then the sum"))
    return parser


def _places(options: argparse.Namespace, verifier: Verifier) -> list[Place]:
    """The hosts to be asked. Raises Trouble when there is none, or the list cannot be had."""
    named = options.hosts or ([options.connect] if options.all and options.connect else [])
    if not named:
        raise Trouble(_("Name a host, or --all with a host or --connect ADDRESS:PORT."))
    try:
        places = [parse_place(text, machine=options.connect, ca=options.ca) for text in named]
    except ValueError as bad:
        raise Trouble(_("“%s” is no address: write host, host:port or http(s)://host[:port].") % bad) from bad
    if not options.all:
        return places
    first = (
        places[0]
        if options.hosts
        else Place(places[0].host, places[0].scheme, 0, places[0].machine, options.ca)
    )
    try:
        return [first.sibling(host) for host in verifier.hosts(first)]
    except (ChainBroken, NotThere, Unreachable) as error:
        raise Trouble(
            _("%(host)s gives no list of hosts signed by this network: %(why)s")
            % {"host": first.name, "why": error}
        ) from error


def _results(
    verifier: Verifier, places: Sequence[Place], jobs: int, stop: threading.Event
) -> Iterator[Result]:
    with ThreadPoolExecutor(max(1, jobs)) as pool:
        futures: list[Future[Result]] = [pool.submit(verifier.host, place) for place in places]
        try:
            for future in as_completed(futures):
                yield future.result()
                futures.remove(future)
        finally:
            stop.set() if any(not future.done() for future in futures) else None
            pool.shutdown(cancel_futures=True)


def _done(progress: Path | None) -> set[str]:
    """Hosts that an earlier run with this file found normal."""
    if progress is None or not progress.exists():
        return set()
    done = set()
    for line in progress.read_text().splitlines():
        with suppress(ValueError, KeyError):  # the last line of a run that was killed
            found = json.loads(line)
            done |= {str(found["host"])} if found["normal"] else set()
    return done


class _Round:
    """Says what was found, as it is found, and the sum."""

    def __init__(self, options: argparse.Namespace, total: int, before: int) -> None:
        self._json, self._progress = options.json, options.progress
        self._total, self._seen, self._normal, self._stale = total, before, before, 0
        self._paths = self._requests = self._silent = 0
        self._connect = bool(options.connect)

    def take(self, result: Result) -> None:
        self._seen += 1
        self._normal += not result.differences
        self._stale += result.stale
        self._silent += any(one.what == "answer" and not one.path for one in result.differences)
        self._paths += result.paths
        self._requests += result.requests
        if self._progress:
            with self._progress.open("a") as file:
                file.write(
                    json.dumps({"host": result.host, "normal": result.normal, "at": str(result.at)}) + "\n"
                )
        if self._json:
            print(json.dumps(_plain(result), ensure_ascii=False), flush=True)
        else:
            _tell(result)
            _tell_mended(result)
            self._bar()

    def ended(self) -> int:
        self._bar(clear=True)
        at = datetime.now().strftime("%H:%M:%S")
        sums = {"normal": self._normal, "total": self._total, "at": at}
        well = self._normal == self._total and not self._stale
        if self._json:
            print(
                json.dumps({**sums, "stale": self._stale, "paths": self._paths, "requests": self._requests})
            )
        elif self._normal < self._total:
            say(
                _("%(normal)s/%(total)s sites are as signed, at %(at)s. The others are listed above.") % sums,
                "bold red",
            )
            if self._silent and not self._connect:
                say(_("Where a name does not lead here yet, name the machine: --connect ADDRESS:PORT."))
        elif self._stale:
            say(_("%(normal)s/%(total)s sites are as signed, but the signature is past its end: perhaps not the newest "
                  "(at %(at)s).") % sums, "bold yellow")  # fmt: skip
        else:
            say(_("%(normal)s/%(total)s sites are normal, at %(at)s") % sums, "bold green")
        return 0 if well else 1

    def stopped(self) -> int:
        self._bar(clear=True)
        words = {"seen": self._seen, "total": self._total, "normal": self._normal}
        say(_("Stopped: %(seen)s of %(total)s looked at, %(normal)s as signed.") % words)
        if self._progress:
            say(_("Run the same command again to go on with the others."))
        return 130

    def _bar(self, *, clear: bool = False) -> None:
        if console.is_terminal and not self._json:
            sys.stderr.write("\r\033[K" + ("" if clear else f"{self._seen}/{self._total} "))
            sys.stderr.flush()


def _tell(result: Result) -> None:
    for one in result.differences[:SHOWN_OF_A_HOST]:
        asked = f" ({one.encoding})" if one.encoding not in ("", "identity") else ""
        say(f"{result.host}{one.path}  {_WHAT.get(one.what, one.what)}{asked}", "red")
        if one.expected:
            say("    " + _("expected: %s") % one.expected)
        say("    " + _("seen: %s") % (one.seen or "–"))
    if len(result.differences) > SHOWN_OF_A_HOST:
        say("    " + _("and %s more on this host") % (len(result.differences) - SHOWN_OF_A_HOST))


def _tell_mended(result: Result) -> None:
    for one in result.mended[:SHOWN_OF_A_HOST]:
        said = _("was not as signed a moment ago (%s) and is again: find out who could change it")
        say(f"{result.host}{one.path}  " + said % _WHAT.get(one.what, one.what), "yellow")


_WHAT = {
    "status": _("other status"),
    "body": _("other content"),
    "edition": _("not the newest edition"),
    "older": _("older than what was seen before"),
    "signature": _("not answered by this network: no valid signature"),
    "unsigned": _("shows no signature at all: another program answers under this name"),
    "unlisted": _("this network has no site under this name: is it written right?"),
    "answer": _("no answer"),
}


def _plain(result: Result) -> dict[str, object]:
    return {
        "host": result.host, "site": result.site, "edition": result.edition, "shared": result.shared,
        "normal": result.normal, "stale": result.stale, "paths": result.paths, "requests": result.requests,
        "at": result.at.isoformat(),
        "fresh_until": result.fresh_until and result.fresh_until.isoformat(),
        "differences": [vars(one) for one in result.differences],
        "mended": [vars(one) for one in result.mended],
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
