"""Publishing: pages a full rebuild renders in a second, press → visible over 100 publishes, memory, sizes on disk.

Starts the real network in a folder of its own (or measures one that runs: `--data DIR --port N`), changes real pages
through Wagtail as the desk does, and reads them through Caddy as a citizen does. Seconds, bytes.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import platform
import random
import shutil
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.start import NeverReady, Up, memory, sizes
from conglang.cli.supervisor import recorded

PUBLISHES = 100
POLL = 0.004  # seconds between two looks of the reader
PATIENCE = 60.0


class Reader:
    """A citizen at one host, over one connection."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)

    def sees(self, path: str, words: str) -> bool:
        try:
            self._connection.request("GET", path, headers={"Host": f"{self._host}:{self._port}"})
            answer = self._connection.getresponse()
            return words.encode() in answer.read() and answer.status == 200
        except (http.client.HTTPException, OSError):
            self._connection.close()
            return False

    def wait(self, path: str, words: str, begun: float) -> float:
        """Seconds since `begun` when the words are there. Raises TimeoutError."""
        while not self.sees(path, words):
            if time.monotonic() - begun > PATIENCE:
                raise TimeoutError(f"{self._host}{path} does not show «{words}» after {PATIENCE:.0f} s")
            time.sleep(POLL)
        return time.monotonic() - begun


def open_portal(data: Path, port: int) -> None:
    """Make this process one of the portal's, without its jobs."""
    from conglang.cli.postgres import Cluster

    os.environ["CONGLANG_DATA"] = str(data)
    os.environ.setdefault("DATABASE_URL", Cluster(data / "pg").url())
    os.environ["CONGLANG_ORIGIN"] = f"http://hanoi.localhost:{port}"
    os.environ["DJANGO_SETTINGS_MODULE"] = "conglang.portal.site.settings.base"
    import django

    django.setup()


def full_rebuild(data: Path, processes: int) -> dict[str, Any]:
    """Render every subject of every site again and release what differs, the worker paused meanwhile.

    `same_bytes`: nothing has changed, so rendering stops at equal bytes. `from_nothing`: the store's pages and what
    each path answers are forgotten first, so that everything is compressed, written, recorded and signed as well.
    """
    from conglang.portal.publishing.releases import receivers  # noqa: F401 (connected, so that it can be disconnected)
    from conglang.portal.publishing.rendering import signals

    signals.subjects_stale.disconnect(
        dispatch_uid="releases.defer_sites"
    )  # this process does the work itself
    worker = recorded(data / "spool" / "run")["worker"]
    worker.suspend()
    try:
        same = _rebuild(processes)
        _forget()
        return {"processes": processes, "same_bytes": same, "from_nothing": _rebuild(processes)}
    finally:
        worker.resume()


def _rebuild(processes: int) -> dict[str, float]:
    from conglang.portal.identity.sites.queries import all_sites
    from conglang.portal.publishing.releases.actions import publish_all
    from conglang.portal.publishing.rendering.actions import dispatch, rebuild

    keys = [site.key for site in all_sites()]
    rebuild(keys, by="bench", reason="measure")
    begun = time.monotonic()
    dispatch()
    marked = time.monotonic() - begun
    reports = publish_all(keys, processes=processes, cause="bench")
    seconds = time.monotonic() - begun
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
    }


def _forget() -> None:
    from conglang.portal.publishing.rendering.models import Blob, Claim, Entry
    from conglang.portal.publishing.rendering.shelving import store

    for digest in Blob.objects.filter(tried=True).values_list(
        "digest", flat=True
    ):  # not pictures: those come first
        for encoding in (None, "br", "gzip"):
            store().path(digest, encoding).unlink(missing_ok=True)
    Blob.objects.filter(tried=True).delete()
    Claim.objects.exclude(digest=None).update(digest="0" * 64)
    Entry.objects.exclude(digest=None).update(digest="0" * 64)


def publishes(port: int, count: int) -> dict[str, Any]:
    """Give articles on sites all over the network a new title, one after another, and wait for readers to see it."""
    presses, pages, lists = [], [], []
    for number, (article, path, section) in enumerate(_articles(count)):
        reader = Reader(article.site_host, port)
        words = f"Tin số {number} {random.randrange(10**9)}"
        begun = time.monotonic()
        _press_publish(article.pk, words)
        presses.append(time.monotonic() - begun)
        pages.append(reader.wait(path, words, begun))
        lists.append(reader.wait(section, words, begun))
    return {
        "publishes": len(pages),
        "press": spread(presses),
        "page_visible": spread(pages),
        "section_visible": spread(lists),
    }


