"""`conglang edge pull`: verify, apply, and say in one sentence what was done or why it was refused."""

import argparse
import logging
import re
import sys
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from conglang.cli.words import Trouble, _, say
from conglang.edge.__main__ import NotARoot, follow, pin_root
from conglang.edge.folder import EdgeFolder, FolderBusy
from conglang.edge.puller import Puller
from conglang.edge.source import Source
from conglang.wire.status import WORDS


def pull(data: Path, options: argparse.Namespace) -> int:
    """Pull into DATA/edge/NAME. `--once`: 0 when all that is signed is shown, 1 when something was refused."""
    _check_source(options.source)
    options.data = str(data)
    folder = EdgeFolder(data / "edge" / options.name)
    if options.pin and not options.pin.is_file():
        raise Trouble(_("%s is not there: --pin names the root.json of the network.") % options.pin)
    offered = options.pin or data / "keys" / "root.json"
    try:
        pinned = pin_root(folder.root, offered)
    except NotARoot as wrong:
        raise Trouble(
            _("%s is not the root.json of a network. Nothing was pinned; give the right file with --pin.")
            % offered
        ) from wrong
    if pinned and options.pin and options.pin.read_bytes() != (folder.root / "root.json").read_bytes():
        say(
            _("This edge goes on with the root it was given first, %s; --pin names another.")
            % (folder.root / "root.json")
        )
    if not pinned:
        raise Trouble(
            _("This edge does not know whom to trust: give it the root.json of the network with --pin.")
        )
    try:
        with folder.alone():
            return _once(folder, options) if options.once else _follow(folder, options)
    except FolderBusy as busy:
        raise Trouble(
            _("Another process already pulls into %s. Stop it first, or use another --name.") % folder.root
        ) from busy


def _check_source(source: str) -> None:
    """Trouble for what can never be a store, said before anything is pinned to it."""
    far = "://" in source or source.startswith(("http:", "https:"))
    if not (_is_address(source) if far else source):
        raise Trouble(
            _("“%s” is no store: write its folder, or its address as http(s)://host[:port]/path.") % source
        )


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return sound and not re.search(r"[\s?#]", text)


def _once(folder: EdgeFolder, options: argparse.Namespace) -> int:
    puller = Puller(folder, Source(options.source), accept_expired=options.accept_expired)
    count = puller.pull()
    _say_outcome(puller, count)
    tree = puller.look()
    if tree.mended:
        say(_("Put right since it started: %s files or folders that were not as signed.") % tree.mended)
    return 1 if puller.health.trouble or tree.wrong else 0


def _follow(folder: EdgeFolder, options: argparse.Namespace) -> int:
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s edge %(levelname)s %(message)s", stream=sys.stderr
    )
    said = [""]

    def tell(puller: Puller, count: int) -> None:
        if count or puller.health.trouble != said[0]:
            said[0] = puller.health.trouble
            _say_outcome(puller, count)

    say(_("Following %s; Ctrl-C stops it, readers go on seeing what is there.") % options.source)
    follow(folder, options.source, options, tell=tell)
    return 0


def _say_outcome(puller: Puller, count: int) -> None:
    at = datetime.now().strftime("%H:%M:%S")
    sites = len(puller.folder.applied().sites)
    if puller.health.trouble:
        words = {"at": at, "why": _(WORDS[puller.health.kind]), "detail": puller.health.trouble}
        say(_("%(at)s  Refused: %(why)s (%(detail)s).") % words, style="red")
    if count:
        say(_("%(at)s  Verified and applied: %(count)s sites changed, %(sites)s are shown.")
            % {"at": at, "count": count, "sites": sites})  # fmt: skip
    elif not puller.health.trouble:
        say(_("%(at)s  Verified: nothing new, %(sites)s sites are shown.") % {"at": at, "sites": sites})
