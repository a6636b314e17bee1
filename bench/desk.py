"""The desk of 127 sites: seconds and statements of each screen for an author, a Centre editor, an administrator.

Makes a network of its own (kept between runs): every site with its pages, 100 articles, pictures and documents, three
roles of five people each. Each screen is asked for in turn under our permission policies and under Wagtail's own, so
that both see the same machine at the same moment; the ratio is ours over stock. Requests go through the whole stack of
the portal inside this process, so nothing of HTTP is in the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.engine import machine
from bench.speed.networks import NoSpace, check_space, default_folder
from conglang.cli.postgres import Cluster

ROOT = Path(__file__).resolve().parents[1]
NEEDED = 3 * 2**30
SCREENS = {
    "dashboard": "/",
    "explorer, all sites": "/pages/",
    "explorer, a section": "/pages/{section}/",
    "page search": "/pages/search/?q=th%C3%B4ng",
    "page chooser": "/choose-page/",
    "page chooser, a section": "/choose-page/{section}/",
    "page chooser, search": "/choose-page/search/?q=th%C3%B4ng",
    "pictures": "/images/",
    "picture chooser": "/images/chooser/",
    "picture chooser, search": "/images/chooser/results/?q=anh",
    "documents": "/documents/",
    "document chooser": "/documents/chooser/",
    "document chooser, search": "/documents/chooser/results/?q=tep",
    "approvals": "/duyet/",
    "calendar": "/lich-cong-bo/",
    "people": "/nguoi/",
    "report: history": "/reports/site-history/",
    "report: ageing pages": "/reports/aging-pages/",
    "report: locked pages": "/reports/locked/",
}
MOST_STATEMENTS, MOST_SECONDS = 60, 0.4


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print figures as one JSON object")
    parser.add_argument("--folder", type=Path, default=default_folder(), help="where the network is kept")
    parser.add_argument("--articles", type=int, default=100, help="per site, when the network is made")
    parser.add_argument("--rounds", type=int, default=20, help="of each screen, person and policy")
    parser.add_argument("--only", help="names of screens, comma-separated")
    options = parser.parse_args()
    begun = time.monotonic()

    def tell(text: str) -> None:
        print(f"{time.monotonic() - begun:7.1f} s  {text}", file=sys.stderr, flush=True)

    try:
        with office(options.folder / f"desk{options.articles}", options.articles, tell) as facts:
            wanted = options.only.split(",") if options.only else list(SCREENS)
            rows = measure({name: SCREENS[name] for name in wanted}, options.rounds, tell)
    except NoSpace as reason:
        print(reason, file=sys.stderr)
        return 1
    found = {
        "machine": machine(), **facts, "rounds": options.rounds, "screens": rows,
        "worst_statements": max(row["statements"] for row in rows),
        "worst_p95_s": max(row["p95_s"] for row in rows),
        "median_ratio_stock": round(statistics.median(row["ratio_stock"] for row in rows), 3),
        "over": [f"{row['who']}: {row['screen']}" for row in rows if not _holds(row)],
    }  # fmt: skip
    print(json.dumps(found, ensure_ascii=False) if options.json else _table(found))
    return 0


@contextmanager
def office(data: Path, articles: int, tell: Callable[[str], None]) -> Iterator[dict[str, Any]]:
    """Run the network's database with Django on it, filled when it is new. NoSpace."""
    data.mkdir(parents=True, exist_ok=True)
    if not (data / "bench-ready").exists():
        check_space(data, NEEDED)
    cluster = Cluster(data / "pg", {"fsync": "off"})
    cluster.create()
    cluster.start()
    try:
        cluster.ensure_database("desk")
        os.environ |= {
            "DATABASE_URL": cluster.url("desk"), "CONGLANG_DATA": str(data), "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "conglang.portal.site.settings.base",
        }  # fmt: skip
        import django

        django.setup()
        from bench.speed import offices

        yield offices.fill(data, articles, tell)
    finally:
        cluster.stop()


def measure(screens: dict[str, str], rounds: int, tell: Callable[[str], None]) -> list[dict[str, Any]]:
    """Every screen for every person: statements, seconds under our policies and under Wagtail's own."""
    from bench.speed import offices

    rows = []
    for who, client in offices.signed_in().items():
        values = offices.addresses()
        for name, address in screens.items():
            rows.append({"who": who, "screen": name, **_screen(client, address.format(**values), rounds)})
            tell(f"{who}: {name}: {rows[-1]['statements']} statements, {rows[-1]['p95_s']:.3f} s")
    return rows


def _screen(client: Any, address: str, rounds: int) -> dict[str, Any]:
    from bench.speed import offices

    taken: dict[str, list[float]] = {"ours": [], "stock": []}
    asked: dict[str, int] = {}
    status = 0
    for number in range(rounds + 1):  # the first one fills what a process remembers
        for policy in taken:
            with offices.policies(policy), offices.counted() as statements:
                begun = time.monotonic()
                status = client.get(address).status_code
                seconds = time.monotonic() - begun
            if number:
                taken[policy].append(seconds)
                asked[policy] = statements[0]
    ours, stock = (statistics.median(taken[policy]) for policy in ("ours", "stock"))
    return {
        "status": status, "statements": asked["ours"], "statements_stock": asked["stock"], "p50_s": round(ours, 4),
        "p95_s": round(_high(taken["ours"]), 4), "p50_stock_s": round(stock, 4),
        "p95_stock_s": round(_high(taken["stock"]), 4), "ratio_stock": round(ours / stock, 3),
    }  # fmt: skip


def _high(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]


def _holds(row: dict[str, Any]) -> bool:
    return bool(row["statements"] <= MOST_STATEMENTS and row["p95_s"] <= MOST_SECONDS)


def _table(found: dict[str, Any]) -> str:
    lines = [
        f"{found['sites']} sites, {found['pages']} pages, {found['people']} people, {found['files']} files"
    ]
    for row in found["screens"]:
        lines.append(
            f"{row['who']:<14} {row['screen']:<26} {row['status']} {row['statements']:>4} statements "
            f"p50 {row['p50_s']:.3f} p95 {row['p95_s']:.3f} s, {row['ratio_stock']:.2f} of stock"
        )
    return "\n".join([*lines, f"more than asked for: {found['over'] or 'none'}"])


if __name__ == "__main__":
    raise SystemExit(main())
