"""Every test runs on real PostgreSQL: one embedded server per pytest session, started when the first test asks for it.

The address is fixed and put into the environment before Django reads its settings. xdist's workers inherit it, share
the server and get a database each. Migrations run once into a template database, which the next sessions find in
.cache/test-database under a name made from the migrations themselves; so a run costs a copy, not 20 s of migrating.
Set DATABASE_URL to use a server of your own.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from conglang.cli.postgres import TEST_SETTINGS, Cluster
from conglang.cli.translations import compile_changed

ROOT = Path(__file__).resolve().parent
CACHE = ROOT / ".cache" / "test-database"
TEMPLATE = "conglang_template"
RUN_VARIABLE = "CONGLANG_TEST_RUN"


def _own_run() -> Path:
    """This session's folder. The controller makes it; xdist's workers are told by the environment."""
    if RUN_VARIABLE not in os.environ:
        _sweep()
        os.environ[RUN_VARIABLE] = tempfile.mkdtemp(prefix=f"conglang-test-{os.getpid()}-")
    return Path(os.environ[RUN_VARIABLE])


def _sweep() -> None:
    """Stop and remove what sessions left behind that were killed."""
    for folder in Path(tempfile.gettempdir()).glob("conglang-test-*-*"):
        pid = folder.name.split("-")[2]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            Cluster(folder / "pg").stop(patience=5)
            shutil.rmtree(folder, ignore_errors=True)


RUN = _own_run()
DATA = RUN / os.environ.get("PYTEST_XDIST_WORKER", "main")
OURS = "DATABASE_URL" not in os.environ or "CONGLANG_TEST_SERVER" in os.environ
CLUSTER = Cluster(RUN / "pg", TEST_SETTINGS) if OURS else None
if CLUSTER is not None:
    os.environ["CONGLANG_TEST_SERVER"] = "embedded"  # so that a worker knows whose DATABASE_URL it inherited
    os.environ["DATABASE_URL"] = CLUSTER.url()
DATA.mkdir(exist_ok=True)
os.environ["CONGLANG_DATA"] = str(DATA)

from django.conf import settings  # noqa: E402  (after the environment: settings are read from it)

if settings.configured:
    pytest.exit(
        "Unset DJANGO_SETTINGS_MODULE (or --ds): conftest.py chooses the settings, after the database.", 4
    )
os.environ["DJANGO_SETTINGS_MODULE"] = "conglang.portal.site.settings.test"

import django  # noqa: E402
from django.db import connection  # noqa: E402

compile_changed()  # tests read what a clerk reads
django.setup()


@contextmanager
def _alone() -> Iterator[None]:
    with (RUN / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _migrations_key() -> str:
    """A name for the schema: changes with any migration of ours and with any dependency."""
    digest = hashlib.sha256((ROOT / "uv.lock").read_bytes())
    for file in sorted((ROOT / "src").glob("**/migrations/*.py")):
        digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _build(cluster: Cluster, cached: Path) -> None:
    """Migrate the template database and leave a copy of the stopped server for the next sessions."""
    cluster.start()
    cluster.ensure_database(TEMPLATE)
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--verbosity=0"],
        check=True, cwd=ROOT, env={**os.environ, "DATABASE_URL": cluster.url(TEMPLATE)},
    )  # fmt: skip
    cluster.stop()
    for old in sorted(CACHE.glob("*"), key=lambda folder: folder.stat().st_mtime)[:-3]:
        shutil.rmtree(old, ignore_errors=True)
    half = cached.with_name(f".{cached.name}-{os.getpid()}")
    CACHE.mkdir(parents=True, exist_ok=True)
    _copy(cluster.folder, half)
    try:
        half.rename(cached)
    except OSError:  # another session was first
        shutil.rmtree(half, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(target)], check=True)


def _start(cluster: Cluster) -> None:
    with _alone():
        if cluster.running_pid() is None:
            cached = CACHE / _migrations_key()
            if not cluster.exists() and cached.exists():
                _copy(cached, cluster.folder)
            elif not cluster.exists():
                cluster.create()
                _build(cluster, cached)
        cluster.start()


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """The address of a running server's maintenance database, for tests that need more than Django's connection."""
    if CLUSTER is None:
        return os.environ["DATABASE_URL"]
    _start(CLUSTER)
    return CLUSTER.url("postgres")


@pytest.fixture(scope="session")
def migrated_server(postgres_url: str) -> Cluster:
    """A stopped server with everything migrated, to be copied by tests that harm theirs; `TEMPLATE` is its database."""
    if CLUSTER is None:
        pytest.skip("needs the server that comes with the project; DATABASE_URL names another")
    return Cluster(CACHE / _migrations_key())


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    postgres_url: str, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """Tell Django to make its test database as a copy of the migrated template."""
    if CLUSTER is not None:
        settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = TEMPLATE


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Let tests that commit clear the audit record behind themselves; what else it refuses, it refuses here too."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in ("audit_entry", "audit_stump"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER audit_refuse_truncate")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Let workers choose their settings here too: inherited, they would be read before this file is."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server and clear the folder; the controller's work, as workers share both."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    if CLUSTER is not None:
        CLUSTER.stop()
    shutil.rmtree(RUN, ignore_errors=True)


# Minutes each. Begun first: at the end one process would be alone with them, and the other idle.
LONGEST = (
    "test_up.py", "test_incremental_equals_full.py", "test_exact_dependencies.py", "test_scheduled_pages.py",
    "test_verify.py", "test_bench_engine.py", "test_state_everywhere.py", "test_keys.py", "test_sweeps.py",
    "test_worker.py", "test_changes.py", "test_without_portal.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first; otherwise the order stays."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(LONGEST)))
