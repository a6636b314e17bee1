"""The advisory locks of publishing. PostgreSQL drops them when their holder dies, so kill -9 leaves none behind."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

_SITE = 0x636C01  # pg_advisory_lock(class, object): our classes
_DISPATCH = 0x636C02
_WORKER = 0x636C03


class SiteBusy(Exception):
    """Another process publishes this site at the moment; it, or the next sweep, does what is left."""


def hold_dispatch_lock(*, shared: bool = False) -> None:
    """Until the end of the transaction. Dispatch holds it alone; those who record what they rendered share it."""
    _call(f"pg_advisory_xact_lock{'_shared' if shared else ''}(%s, 0)", _DISPATCH)


@contextmanager
def site_lock(site: str, *, patience: float) -> Iterator[None]:
    """Publish one site from one process at a time, whoever runs it (worker or command line).

    Waits ``patience`` seconds. Raises SiteBusy.
    """
    end = time.monotonic() + patience
    while not _call("pg_try_advisory_lock(%s, hashtext(%s))", _SITE, site):
        if time.monotonic() >= end:
            raise SiteBusy(f"{site} is being published by another process; what waits is kept and done next.")
        time.sleep(0.05)
    try:
        yield
    finally:
        _call("pg_advisory_unlock(%s, hashtext(%s))", _SITE, site)


def only_worker() -> bool:
    """Whether no other worker of this database lives; from now on this connection counts as one that does."""
    alone = bool(_call("pg_try_advisory_lock(%s, 0)", _WORKER))
    _call("pg_advisory_lock_shared(%s, 0)", _WORKER)
    if alone:
        _call("pg_advisory_unlock(%s, 0)", _WORKER)
    return alone


def _call(expression: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {expression}", values)
        return cursor.fetchone()[0]
