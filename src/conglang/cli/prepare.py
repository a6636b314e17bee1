"""Prepare a network: tables, units and sites, pages, first people, demonstration content, and everything published.

`up` runs this as a process of its own when the network is new, or when software, facts or address have changed. Every
step may be killed and is simply run again; what is done already costs a query.
"""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from conglang.cli.data_folder import DataFolder, explain
from conglang.cli.first_people import write_down
from conglang.cli.journal import Journal, migrations_digest
from conglang.cli.words import Trouble, _, console, say

Advance = Callable[[int, int], None]


class Steps:
    """The progress bars, and how long each step took (kept in the journal for `bench`)."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.seconds: dict[str, float] = {}
        self._progress = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )

    @contextmanager
    def shown(self) -> Iterator["Steps"]:
        with self._progress:
            yield self

    @contextmanager
    def step(self, name: str, title: str) -> Iterator[Advance]:
        """Show one step. The body may report (done, total); one that does not is shown as busy, then as done."""
        task = self._progress.add_task(title, total=None)
        begun = time.monotonic()
        yield lambda done, total: self._progress.update(task, completed=done, total=total)
        self.seconds[name] = round(time.monotonic() - begun, 2)
        self._journal.note(preparation=self.seconds)
        self._finish(task, title, self.seconds[name])

    def _finish(self, task: TaskID, title: str, seconds: float) -> None:
        self._progress.update(task, total=100, completed=100)
        if not console.is_terminal:
            say(f"  ✓ {title} ({seconds:.1f} s)")


def prepare() -> None:
    """Run every step in order. Raises Trouble when readers would get nothing at all."""
    django.setup()
    from django.conf import settings

    data = DataFolder(Path(settings.DATA))
    with Steps(Journal(data)).shown() as steps:
        with steps.step("migrate", _("Database tables")) as advance:
            _migrate(data, advance)
        with steps.step("network", _("Units, offices and sites")):
            _create_network(Path(settings.NETWORK_DIR), settings.ORIGIN)
        with steps.step("provision", _("Pages of every site")) as advance:
            _provision(advance)
        with steps.step("people", _("Desk and first people")):
            _create_people(data)
        with steps.step("demo", _("Demonstration content")) as advance:
            _create_demo(data, advance)
        with steps.step("publish", _("Publishing every site")) as advance:
            problems = _publish(data, advance)
    for problem in problems[:5]:
        say(problem, style="yellow")
    if problems and not _shows_anything():
        raise Trouble(_("%s sites are not wholly published; see the lines above.") % len(problems))
    if problems:  # a broken template must not take from readers what they have
        say(_("%s sites are not wholly published: readers keep what they had there. ./conglang doctor says what to do.")
            % len(problems), style="yellow")  # fmt: skip


def _migrate(data: DataFolder, advance: Advance) -> None:
    from django.core.management import call_command
    from django.db import connection

    journal, wanted = Journal(data), f"{migrations_digest()} {connection.settings_dict['HOST']}"
    if journal.get("migrated") == wanted:
        return
    done = threading.Event()
    watcher = threading.Thread(target=_count_migrations, args=(advance, done), daemon=True)
    watcher.start()
    try:
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        done.set()
        watcher.join()
    journal.note(migrated=wanted)


def _count_migrations(advance: Advance, done: threading.Event) -> None:
    """Report applied migrations from outside: each is committed as it ends."""
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.recorder import MigrationRecorder

    total = len(MigrationLoader(None).graph.nodes)
    try:
        while not done.wait(0.5):
            advance(len(MigrationRecorder(connection).applied_migrations()), total)
    finally:
        connection.close()


def _create_network(network: Path, origin: str) -> None:
    from conglang.portal.identity.sites import queries
    from conglang.portal.identity.sites.actions import create_network, record_origin
    from conglang.portal.identity.sites.network import BadNetwork
    from conglang.portal.identity.sites.rules import Origin

    try:
        create_network(network)
    except BadNetwork as bad:
        raise Trouble(str(bad)) from bad
    record_origin(Origin.parse(origin, city_key=queries.city().key))


def _provision(advance: Advance) -> None:
    from conglang.portal.content.pages.actions import provision_all
    from conglang.portal.identity.sites.queries import all_sites

    provision_all(all_sites(), progress=advance)


def _create_people(data: DataFolder) -> None:
    from dataclasses import asdict

    from django.db import transaction

    from conglang.portal.content.editorial.actions import create_first_people, set_up_permissions

    set_up_permissions()
    with transaction.atomic():
        write_down(data, [asdict(person) for person in create_first_people()])


def _create_demo(data: DataFolder, advance: Advance) -> None:
    """Once in a network's life: what an editor empties later stays empty."""
    from conglang.portal.content.pages.demo import create_demo
    from conglang.signer.keys import is_demo

    if is_demo(data.keys) and not Journal(data).get("demo"):
        create_demo(progress=advance)
        Journal(data).note(demo=True)


