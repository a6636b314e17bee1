"""`conglang up`: bring the network up, keep it up, and stop everything on Ctrl-C.

PostgreSQL, the signer and the edge come first; then a prepared network goes straight to desk, worker and Caddy, and one
that is new or changed is prepared by a process of its own (conglang.cli.prepare), so that this one stays small.
"""

import argparse
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import psutil

from conglang.cli import programs
from conglang.cli.data_folder import DataFolder, explain
from conglang.cli.first_people import show_once
from conglang.cli.gate import Gate
from conglang.cli.installation import (
    DATABASE,
    Installation,
    add_network_options,
    chosen,
    database_trouble,
)
from conglang.cli.journal import Journal, software_digest
from conglang.cli.port import check_port
from conglang.cli.postgres import PostgresFailed
from conglang.cli.supervisor import MARK, NotReady, Supervisor, stop_leftovers
from conglang.cli.words import Trouble, _, say

TEND_EVERY = 0.25  # seconds
PATIENCE_FOR_HOSTS = 180.0


def main(arguments: Sequence[str]) -> int:
    """Run until told to stop; 0 after Ctrl-C or SIGTERM, 1 when it could not be brought up."""
    parser = argparse.ArgumentParser(
        prog="conglang up", description=_("Start the whole network and keep it running.")
    )
    add_network_options(parser)
    installation = chosen(parser.parse_args(arguments))
    data = installation.data
    if not data.exists():
        check_port(installation.origin.port)  # before anything is made
    os.umask(0o022)  # objects are public: the signer's own account has to read them
    data.create()
    data.check_space()
    with _only_one(data):
        _clear_leftovers(installation)
        check_port(installation.origin.port)
        _make_keys(data)
        installation.remember()
        programs.name_own_edge(installation)
        try:
            return Network(installation).run()
        except OSError as error:
            raise explain(error, data.root) from error


