"""The advisory locks of publishing. PostgreSQL drops them when their holder dies, so kill -9 leaves none behind."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

_SITE = 0x636C01  # pg_advisory_lock(class, object): our classes
_DISPATCH = 0x636C02
_WORKER = 0x636C03
_STORE = 0x636C04


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


@contextmanager
def site_locks(sites: Iterable[str]) -> Iterator[list[str]]:
    """The same for several sites, without waiting: the block gets those that nobody publishes at the moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT site FROM unnest(%s::text[]) AS x(site) WHERE pg_try_advisory_lock(%s, hashtext(site))",
            [sorted(sites), _SITE],
        )
        held = [site for (site,) in cursor.fetchall()]
    try:
        yield held
    finally:
        _call("count(pg_advisory_unlock(%s, hashtext(site))) FROM unnest(%s::text[]) AS x(site)", _SITE, held)


def hold_site(site: str, *, patience: float) -> None:
    """Keep every process from publishing the site until the end of the caller's transaction.

    Waits ``patience`` seconds. Raises SiteBusy.
    """
    end = time.monotonic() + patience
    while not _call("pg_try_advisory_xact_lock(%s, hashtext(%s))", _SITE, site):
        if time.monotonic() >= end:
            raise SiteBusy(f"{site} is being published by another process; what waits is kept and done next.")
        time.sleep(0.05)


@contextmanager
def store_in_use() -> Iterator[None]:
    """While bytes are put into the store and not yet referred to: nothing is collected meanwhile. Shared by all."""
    _call("pg_advisory_lock_shared(%s, 0)", _STORE)
    try:
        yield
    finally:
        _call("pg_advisory_unlock_shared(%s, 0)", _STORE)


def hold_store() -> None:
    """The same until the end of the caller's transaction: for files that arrive at the desk."""
    _call("pg_advisory_xact_lock_shared(%s, 0)", _STORE)


@contextmanager
def store_alone() -> Iterator[bool]:
    """Whether nobody is putting bytes into the store; if so, nobody begins to before the block ends."""
    alone = bool(_call("pg_try_advisory_lock(%s, 0)", _STORE))
    try:
        yield alone
    finally:
        if alone:
            _call("pg_advisory_unlock(%s, 0)", _STORE)


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
