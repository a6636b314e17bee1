"""The peer's database: 127 hosts, the birth tree's menu, and the articles of our ×20 network, in bulk."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

SITES, ARTICLES, SECTIONS, CHILDREN, PICTURES = 127, 20, 7, 6, 8
NEWEST = datetime(2026, 6, 30, 8, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


def fill(*, sites: int = SITES, articles: int = ARTICLES) -> None:
    """Do nothing when it is filled. Not to be killed half-way: the folder is then thrown away."""
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import transaction
    from wagtail.models import Page, Site

    migrations = settings.DATA / "peer_migrations"
    migrations.mkdir(exist_ok=True)
    (migrations / "__init__.py").touch()
    call_command("makemigrations", "peer", verbosity=0, interactive=False)
    call_command("migrate", verbosity=0, interactive=False)
    if get_user_model().objects.filter(username="bench").exists():
        return
    with transaction.atomic():
        Site.objects.all().delete()
        Page.objects.filter(depth__gt=1).delete()
        pictures = [_picture(number) for number in range(PICTURES)]
        pages = list(_tree(sites, articles, pictures))
        _insert(pages)
        homes = Page.objects.filter(depth=2).order_by("path")
        Site.objects.bulk_create(
            Site(hostname=f"site-{number}.localhost", port=80, root_page=home, is_default_site=number == 0)
            for number, home in enumerate(homes)
        )
        Page.objects.filter(depth=1).update(numchild=sites)
        get_user_model().objects.create_superuser("bench", "bench@example.org", "bench")


def _picture(number: int) -> Any:
    from django.core.files.images import ImageFile
    from wagtail.images.models import Image

    from bench.speed.filling import photograph

    file = ImageFile(io.BytesIO(photograph(number)), name=f"bench-{number}.jpg")
    return Image.objects.create(title=f"bench {number}", file=file, width=1440, height=960)


def _tree(sites: int, articles: int, pictures: Sequence[Any]) -> Iterator[Any]:
    from bench.peer.models import ArticlePage, HomePage, SectionPage
    from bench.speed.vietnamese import article, words

    for site in range(sites):
        chance = random.Random(site)
        home = _path("0001", site + 1)
        yield HomePage(path=home, depth=2, numchild=SECTIONS, title=words(chance, 4), slug=f"site-{site}")
        for section in range(SECTIONS):
            place = _path(home, section + 1)
            below = articles if section == 0 else CHILDREN
            yield SectionPage(
                path=place,
                depth=3,
                numchild=below,
                title=words(chance, 3),
                slug=f"s{section}",
                show_in_menus=True,
            )
            if section:
                yield from (
                    SectionPage(
                        path=_path(place, child + 1),
                        depth=4,
                        title=words(chance, 4),
                        slug=f"c{child}",
                        show_in_menus=True,
                    )
                    for child in range(CHILDREN)
                )
        for number in range(articles):
            dice = random.Random(f"{site} {number}")
            picture = dice.choice(pictures)
            at = NEWEST - number * timedelta(hours=30)
            yield ArticlePage(
                path=_path(_path(home, 1), number + 1), depth=4, slug=f"bai-{number}", picture=picture,
                first_published_at=at, last_published_at=at, **article(dice, full=True, picture=picture.pk),
            )  # fmt: skip


def _path(parent: str, number: int) -> str:
    from wagtail.models import Page

    return str(Page._get_path(parent, len(parent) // Page.steplen + 1, number))


def _insert(pages: Sequence[Any]) -> None:
    from django.contrib.contenttypes.models import ContentType
    from wagtail.models import Locale, Page

    urls = {"0001": "/"}
    locale = Locale.get_default()
    bases = []
    for page in pages:
        urls[page.path] = page.url_path = f"{urls[page.path[:-4]]}{page.slug}/"
        page.content_type = ContentType.objects.get_for_model(type(page))
        page.locale, page.draft_title, page.live = locale, page.title, True
        names = [field.attname for field in Page._meta.concrete_fields if not field.primary_key]
        bases.append(Page(**{name: getattr(page, name) for name in names}))
    Page.objects.bulk_create(bases, batch_size=1000)
    by_type: dict[Any, list[Any]] = {}
    for page, base in zip(pages, bases, strict=True):
        page.pk = page.id = page.page_ptr_id = base.pk
        by_type.setdefault(type(page), []).append(page)
    for model, group in by_type.items():
        for start in range(0, len(group), 1000):
            model._base_manager._insert(
                group[start : start + 1000], fields=model._meta.local_concrete_fields, using="default"
            )