def _articles(count: int) -> list[tuple[Any, str, str]]:
    from conglang.portal.content.pages.models import ArticlePage
    from conglang.portal.identity.sites import queries

    origin = queries.current_origin()
    hosts = {site.pk: origin.host_of(site.key, site.custom_host) for site in queries.all_sites()}
    newest = ArticlePage.objects.live().order_by("site_id", "-first_published_at").select_related("site")
    found: dict[int, Any] = {}
    for article in newest.iterator():
        found.setdefault(article.site_id, article)
    chosen = random.Random(341).sample(list(found.values()), min(count, len(found)))
    chosen = [chosen[number % len(chosen)] for number in range(count)]
    rows = []
    for article in chosen:
        article.site_host = hosts[article.site_id]
        rows.append((article, _public_path(article), _public_path(article.get_parent().specific)))
    return rows


def _press_publish(pk: int, title: str) -> None:
    """What the desk's «Công bố» does, in one transaction as its requests are."""
    from django.db import transaction

    from conglang.portal.content.pages.models import ArticlePage

    with transaction.atomic():
        article = ArticlePage.objects.get(pk=pk)
        article.title = title
        article.save_revision().publish()


def _public_path(page: Any) -> str:
    from conglang.portal.publishing.rendering.models import Claim

    made = {"production__family": "page", "production__ident": str(page.uuid), "site": page.site.key}
    paths = Claim.objects.filter(path__endswith="/", **made).values_list("path", flat=True)
    return min(paths, key=len)  # the others are archive pages


def spread(seconds: list[float]) -> dict[str, float]:
    """Milliseconds at the median, at 95 % and at worst."""
    cuts = statistics.quantiles(seconds, n=20) if len(seconds) > 1 else seconds * 19
    return {name: round(1000 * value, 1) for name, value in
            (("p50_ms", statistics.median(seconds)), ("p95_ms", cuts[18]), ("max_ms", max(seconds)))}  # fmt: skip


def measure(data: Path, port: int, options: argparse.Namespace) -> dict[str, Any]:
    """Everything on one running network. The publishes come first: a rebuild leaves work behind for disk and edge."""
    open_portal(data, port)
    visible = publishes(port, options.publishes)
    held = memory(data)
    return {
        "machine": {
            "cores": os.cpu_count(),
            "system": platform.platform(),
            "python": platform.python_version(),
        },
        "load_before": os.getloadavg()[0],
        "publish": visible,
        "memory_bytes": held,
        "disk_bytes": sizes(data),
        "full_rebuild": full_rebuild(data, options.processes),
    }


def show(figures: dict[str, Any]) -> None:
    for name, run in figures["full_rebuild"].items():
        if isinstance(run, dict):
            print(
                f"rebuild, {name:<13} {run['pages_per_second']:8.0f} pages/s  ({run['pages']} in {run['seconds']} s)"
            )
    for name, run in figures["publish"].items():
        if isinstance(run, dict):
            print(
                f"{name:<22} p50 {run['p50_ms']:7.0f} ms   p95 {run['p95_ms']:7.0f} ms   max {run['max_ms']:7.0f} ms"
            )
    for title in ("memory", "disk"):
        for name, amount in figures[f"{title}_bytes"].items():
            print(f"{title:<7} {name:<14} {amount / 2**20:7.0f} MB")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print figures as one JSON object")
    parser.add_argument("--data", type=Path, help="measure the network that runs on this folder")
    parser.add_argument("--port", type=int, default=8390)
    parser.add_argument("--publishes", type=int, default=PUBLISHES)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 2)
    parser.add_argument(
        "--patience", type=float, default=900.0, help="seconds until the start counts as failed"
    )
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))  # the paused worker must go on
    figures = measure(options.data, options.port, options) if options.data else _on_a_new_network(options)
    print(json.dumps(figures)) if options.json else show(figures)
    return 0


def _on_a_new_network(options: argparse.Namespace) -> dict[str, Any]:
    # As root not below /tmp: PostgreSQL's own user has to pass through every parent of its folder.
    parent = Path("/var/lib") if os.geteuid() == 0 else Path(tempfile.gettempdir())
    data = Path(tempfile.mkdtemp(prefix="conglang-bench-", dir=parent))
    up = Up(data, options.port)
    try:
        up.wait_ready(options.patience)
        return measure(data, options.port, options)
    except NeverReady as failure:
        sys.exit(f"`up` did not become ready. It said:\n{failure}")
    finally:
        up.kill()
        shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    raise SystemExit(main())
