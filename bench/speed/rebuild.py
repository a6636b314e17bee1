"""`python -m bench.speed.rebuild --data DIR`: a full rebuild of a running network, timed. One JSON object."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench.speed.portal import open_portal, worker_paused
from conglang.cli.supervisor import recorded

UNKNOWN = "0" * 64


def full_rebuild(data: Path, processes: int, *, nothing: bool) -> dict[str, Any]:
    """Render every subject of every site again and have it signed. Call it with the worker paused.

    `nothing`: the store's pages and what each path answers are forgotten first, so that everything is compressed,
    written, recorded and signed as well; else rendering stops at equal bytes. Raises RuntimeError.
    """
    from conglang.portal.identity.sites.queries import all_sites
    from conglang.portal.publishing.releases.actions import publish_all
    from conglang.portal.publishing.rendering.actions import dispatch, rebuild

    aside = forget() if nothing else None
    keys = [site.key for site in all_sites()]
    rebuild(keys, by="bench", reason="measure")
    before = _cpu(data)
    begun = time.monotonic()
    dispatch()
    marked = time.monotonic() - begun
    reports = publish_all(keys, processes=processes, cause="bench")
    seconds = time.monotonic() - begun
    if aside:
        shutil.rmtree(aside)
    problems = [report.problem for report in reports if report.problem or report.failed]
    if problems:
        raise RuntimeError(f"{len(problems)} sites were not published: {problems[0]}")
    pages = sum(report.rendered for report in reports)
    return {
        "pages": pages,
        "seconds": round(seconds, 2),
        "of_which_finding_them": round(marked, 2),
        "pages_per_second": round(pages / seconds, 1),
        "paths_released": sum(report.released for report in reports),
        "cpu_ms_per_page": {
            name: round((now - before[name]) / pages * 1000, 2) for name, now in _cpu(data).items()
        },
    }


def _cpu(data: Path) -> dict[str, float]:
    """CPU seconds of the publishing processes (this one's children), signer and edge; the database's live sessions."""
    own = os.times()
    found = {"publisher": own.user + own.system + own.children_user + own.children_system}
    for name, process in recorded(data / "spool" / "run").items():
        if name in ("signer", "edge", "postgresql"):
            family = [process, *process.children(recursive=True)]
            found[name] = sum(sum(one.cpu_times()[:2]) for one in family)
    return found


def forget() -> Path:
    """Take every text out of the store, and make the database believe that each path answers something else.

    Returns the folder they were put in, to be removed when the clock has stopped: ext4 gives no inode away again for
    some minutes and looks at each that was just freed, so that after thousands of removals a new file costs ten times
    as much.
    """
    from django.db import connection

    from conglang.portal.publishing.rendering.holding import ASSETS
    from conglang.portal.publishing.rendering.models import Blob, Claim, Entry, Lingering, Pin
    from conglang.portal.publishing.rendering.shelving import store

    held = {
        digest
        for model in (Lingering, Pin)
        for digest in model.objects.values_list("digest", flat=True)
        if digest
    }
    # Not pictures: those come with their originals; nor what is held from before: no rendering would bring it back.
    texts = Blob.objects.filter(tried=True).exclude(digest__in=held)
    aside = Path(tempfile.mkdtemp(prefix="forgotten-", dir=store().objects.parent))
    for digest in texts.values_list("digest", flat=True):
        for encoding in (None, "br", "gzip"):
            with suppress(FileNotFoundError):
                (file := store().path(digest, encoding)).rename(aside / file.name)
    texts.delete()
    # Nor the design's files: one that is replaced stays a day longer, under the digest it is believed to have.
    for model in (Claim, Entry):
        model.objects.exclude(digest=None).exclude(path__startswith=ASSETS).update(digest=UNKNOWN)
    with connection.cursor() as cursor:  # what the updates left behind is not the rebuild's to carry
        cursor.execute("VACUUM ANALYZE rendering_claim, rendering_entry, rendering_blob, rendering_stale")
    return aside


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--same-bytes", action="store_true", help="forget nothing first")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))  # the paused worker must go on
    open_portal(options.data)
    with worker_paused(options.data):
        print(json.dumps(full_rebuild(options.data, options.processes, nothing=not options.same_bytes)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
