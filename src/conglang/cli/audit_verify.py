"""`conglang audit verify`: is the audit record the one that was written and signed? Says in words where it is not."""

import argparse
import json
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import psycopg

from conglang.cli import audit_sources as sources
from conglang.cli.data_folder import DataFolder, add_data_option
from conglang.cli.installation import database_of, remembered
from conglang.cli.words import Trouble, _, say
from conglang.wire import durable
from conglang.wire.audit import Head
from conglang.wire.audit_walk import Fault, Found, Signed, Walk, signed_of
from conglang.wire.checkpoint import head_from_json, head_to_json

NOTED_EVERY = 20  # batches


def main(arguments: Sequence[str]) -> int:
    """0 when every entry is as written and signed, 1 otherwise."""
    options = _parser().parse_args(arguments)
    if options.file:
        if not options.root:
            raise Trouble(_("A file is verified with --root and the root.json that was given out by hand."))
        return _file(options)
    return _database(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="conglang audit verify", description=_("Verify the audit record entry by entry.")
    )
    parser.add_argument("--checkpoints", type=Path, action="append", default=[], metavar="PLACE",
                        help=_("checkpoints kept elsewhere: a file or a folder, may be repeated"))  # fmt: skip
    parser.add_argument("--root", type=Path, metavar="FILE", help=_("the root.json of the network"))
    parser.add_argument("--file", type=Path, metavar="FILE",
                        help=_("verify a file that was handed out instead of the database"))  # fmt: skip
    parser.add_argument("--progress", type=Path, metavar="FILE",
                        help=_("note here how far it came; run again with it to go on from there"))  # fmt: skip
    add_data_option(parser)
    return parser


def _signed(places: Sequence[Path], roots: Sequence[Path], root: Path) -> Signed:
    """What was signed, as told; lines that nobody of this network signed are counted aloud and left out."""
    lines, lists = sources.checkpoint_files(places)
    checkpoints, foreign = sources.read_checkpoints(lines, lists, roots, root)
    if foreign:
        say(_("%d lines among the checkpoints were not signed by this network and do not count.") % foreign,
            style="red")  # fmt: skip
    signed = signed_of(checkpoints)
    say(_("%(count)d checkpoints, the last for entry %(number)d.")
        % {"count": len(checkpoints), "number": signed.last})  # fmt: skip
    for one in signed.breaks:
        say(_("An administrator declared entries after %(after)d, up to %(lost)d, lost: %(reason)s")
            % {"after": one.after.number, "lost": one.lost.number, "reason": one.reason}, style="yellow")  # fmt: skip
    return signed


def _database(options: argparse.Namespace) -> int:
    installation = remembered(options.data)
    data = installation.data
    published = data.store / "repo" / "audit"
    places = [*([published] if published.exists() else []), *options.checkpoints]
    roots = sorted((data.store / "repo" / "metadata").glob("*.root.json"))
    signed = _signed(places, roots, options.root or _root(data))
    with database_of(installation) as url, psycopg.connect(url) as connection:
        return _walk_database(connection, signed, options.progress)


def _root(data: DataFolder) -> Path:
    """The first root of the network: the edge's copy is readable where the signer's own folder is not."""
    for file in (data.keys / "root.json", data.store / "repo" / "metadata" / "1.root.json"):
        with suppress(OSError):
            if file.exists():
                return file
    raise Trouble(_("%s is no root file of a network: --root names it.") % (data.keys / "root.json"))


def _walk_database(
    connection: "psycopg.Connection[tuple[object, ...]]", signed: Signed, progress: Path | None
) -> int:
    begun = _begun(connection, progress)
    pruned = sources.stump(connection)
    if begun is None and pruned is not None:
        begun = pruned[0]
        say(_("Entries up to %d were pruned; their last hash was signed.") % begun.number)
    walk = Walk(signed, begun)
    found = walk.begin() or _unsigned_stump(pruned, signed)
    started, first = time.monotonic(), walk.head.number
    for count, rows in enumerate(sources.database_rows(connection, walk.head.number), 1):
        if found := found or walk.take(rows):
            break
        if progress and count % NOTED_EVERY == 0:
            durable.write(progress, json.dumps(head_to_json(walk.head)).encode())
    found = found or walk.end()
    if not found and sources.unnumbered(connection):
        found = Found(Fault.UNNUMBERED, walk.head.number, sure_until=walk.sure_until)
    if progress and not found:
        durable.write(progress, json.dumps(head_to_json(walk.head)).encode())
    return _told(found, walk, signed, walk.head.number - first, time.monotonic() - started)


