"""The folder that holds one running network: where it is, what is in it, who may read what.

docs/reference/data-folder.md describes the same layout for people.
"""

import os
import secrets
import shutil
from argparse import SUPPRESS, ArgumentParser
from dataclasses import dataclass
from pathlib import Path

from conglang.cli.words import Trouble, _

PRIVATE = 0o700
LONGEST_PATH = 80  # characters: the UNIX sockets in it must stay below the system's 107
SPACE_TO_BEGIN = (
    1_500 * 2**20
)  # bytes: PostgreSQL, 127 sites with pictures, their copy at the edge, and some air
SPACE_TO_GO_ON = 200 * 2**20


@dataclass(frozen=True)
class DataFolder:
    """Paths of one network's data. Nothing is created until `create()`."""

    root: Path

    def __getattr__(self, name: str) -> Path:
        if name in ("pg", "media", "store", "keys", "portal", "spool", "edge", "logs"):
            return self.root / name
        raise AttributeError(name)

    @property
    def run(self) -> Path:
        """Sockets and the records of running processes."""
        return self.spool / "run"

    @property
    def secret_key_file(self) -> Path:
        return self.portal / "django-secret"

    @property
    def signer_socket(self) -> Path:
        return self.spool / "signer.sock"

    def exists(self) -> bool:
        return (self.pg / "PG_VERSION").exists()

    def create(self) -> None:
        """Make the folders and Django's secret, where missing, and see that private ones are private.

        Raises Trouble with one sentence when the folder cannot be written, is too deep or the disk is full.
        """
        if len(str(self.root)) > LONGEST_PATH:
            raise Trouble(_("The path %(path)s is too long for a data folder: use one of at most %(most)s characters.")
                          % {"path": self.root, "most": LONGEST_PATH})  # fmt: skip
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            for folder in (self.media, self.store, self.edge, self.logs):
                folder.mkdir(exist_ok=True)
            for folder in (self.keys, self.portal, self.spool, self.run):
                folder.mkdir(exist_ok=True, mode=PRIVATE)
                folder.chmod(PRIVATE)
            self._move_portal_files()
            self._write_secret()
        except OSError as error:
            raise explain(error, self.root) from error

    def _move_portal_files(self) -> None:
        """What the portal reads lay in `keys/` once, which is the signer's alone now; what lies there still counts."""
        for name in ("django-secret", "first-people.json"):
            if (self.keys / name).exists():
                (self.keys / name).replace(self.portal / name)

    def _write_secret(self) -> None:
        if self.secret_key_file.exists() and self.secret_key_file.stat().st_size > 0:
            return
        half = self.secret_key_file.with_suffix(".new")
        half.touch(mode=0o600)
        half.write_text(secrets.token_urlsafe(64))
        half.replace(self.secret_key_file)

    def check_space(self) -> None:
        """Raise Trouble when the disk has too little room to begin, or to go on."""
        needed = SPACE_TO_GO_ON if self.exists() else SPACE_TO_BEGIN
        free = shutil.disk_usage(self.root).free
        if free < needed:
            raise Trouble(
                _(
                    "The disk of %(path)s has %(free)s MB left and %(needed)s MB are needed. Nothing was changed: "
                    "free some space, or choose another folder with --data, and run the command again."
                )
                % {"path": self.root, "free": free // 2**20, "needed": needed // 2**20}
            )


def default_folder() -> Path:
    """/var/lib/conglang for root (PostgreSQL's own user must be able to reach it), else under the home folder."""
    if os.geteuid() == 0:
        return Path("/var/lib/conglang")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "conglang"


def add_data_option(parser: ArgumentParser, *, again: bool = False) -> None:
    """`again`: behind an action too, where people write it; what stood before the action is kept."""
    help = _("the data folder (default: %s)") % default_folder()
    kept = SUPPRESS if again else None
    parser.add_argument("--data", type=Path, metavar="DIR", help=help, default=kept)


def folder_of(chosen: Path | None) -> DataFolder:
    """The folder named on the command line, else CONGLANG_DATA, else the default."""
    named = chosen or os.environ.get("CONGLANG_DATA") or default_folder()
    return DataFolder(Path(named).expanduser().resolve())


def explain(error: OSError, path: Path) -> Trouble:
    """One sentence for a system error while writing below `path`."""
    import errno

    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Trouble(
            _(
                "The disk of %(path)s is full. What was finished is kept: free some space and run the command again."
            )
            % {"path": path}
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
        return Trouble(
            _(
                "The folder %(path)s cannot be written. Choose another with --data, or run as the user who owns it."
            )
            % {"path": path}
        )
    if error.errno == errno.ENOENT:
        return Trouble(
            _(
                "%(path)s does not exist and cannot be made. Check the name, or choose another folder with --data."
            )
            % {"path": path}
        )
    return Trouble(f"{path}: {error.strerror or error}")
