"""The audit record: entries verified a second, and what recording costs an act, on a PostgreSQL of its own."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from conglang.cli.postgres import Cluster

DATABASE = "conglang"
UNIT = "nso-2025:00004"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print figures as one JSON object")
    parser.add_argument("--entries", type=int, default=100_000, help="length of the record that is verified")
    parser.add_argument("--acts", type=int, default=2_000, help="transactions that record one entry each")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cl-audit-") as folder:
        cluster = Cluster(Path(folder) / "pg")
        cluster.create()
        cluster.start()
        try:
            cluster.ensure_database(DATABASE)
            os.environ["DATABASE_URL"] = cluster.url(DATABASE)
            os.environ["DJANGO_SETTINGS_MODULE"] = "conglang.portal.site.settings.test"
            command = [sys.executable, "-m", "django", "migrate", "audit", "--verbosity=0"]
            subprocess.run(command, check=True)
            figures = _measured(options.entries, options.acts)
        finally:
            cluster.stop()
    print(
        json.dumps(figures)
        if options.json
        else "\n".join(f"{name:<28} {value}" for name, value in figures.items())
    )
    return 0


def _measured(entries: int, acts: int) -> dict[str, float]:
    import django

    django.setup()
    _fill(entries)
    plain, recorded, crowd = _acts(acts, False), _acts(acts, True), _crowd(acts)
    return {
        "entries": entries,
        "verified_per_second": round(entries / _verified()),
        "act_without_entry_ms": round(plain * 1000, 2),
        "act_with_entry_ms": round(recorded * 1000, 2),
        "ten_writers_entries_per_second": round(crowd),
    }


def _fill(count: int) -> None:
    from django.db import transaction

    from conglang.portal.identity.audit.actions import note
    from conglang.portal.identity.audit.rules import Actor, Kind, Thing, ThingKind

    clerk = Actor(
        "7c0e2f7e-93a1-4c37-8e0b-5b9d5d3a1f10",
        "Nguyễn Văn An",
        "unit-author",
        "ubnd-badinh",
        "nso-2025:00004",
        "a" * 16,
    )
    for start in range(0, count, 500):
        with transaction.atomic():
            for number in range(start, min(start + 500, count)):
                thing = Thing(ThingKind.PAGE, f"00000000-0000-4000-8000-{number:012d}", "nso-2025:00004")
                note(
                    Kind.EDITED,
                    thing,
                    by=clerk,
                    action="wagtail.edit",
                    type="pages.articlepage",
                    revision=number,
                )


def _verified() -> float:
    """Seconds for the walk of `conglang audit verify` along everything."""
    import psycopg

    from conglang.cli.audit_sources import database_rows
    from conglang.wire.audit_walk import Signed, Walk

    walk, begun = Walk(Signed()), time.perf_counter()
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        for rows in database_rows(connection, 0):
            assert walk.take(rows) is None
    assert walk.head.number
    return time.perf_counter() - begun


def _acts(count: int, recorded: bool) -> float:
    """Seconds a transaction that writes one small row takes, with or without its entry."""
    from django.db import connection, transaction

    from conglang.portal.identity.audit.actions import note
    from conglang.portal.identity.audit.rules import Kind

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_act (id bigserial PRIMARY KEY, words text)")
    begun = time.perf_counter()
    for _ in range(count):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO bench_act (words) VALUES ('tin')")
            if recorded:
                note(Kind.EDITED)
    return (time.perf_counter() - begun) / count


def _crowd(count: int) -> float:
    """Entries a second that ten writers at once record, a transaction each."""
    from django.db import connections

    def write() -> None:
        _acts(count // 10, True)
        connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(10)]
    begun = time.perf_counter()
    _each(threads, threading.Thread.start)
    _each(threads, threading.Thread.join)
    return count / (time.perf_counter() - begun)


def _each(threads: list[threading.Thread], do: Callable[[threading.Thread], object]) -> None:
    for thread in threads:
        do(thread)


if __name__ == "__main__":
    raise SystemExit(main())