def _unsigned_stump(pruned: tuple[Head, bytes] | None, signed: Signed) -> Found | None:
    """What is left of pruned entries counts only where a checkpoint stands for it."""
    if pruned is not None and signed.hashes.get(pruned[0].number) != pruned[0].hash:
        return Found(Fault.REPLACED, pruned[0].number)
    return None


def _begun(connection: "psycopg.Connection[tuple[object, ...]]", progress: Path | None) -> Head | None:
    """Where the last walk came to, if the entry is there and still has that hash; else everything is walked again."""
    if progress is None or not progress.exists():
        return None
    with suppress(ValueError, OSError):
        head = head_from_json(json.loads(progress.read_bytes()))
        if head.number and sources.hash_at(connection, head.number) == head.hash:
            say(_("Going on behind entry %d.") % head.number)
            return head
    say(_("What %s remembers is not in the record any more: everything is verified from the beginning.") % progress,
        style="yellow")  # fmt: skip
    return None


def _file(options: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as folder:
        sources.unpack_proof(options.file, Path(folder))
        places = [Path(folder), *options.checkpoints]
        signed = _signed(places, [file for one in places for file in _roots(one)], options.root)
    started, count = time.monotonic(), 0
    for part in sources.file_stretches(options.file):
        walk = Walk(signed, part.begins)
        sure = part.begins.number == 0 or signed.hashes.get(part.begins.number) == part.begins.hash
        found = walk.begin() if sure else Found(Fault.REPLACED, part.begins.number)
        found = found or walk.take(part.rows)
        if not found and (walk.sure_until != part.ends.number or walk.head != part.ends):
            found = Found(Fault.REPLACED, part.ends.number, sure_until=part.begins.number)
        if found:
            return _told(found, walk, signed, count, time.monotonic() - started)
        count += sum(row.facts is not None for row in part.rows)
    say(_("%(count)d entries are as they were written, and all of them lie under a signed checkpoint.")
        % {"count": count}, style="green")  # fmt: skip
    return 0


def _roots(place: Path) -> Iterable[Path]:
    return place.rglob("*.root.json") if place.is_dir() else ()


def _told(found: Found | None, walk: Walk, signed: Signed, count: int, seconds: float) -> int:
    if found is not None:
        say(_words(found), style="bold red")
        if found.sure_until:
            say(_("Up to entry %d everything is as it was signed.") % found.sure_until)
        say(
            _(
                "Stop writing to the database, keep a copy of it and of the checkpoints, and call whoever is on watch."
            )
        )
        return 1
    pace = f"{count / seconds:,.0f}".replace(",", ".") if seconds else "–"
    say(_("%(count)d entries verified, %(pace)s a second. The record is whole up to entry %(number)d.")
        % {"count": count, "pace": pace, "number": walk.head.number}, style="green")  # fmt: skip
    if open_ := walk.head.number - signed.last:
        say(
            _("%d entries at the end have no checkpoint yet: until it is signed they could still be changed.")
            % open_
        )
    return 0


def _words(found: Found) -> str:
    when = f" ({found.at[:19].replace('T', ' ')} UTC)" if found.at else ""
    return {
        Fault.MISSING: _("Entry %s is missing: it was taken out of the record."),
        Fault.CHANGED: _("Entry %s was changed after it was written."),
        Fault.UNLINKED: _("Entry %s does not belong where it stands: it was put in, or moved there."),
        Fault.REPLACED: _(
            "At entry %s another record was signed: this one or an earlier entry was replaced together with all hashes."
        ),
        Fault.CUT_OFF: _("Entry %s was signed and is not there: the end of the record was cut off."),
        Fault.TWO_HISTORIES: _("Two different records were signed at entry %s: somebody else has the signing key."),
        Fault.UNNUMBERED: _("After entry %s there are entries without number: the triggers of the database were off."),
    }[found.fault] % f"{found.number}{when}"  # fmt: skip
