"""`conglang backup FILE`: database, originals and published objects in one file, while the network runs or not."""

import argparse
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from conglang.cli import archive
from conglang.cli.data_folder import add_data_option, explain
from conglang.cli.installation import Installation, database_of, remembered
from conglang.cli.postgres import PROGRAMS
from conglang.cli.words import Trouble, _, say


def main(arguments: Sequence[str]) -> int:
    """0 when FILE is complete and on the disk; an existing FILE is replaced only then."""
    parser = argparse.ArgumentParser(
        prog="conglang backup", description=_("Write the whole network into one file.")
    )
    parser.add_argument("file", type=Path)
    parser.add_argument(
        "--with-keys", action="store_true", help=_("put the signing keys in too: guard such a file")
    )
    add_data_option(parser)
    options = parser.parse_args(arguments)
    installation = remembered(options.data)
    target: Path = options.file.resolve()
    try:
        with database_of(installation) as url:
            _write(installation, url, target, keys=options.with_keys)
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not target.parent.is_dir():
            raise Trouble(
                _("There is no folder %s. Make it, or name another file.") % target.parent
            ) from error
        raise explain(error, target.parent) from error
    say(_("%(file)s: %(size).1f MB. Bring it back with ./conglang restore.")
        % {"file": target, "size": target.stat().st_size / 2**20})  # fmt: skip
    return 0


def _write(installation: Installation, url: str, target: Path, *, keys: bool) -> None:
    half = target.with_name(f".{target.name}.part")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".conglang-dump-") as folder:
            dump = Path(folder) / archive.DUMP
            _dump(url, dump)
            half.touch(mode=0o600)
            with (
                half.open("wb") as file,
                tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar,
            ):
                archive.write(tar, installation.data.root, dump, contents=_contents(installation), keys=keys)
                tar.close()
                file.flush()
                os.fsync(file.fileno())
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)


def _dump(url: str, target: Path) -> None:
    command = [
        str(PROGRAMS / "pg_dump"),
        "--format=custom",
        "--compress=3",
        "--no-owner",
        "--file",
        str(target),
        url,
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Trouble(_("The database could not be read: %s") % done.stderr.strip())


def _contents(installation: Installation) -> dict[str, str]:
    return {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "origin": str(installation.origin),
        "network": installation.network.name,
    }