def _publish(data: DataFolder, advance: Advance) -> list[str]:
    from conglang.portal.identity.sites.queries import all_sites
    from conglang.portal.publishing.releases.actions import publish_all, resync
    from conglang.portal.publishing.rendering.actions import catch_up

    keys = [site.key for site in all_sites()]
    _note_example(data, keys)
    _sign_hosts(data)
    _note_design()
    catch_up(keys)
    finished: list[str] = []

    def report(site: object) -> None:
        finished.append(str(site))
        advance(len(finished), len(keys))

    advance(0, len(keys))
    reports = publish_all(keys, progress=report, processes=2, cause="prepare")
    for key in _editions_that_differ(data, keys):
        resync(key)
    return [f"{report.site}: {report.problem}" for report in reports if report.problem]


def _shows_anything() -> bool:
    """Whether some site was ever published."""
    from conglang.portal.identity.sites.queries import all_sites
    from conglang.portal.publishing.releases.queries import last_editions

    return bool(last_editions([site.key for site in all_sites()]))


def _sign_hosts(data: DataFolder) -> None:
    from conglang.portal.identity.sites import queries
    from conglang.signer.keys import is_demo
    from conglang.wire.release import HostsRequest, Refusal, SignerClient

    origin = queries.current_origin()
    request = HostsRequest(queries.hosts(origin), noindex=origin.is_local or is_demo(data.keys))
    answer = SignerClient(data.signer_socket).hosts(request)
    if isinstance(answer, Refusal):
        raise Trouble(_("The list of hosts was refused: %s") % answer.reason)


def _note_design() -> None:
    """Have everything rendered again when templates, styles or scripts are others than last time."""
    from django.db import transaction

    from conglang.portal.identity.sites.models import NetworkState
    from conglang.portal.publishing.rendering import face
    from conglang.portal.publishing.rendering.actions import touch

    with transaction.atomic():
        state = NetworkState.objects.select_for_update().get(pk=1)
        if state.design_digest != face.digest():
            state.design_digest = face.digest()
            state.save(update_fields=["design_digest"])
            touch(["design"])


def _editions_that_differ(data: DataFolder, keys: list[str]) -> list[str]:
    """Sites whose signed edition is not the one we know of: after a restore, or a lost folder."""
    from conglang.portal.publishing.releases.queries import last_editions
    from conglang.wire.release import SignerClient

    signed = SignerClient(data.signer_socket).ping().editions
    known = last_editions(keys)
    return [key for key in keys if signed.get(key) != known.get(key)]


def _note_example(data: DataFolder, keys: list[str]) -> None:
    communes = keys[1:]
    preferred = next((key for key in communes if key == "badinh"), communes[0] if communes else "")
    if preferred:
        Journal(data).note(example={"key": preferred, "count": len(communes)})


def main() -> int:
    """0 when the network is ready to be read; 1 after a sentence that says why not."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
    log = Path(os.environ["CONGLANG_DATA"]) / "logs" / "prepare.log"
    logging.basicConfig(level=logging.WARNING, filename=log, format="%(asctime)s %(levelname)s %(message)s")
    try:
        prepare()
    except Trouble as trouble:
        say(str(trouble), style="bold red")
    except OSError as error:
        logging.exception("The preparation stopped")
        say(str(explain(error, Path(error.filename or log.parent.parent))), style="bold red")
    except Exception as error:  # nothing above this process could say more than the log does
        logging.exception("The preparation stopped")
        words = {"error": f"{type(error).__name__}: {error}".strip(), "log": log}
        say(_("Something unforeseen: %(error)s. The whole story is in %(log)s.") % words, style="bold red")
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