class Network:
    """The programs of one installation, from start to stop."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._journal = Journal(installation.data)
        self._stopping = False
        self._begun = time.monotonic()
        self._supervisor = Supervisor(installation.data.run, installation.data.logs, tell=self._tell_death)
        self._gate = Gate(installation, self._supervisor)

    def run(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop_soon)
        try:
            self._bring_up()
            while not self._stopping:
                self._tend()
        except NotReady as failure:
            self._explain(failure)
        finally:
            say(_("Stopping…"))
            self._supervisor.stop()
            say(_("Everything is stopped; nothing is lost. ./conglang up starts it again."))
        return 0

    def _stop_soon(self, number: int, frame: object) -> None:
        self._stopping = True

    def _bring_up(self) -> None:
        self._start_database()
        after_restore = bool(self._journal.get("restored"))
        self._supervisor.start(programs.signer(self._installation, after_restore=after_restore))
        self._supervisor.start(programs.edge(self._installation))
        prepared = self._journal.get("prepared") == self._fingerprint()
        if prepared:  # the two slow starters run while the others get ready
            self._start_desk()
        self._wait("signer", "edge")
        if not prepared and not self._stopping:
            self._prepare()
            self._start_desk()
        self._open_gate()
        self._wait()
        if not self._stopping:
            self._announce()
            self._supervisor.start(*programs.bulk_workers(self._installation))  # nobody waits for them

    def _start_database(self) -> None:
        if not self._installation.embedded:
            return
        cluster = self._installation.cluster
        try:
            cluster.create()
            self._supervisor.start(programs.postgresql(self._installation))
            self._wait("postgresql")
            cluster.ensure_database(DATABASE)
        except (PostgresFailed, NotReady) as failure:
            raise database_trouble(self._installation, str(failure)) from failure

    def _start_desk(self) -> None:
        if not self._stopping:
            self._supervisor.start(programs.portal(self._installation), programs.worker(self._installation))

    def _open_gate(self) -> None:
        """Wait until the edge has the signed list of hosts and Caddy is started with it. Raises NotReady."""
        end = time.monotonic() + PATIENCE_FOR_HOSTS
        while "caddy" not in self._supervisor.pids() and not self._stopping:
            if time.monotonic() > end:
                raise NotReady("edge", self._supervisor.last_words("edge"))
            self._tend()

    def _wait(self, *names: str) -> None:
        self._supervisor.wait_ready(*names, stopped=lambda: self._stopping)

    def _tend(self) -> None:
        self._supervisor.tend()
        self._gate.refresh()
        time.sleep(TEND_EVERY)

    def _prepare(self) -> None:
        """Run the preparation and look after the others meanwhile. Raises Trouble when it failed."""
        environment = {
            **os.environ,
            **self._installation.environment(),
            MARK: str(self._installation.data.run),
        }
        with subprocess.Popen(
            [sys.executable, "-m", "conglang.cli.prepare"], env=environment, start_new_session=True
        ) as child:
            while child.poll() is None:
                if self._stopping:
                    _end_group(child)
                    return
                self._tend()
        if child.returncode != 0:
            raise Trouble(
                _(
                    "The network could not be prepared. What was finished is kept; ./conglang up carries on from there."
                )
            )
        self._journal.note(prepared=self._fingerprint(), restored=None)

    def _fingerprint(self) -> str:
        installation = self._installation
        return f"{software_digest(installation.network)} {installation.origin} {installation.database_url}"

    def _announce(self) -> None:
        origin = self._installation.origin
        example = self._journal.get("example") or {}
        say("")
        say(_("City portal:   %s") % origin.url(origin.domain, "/"), style="bold")
        if example:
            commune = origin.url(origin.host_of(example["key"]), "/")
            say(
                _("A commune:     %(address)s (one of %(count)s)")
                % {"address": commune, "count": example["count"]}
            )
        say(_("Editing desk:  %s") % origin.url(origin.desk_host, "/"))
        show_once(self._installation.data)
        say(
            _("Ready after %(seconds).1f s. Ctrl-C stops everything.")
            % {"seconds": time.monotonic() - self._begun}
        )
        sys.stdout.flush()

    def _tell_death(self, name: str, status: int | None) -> None:
        log = self._installation.data.logs / f"{name}.log"
        with suppress(OSError):  # what we say may go to the disk that is full
            say(_("%(name)s stopped by itself (status %(status)s) and is being started again. See %(log)s.")
                % {"name": name, "status": status, "log": log}, style="yellow")  # fmt: skip

    def _explain(self, failure: NotReady) -> None:
        log = self._installation.data.logs / f"{failure.name}.log"
        raise Trouble(
            _(
                "%(name)s did not start. Everything written so far is kept; the end of %(log)s says:\n%(words)s"
            )
            % {"name": failure.name, "log": log, "words": failure}
        ) from failure


def _end_group(child: "subprocess.Popen[bytes]", grace: float = 5.0) -> None:
    """Stop a process with its children. A pool's workers take SIGTERM for a failed job and go on with the next, so
    after a grace they are killed; whatever the preparation was at is done again by the next `up`."""
    members = [process for process in psutil.process_iter() if _group_of(process) == child.pid]
    os.killpg(child.pid, signal.SIGTERM)
    psutil.wait_procs(members, grace)
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    psutil.wait_procs(members, 10)
    child.wait()


def _group_of(process: psutil.Process) -> int:
    try:
        return os.getpgid(process.pid)
    except OSError:
        return -1


@contextmanager
def _only_one(data: DataFolder) -> Iterator[None]:
    """Hold the data folder for this process; the lock goes when the process does, however it ends."""
    with (data.run / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            raise Trouble(
                _(
                    "This network is already running (process %(pid)s). Stop it with Ctrl-C, or use another --data."
                )
                % {"pid": lock.read().strip() or "?"}
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _clear_leftovers(installation: Installation) -> None:
    names = stop_leftovers(installation.data.run)
    if installation.embedded and installation.cluster.running_pid() is not None:
        installation.cluster.stop()
        names.append("postgresql")
    if names:
        say(
            _("The last run did not end properly: stopped what it left behind (%s).")
            % ", ".join(sorted(set(names)))
        )


def _make_keys(data: DataFolder) -> None:
    from conglang.signer import keys

    fresh = not (data.keys / "root.json").exists()
    try:
        if fresh:  # a network that begins here may show demonstration content (kind "demo" of an authority)
            (data.keys / "demo-network").touch(mode=0o600)
        keys.create(data.keys)
    except keys.KeysIncomplete as error:
        raise Trouble(str(error)) from error
