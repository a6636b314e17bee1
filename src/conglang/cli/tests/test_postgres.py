"""The embedded server as `up`, `backup` and the tests use it."""

import shutil
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from conglang.cli.postgres import TEST_SETTINGS, Cluster


@pytest.mark.django_db
def test_tests_run_on_the_embedded_server_with_every_migration_applied() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('server_version_num')::int, count(*) from django_migrations")
        version, migrations = cursor.fetchone()

    assert version >= 180000
    assert migrations > 50


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    folder = tmp_path_factory.mktemp("c")
    made = Cluster(folder / "pg", TEST_SETTINGS)
    yield made
    made.stop()


def test_what_was_committed_is_there_after_stop_and_start(cluster: Cluster) -> None:
    cluster.create()
    cluster.start()
    cluster.ensure_database("office")
    with psycopg.connect(cluster.url("office")) as session:
        session.execute("create table seal (name text)")

    cluster.stop()
    assert cluster.running_pid() is None
    cluster.start()

    with psycopg.connect(cluster.url("office")) as session:
        assert session.execute("select count(*) from seal").fetchone() == (0,)


def test_data_folder_left_half_made_is_made_anew(cluster: Cluster) -> None:
    cluster.folder.mkdir()
    (cluster.folder / "base").mkdir()
    cluster.folder.with_name("pg.new").mkdir()

    cluster.create()

    assert cluster.exists()


def test_old_pid_file_is_not_mistaken_for_a_running_server(cluster: Cluster) -> None:
    cluster.create()
    (cluster.folder / "postmaster.pid").write_text("1\n")

    assert cluster.running_pid() is None
    shutil.rmtree(cluster.folder)
    assert Path(cluster.folder).exists() is False
