"""`conglang restore FILE`: bring a network back into an empty data folder. The next `up` publishes what is needed."""

import argparse
import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from conglang.cli import archive
from conglang.cli.data_folder import DataFolder, explain
from conglang.cli.installation import Installation, add_network_options, chosen, database_of
from conglang.cli.journal import Journal
from conglang.cli.postgres import PROGRAMS
from conglang.cli.words import Trouble, _, say


def main(arguments: Sequence[str]) -> int:
    """0 when everything is back. A folder that already holds a network is refused, unchanged."""
    parser = argparse.ArgumentParser(
        prog="conglang restore", description=_("Bring a network back from a backup.")
    )
    parser.add_argument("file", type=Path)
    add_network_options(parser)
    options = parser.parse_args(arguments)
    if not options.file.exists():
        raise Trouble(_("There is no file %s. Check the name; nothing was changed.") % options.file)
    try:
        with tarfile.open(options.file) as tar:
            contents = archive.read_contents(tar)
            options.domain, options.port = _address(options.domain, options.port, str(contents["origin"]))
            installation = chosen(options)
            _refuse_occupied(installation.data)
            installation.data.create()
            count = _bring_back(tar, installation, with_keys=bool(contents.get("keys")))
    except (tarfile.TarError, archive.BadArchive, EOFError) as error:
        raise Trouble(_("%(file)s is not a whole backup (%(why)s). Use another one; restore into an empty folder.")
                      % {"file": options.file, "why": _why(error)}) from error  # fmt: skip
    except OSError as error:
        raise explain(error, Path(error.filename or options.file)) from error
    say(_("%(count)s files and the database of %(moment)s are back in %(path)s. Start it with ./conglang up.")
        % {"count": count, "moment": contents["made_at"], "path": installation.data.root})  # fmt: skip
    return 0


def _why(error: Exception) -> str:
    """Of a file that is no archive tarfile says in a line each which kinds it is not."""
    return _("it is no archive") if "\n" in str(error) else str(error)


def _address(domain: str | None, port: int | None, recorded: str) -> tuple[str, int]:
    """The recorded origin, unless the command line names another."""
    parts = urlsplit(recorded)
    return domain or f"{parts.scheme}://{parts.hostname}", port or parts.port or (
        443 if parts.scheme == "https" else 80
    )


def _refuse_occupied(data: DataFolder) -> None:
    if data.exists() or (data.root / "journal.json").exists():
        raise Trouble(
            _("There is a network in %(path)s already. Nothing was changed: name another folder with --data, or move "
              "that one away.") % {"path": data.root}
        )  # fmt: skip


def _bring_back(tar: tarfile.TarFile, installation: Installation, *, with_keys: bool) -> int:
    data = installation.data
    count = archive.unpack(tar, data.root)
    dump = data.root / archive.DUMP
    with database_of(installation) as url:
        command = [str(PROGRAMS / "pg_restore"), "--no-owner", "--exit-on-error", "--dbname", url, str(dump)]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Trouble(_("The database could not be brought back: %s") % done.stderr.strip())
    dump.unlink()
    shutil.rmtree(data.edge)  # what readers get is pulled anew
    data.edge.mkdir()
    # With new keys everything is signed from edition 1; with the old ones, versions leap past any the edges have seen.
    Journal(data).note(restored="with-keys" if with_keys else "without-keys", demo=True)
    installation.remember()
    return count - 1
