"""The toy newspaper outside pytest: a PostgreSQL server, a migrated database, a signer, all of them gone afterwards."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from conglang.cli.postgres import TEST_SETTINGS, Cluster


@contextmanager
def newspaper(
    settings: Mapping[str, str] = TEST_SETTINGS, *, disk: str = ""
) -> Iterator[tuple[Path, Cluster]]:
    """Set Django up over a new database with the toy families only; the data folder of a running signer, the server.

    `disk`: size of a file system of its own for the server, as `mount` writes it; only root may.
    """
    run = Path(tempfile.mkdtemp(prefix="cl-faults-", dir="/var/lib" if os.geteuid() == 0 else None))
    data, place = run / "data", run / "disk"
    for folder in (data, place):
        folder.mkdir()
    if disk:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={disk},mode=755", "tmpfs", str(place)], check=True
        )
    cluster = Cluster(place / "pg", settings)
    try:
        cluster.create()
        cluster.start()
        cluster.ensure_database("conglang")
        os.environ |= {
            "DATABASE_URL": cluster.url(), "CONGLANG_DATA": str(data),
            "DJANGO_SETTINGS_MODULE": "conglang.portal.site.settings.test",
        }  # fmt: skip
        subprocess.run([sys.executable, "-m", "django", "migrate", "--verbosity=0"], check=True)
        with _families(data):
            yield data, cluster
    finally:
        cluster.stop()
        if disk:
            subprocess.run(["umount", "-l", str(place)], check=False)
        shutil.rmtree(run, ignore_errors=True)


@contextmanager
def _families(data: Path) -> Iterator[None]:
    import django

    django.setup()
    from conglang.portal.publishing.releases.tests.signer_process import Signer
    from conglang.portal.publishing.rendering import registry
    from conglang.portal.publishing.rendering.tests import toy

    registry._families.clear()
    for family in toy.FAMILIES:
        registry.register(family)
    toy.run(toy.SCHEMA)
    signer = Signer(data)
    signer.start()
    try:
        yield
    finally:
        signer.kill()
