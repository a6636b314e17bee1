"""A network full of people and files for `bench desk`, and the two policies to compare. Needs Django set up."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.speed import filling

FILES = 40  # pictures and as many documents of each site
PEOPLE = 5  # of each of the three roles of a site
DRAFTS = 20  # articles of each site that were changed and are not published


def fill(data: Path, articles: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Make what is missing; return how much there is."""
    from conglang.portal.content.files.models import Document, Image
    from conglang.portal.content.pagebase.models import BasePage
    from conglang.portal.identity.accounts.models import User
    from conglang.portal.identity.sites.queries import all_sites

    if not (data / "bench-ready").exists():
        tell(f"{data.name}: not there yet, or not whole; making it")
        _network(tell)
        filling.insert_missing(articles, tell, long=0)  # lists read no text
        _drafts()
        _people()
        _files()
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        (data / "bench-ready").write_text("whole\n")
        tell("made")
    return {
        "sites": len(all_sites()), "pages": BasePage.objects.count(), "people": User.objects.count(),
        "files": Image.objects.count() + Document.objects.count(),
    }  # fmt: skip


def _network(tell: Callable[[str], None]) -> None:
    from django.conf import settings
    from django.core.management import call_command

    from conglang.portal.content.editorial.actions import set_up_permissions
    from conglang.portal.content.pages.actions.provisioning import provision_all
    from conglang.portal.identity.sites import queries
    from conglang.portal.identity.sites.actions import create_network, record_origin
    from conglang.portal.identity.sites.rules import Origin

    call_command("migrate", verbosity=0, interactive=False)
    create_network(settings.NETWORK_DIR)
    record_origin(Origin.parse(settings.ORIGIN, city_key=queries.city().key))
    provision_all(queries.all_sites())
    set_up_permissions()
    tell("sites with their pages")


def _drafts() -> None:
    from conglang.portal.content.pages.models import ArticlePage

    slugs = [f"{filling.PREFIX}{number}" for number in range(DRAFTS)]
    ArticlePage.objects.filter(slug__in=slugs).update(
        has_unpublished_changes=True, live=False, first_published_at=None
    )


def _people() -> None:
    """Everybody in the groups their roles give; names are numbers."""
    from conglang.portal.content.editorial.models import DeskGroup
    from conglang.portal.identity.accounts.models import RoleHolding, User
    from conglang.portal.identity.accounts.rules import Role
    from conglang.portal.identity.sites.queries import all_sites

    roles = (Role.UNIT_AUTHOR, Role.UNIT_APPROVER, Role.UNIT_MANAGER)
    plans = [(site, role, n) for site in all_sites() for role in roles for n in range(PEOPLE)]
    users = User.objects.bulk_create(
        User(username=f"{site.key}-{role.value}-{n}", password="!") for site, role, n in plans
    )
    RoleHolding.objects.bulk_create(
        RoleHolding(user=user, office=site.office, role=role.value)
        for user, (site, role, _n) in zip(users, plans, strict=True)
    )
    groups = dict(DeskGroup.objects.values_list("key", "group_id"))
    member = User.groups.through
    member.objects.bulk_create(
        member(user_id=user.pk, group_id=groups[f"site:{site.key}"])
        for user, (site, _r, _n) in zip(users, plans, strict=True)
    )
    city = next(site for site in all_sites() if site.is_city)
    for name, role in (("centre", Role.CENTRE_EDITOR), ("administrator", Role.CITY_ADMINISTRATOR)):
        RoleHolding.objects.create(
            user=User.objects.create(username=name), office=city.office, role=role.value
        )


def _files() -> None:
    """Rows of one picture and one document; what a list costs does not depend on what is in the files."""
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage
    from modelsearch.backends import get_search_backend
    from PIL import Image as Picture

    from conglang.portal.content.editorial.models import DeskGroup
    from conglang.portal.content.files.models import Document, Image
    from conglang.portal.identity.sites.queries import all_sites

    out = io.BytesIO()
    Picture.new("RGB", (300, 200), "teal").save(out, "PNG")
    picture = default_storage.save("original_images/bench.png", ContentFile(out.getvalue()))
    paper = default_storage.save("documents/bench.pdf", ContentFile(b"%PDF-1.4\n%%EOF\n"))
    places = dict(DeskGroup.objects.values_list("key", "collection_id"))
    images, documents = [], []
    for site in all_sites():
        where = {"office": site.office, "collection_id": places[f"site:{site.key}"]}
        for number in range(FILES):
            images.append(
                Image(
                    title=f"anh {number} {site.key}", file=picture, width=300, height=200, alt_text="màu",
                    origin="bench", licence="own", **where,
                )
            )  # fmt: skip
            documents.append(Document(title=f"tep {number} {site.key}", file=paper, **where))
    for model, rows in ((Image, images), (Document, documents)):
        model.objects.bulk_create(rows, batch_size=1000)
        get_search_backend().get_index_for_model(model).add_items(model, list(model.objects.all()))


def signed_in() -> dict[str, Any]:
    """An author of one ward, an editor of the Centre, an administrator of the city: each with a browser."""
    from django.conf import settings
    from django.test import Client

    from conglang.portal.identity.accounts.models import User

    names = {"author": _ward() + "-unit-author-0", "centre": "centre", "administrator": "administrator"}
    found = {}
    for who, name in names.items():
        found[who] = Client(headers={"host": settings.DESK_HOST})
        found[who].force_login(
            User.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend"
        )
    return found


def _ward() -> str:
    from conglang.portal.identity.sites.queries import all_sites

    return str(sorted(site.key for site in all_sites() if not site.is_city)[0])


def addresses() -> dict[str, int]:
    """What stands in the addresses of screens: the news of the author's ward."""
    from conglang.portal.content.pages.models import SectionPage

    found = SectionPage.objects.filter(site__key=_ward(), kind="news").order_by("-numchild").first()
    assert found is not None
    return {"section": found.pk}


@contextmanager
def counted() -> Iterator[list[int]]:
    from django.db import connection

    found = [0]

    def count(execute: Any, *arguments: Any) -> Any:
        found[0] += 1
        return execute(*arguments)

    with connection.execute_wrapper(count):
        yield found


@contextmanager
def policies(which: str) -> Iterator[None]:
    """``ours``: as the portal has them. ``stock``: Wagtail's own for pages, pictures, documents and collections."""
    from wagtail.models import Collection
    from wagtail.permissions import policy_registry

    from conglang.portal.content.files.models import Document, Image
    from conglang.portal.content.pagebase.models import BasePage

    if which == "ours":
        yield
        return
    exact, by_class = policy_registry.values_by_exact_class, policy_registry.values_by_class
    kept = dict(exact), dict(by_class)
    for model in (Image, Document, Collection):
        exact.pop(model)
    by_class.pop(BasePage)
    try:
        yield
    finally:
        exact.update(kept[0])
        by_class.update(kept[1])
