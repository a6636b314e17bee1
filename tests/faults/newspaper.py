"""The toy newspaper outside pytest: a PostgreSQL server, a migrated database, a signer, all of them gone afterwards."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conglang.cli.postgres import TEST_SETTINGS, Cluster


@contextmanager
def newspaper() -> Iterator[Path]:
    """Set Django up over a new database with the toy families only; gives the data folder of a running signer."""
    run = Path(tempfile.mkdtemp(prefix="cl-faults-", dir="/var/lib" if os.geteuid() == 0 else None))
    cluster = Cluster(run / "pg", TEST_SETTINGS)
    data = run / "data"
    data.mkdir()
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
            yield data
    finally:
        cluster.stop()
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
