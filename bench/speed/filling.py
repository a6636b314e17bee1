"""`python -m bench.speed.filling --data DIR --articles N`: N articles for every site of a running network, published.

Sites that have theirs are left as they are, so a killed run carries on. The newest 200 of each site are as long as the
peer's (24 paragraphs, picture, table); older ones have three paragraphs, or 127 × 2,000 would not fit on the disk.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bench.speed.portal import open_portal, worker_paused

PREFIX = "bai-"  # of the slugs of generated articles
LONG = 200  # newest articles of a site that are of full length
PARTS = {"news": 0.6, "notices": 0.2, "policy-guidance": 0.1, "public-health": 0.1}
PICTURES = 8  # in a network; articles choose one
GROUP = 2000  # pages in one transaction, about
NEWEST = datetime(2026, 6, 30, 8)
STEP = timedelta(hours=30)  # between two articles of one site: 24 in a month, as in a busy commune


def fill(articles: int, tell: Any = lambda text: None) -> int:
    """Insert what is missing and ask for its rendering; return how many articles were inserted."""
    from conglang.portal.publishing.rendering.actions import rebuild

    return insert_missing(
        articles, tell, _pictures(), lambda keys: rebuild(keys, by="bench", reason="generated articles")
    )


def insert_missing(
    articles: int,
    tell: Any = lambda text: None,
    pictures: Sequence[int] = (),
    then: Callable[[list[str]], Any] = lambda keys: None,
    *,
    long: int = LONG,
) -> int:
    """Insert what sites lack of their articles, without asking for anything to be rendered but what ``then`` asks."""
    from conglang.portal.content.pages.models import ArticlePage
    from conglang.portal.identity.sites.queries import all_sites

    inserted = 0
    waiting = []
    for site in all_sites():
        there = ArticlePage.objects.filter(site_id=site.pk, slug__startswith=PREFIX).count()
        if there < articles:
            waiting.append((site, there))
    size = max(1, GROUP // articles)
    for start in range(0, len(waiting), size):
        inserted += _insert(waiting[start : start + size], articles, pictures, then, long)
        tell(f"{min(start + size, len(waiting))} of {len(waiting)} sites filled")
    return inserted


def _insert(
    group: list[tuple[Any, int]],
    articles: int,
    pictures: Sequence[int],
    then: Callable[[list[str]], Any],
    long: int,
) -> int:
    from django.db import transaction

    from conglang.portal.content.pagebase.actions import insert_below

    with transaction.atomic():
        placings = [
            placing for site, there in group for placing in _placings(site, there, articles, pictures, long)
        ]
        inserted = insert_below(placings)
        then([site.key for site, _ in group])
    return len(inserted)


def _placings(site: Any, there: int, articles: int, pictures: Sequence[int], long: int) -> list[Any]:
    from conglang.portal.content.pages.models import SectionPage

    sections = {
        page.kind: page
        for page in SectionPage.objects.filter(site_id=site.pk, kind__in=PARTS).order_by("-path")
    }
    below: dict[str, list[Any]] = {kind: [] for kind in sections}
    kinds = [kind for kind in PARTS if kind in sections]
    for number in range(there, articles):
        chance = random.Random(f"{site.key} {number}")
        kind = chance.choices(kinds, weights=[PARTS[kind] for kind in kinds])[0]
        below[kind].append(_draft(site, number, chance, pictures, number < long))
    return [(sections[kind], drafts) for kind, drafts in below.items() if drafts]


def _draft(site: Any, number: int, chance: random.Random, pictures: Sequence[int], full: bool) -> Any:
    """Number 0 is the newest."""
    from bench.speed.vietnamese import article
    from conglang.portal.content.pagebase.actions import Draft
    from conglang.portal.content.pages.keys import LOCAL
    from conglang.portal.content.pages.models import ArticlePage

    picture = chance.choice(pictures) if full and pictures else None
    at = NEWEST.replace(tzinfo=LOCAL) - number * STEP - timedelta(minutes=site.pk)
    return Draft(
        ArticlePage(
            slug=f"{PREFIX}{number}", picture_id=picture, first_published_at=at,
            **article(chance, full=full, picture=picture),
        )
    )  # fmt: skip


def _pictures() -> list[int]:
    """Photographs' sizes and noise, drawn; each becomes three widths of WebP and one JPEG."""
    from conglang.portal.content.files.actions import add_image
    from conglang.portal.content.files.models import Image
    from conglang.portal.identity.units.models import Office

    office = Office.objects.order_by("pk").first()
    for number in range(Image.objects.filter(title__startswith="bench ").count(), PICTURES):
        add_image(
            photograph(number), f"bench-{number}.jpg", office=office, title=f"bench {number}",
            alt_text="Ảnh sinh ra để đo tốc độ", origin="bench",
        )  # fmt: skip
    return list(Image.objects.filter(title__startswith="bench ").order_by("pk").values_list("pk", flat=True))


def photograph(number: int) -> bytes:
    import io

    from PIL import Image as Pillow

    chance = random.Random(number)
    small = Pillow.frombytes("RGB", (48, 32), chance.randbytes(48 * 32 * 3))
    out = io.BytesIO()
    small.resize((1440, 960), Pillow.Resampling.BICUBIC).save(out, "JPEG", quality=85)
    return out.getvalue()


def publish(processes: int, tell: Any) -> None:
    """Render, sign and so release what waits. RuntimeError with the first problem."""
    from conglang.portal.identity.sites.queries import all_sites
    from conglang.portal.publishing.releases.actions import publish_all

    done: list[Any] = []

    def progress(report: Any) -> None:
        done.append(report)
        tell(f"{len(done)} sites published, {sum(one.rendered for one in done)} subjects")

    publish_all([site.key for site in all_sites()], processes=processes, cause="bench", progress=progress)
    problems = [
        one.problem or f"{one.site}: {one.failed} failed" for one in done if one.problem or one.failed
    ]
    if problems:
        raise RuntimeError(f"{len(problems)} sites were not published: {problems[0]}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--articles", type=int, required=True)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))  # the paused worker must go on
    open_portal(options.data)
    begun = time.monotonic()

    def tell(text: str) -> None:
        print(f"{time.monotonic() - begun:7.1f} s  {text}", file=sys.stderr, flush=True)

    with worker_paused(options.data):
        inserted = fill(options.articles, tell)
        tell(f"{inserted} articles inserted")
        publish(options.processes, tell)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
