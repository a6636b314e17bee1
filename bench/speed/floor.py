"""`python -m bench.speed.floor --data DIR`: the bare loop a rebuild cannot beat: load, render, compress, write.

The same pages through the same queries, templates and encoders, each site's pages in batches, in as many processes, and
nothing else: no memory of what was read, no claims, no manifest, no signature. One JSON object.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.speed.portal import open_portal

BATCH = 200
_place = Path()


def run(folder: Path, processes: int) -> dict[str, Any]:
    """Pages a second over all sites."""
    from django.db import connections

    from conglang.portal.identity.sites.queries import all_sites

    global _place
    _place = Path(tempfile.mkdtemp(prefix="floor-", dir=folder))
    keys = [site.key for site in all_sites()]
    connections.close_all()
    begun = time.monotonic()
    try:
        with multiprocessing.get_context("fork").Pool(processes) as pool:
            pages = sum(pool.imap_unordered(_site, keys))
        os.sync()
        seconds = time.monotonic() - begun
    finally:
        shutil.rmtree(_place, ignore_errors=True)
    return {"pages": pages, "seconds": round(seconds, 2), "pages_per_second": round(pages / seconds, 1)}


def _site(key: str) -> int:
    from itertools import islice

    from django.utils import timezone

    from conglang.portal.publishing.rendering.drawing import snapshot
    from conglang.portal.publishing.rendering.registry import families

    made, at = 0, timezone.now()
    for family in families():
        with snapshot():
            idents = iter(sorted(set(family.subjects(key))))
        while batch := list(islice(idents, BATCH)):
            with snapshot():
                found = list(family.render(key, batch, at=at))
            made += sum(_write(key, output) for one in found for output in one.outputs[:1])
    return made


def _write(key: str, output: Any) -> int:
    """Write a subject's own output under its path. Pictures are other people's bytes and are not written."""
    from conglang.wire.encodings import compress
    from conglang.wire.paths import is_text, tree_path

    if output.body is None:
        return 1
    target = _place / key / tree_path(output.path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(output.body)
    for name, data in (compress(output.body) if is_text(output.path) else {}).items():
        target.with_name(f"{target.name}.{name}").write_bytes(data)
    return 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 2)
    options = parser.parse_args()
    open_portal(options.data)
    print(json.dumps(run(options.data.parent, options.processes)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
