"""Two communes and a city on one desk, with one person of each kind."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pytest
from django.conf import settings
from django.test import Client

from conglang.portal.content.approval import actions as approval
from conglang.portal.content.editorial import actions
from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pages.models import ArticlePage, HomePage, SectionPage
from conglang.portal.identity.accounts.models import RoleHolding, User
from conglang.portal.identity.accounts.rules import Role
from conglang.portal.identity.sites.models import NetworkState, Site
from conglang.portal.identity.units.models import Office, Unit
from conglang.portal.identity.units.rules import UnitCode

from . import doors
from .authenticator import Authenticator


@dataclass
class Desk:
    sites: dict[str, Site]
    sections: dict[str, SectionPage]
    articles: dict[str, ArticlePage]
    users: dict[str, User]


def _site(key: str, name: str, type_: str, code: str, *, is_city: bool = False) -> Site:
    unit = Unit.objects.create(
        code=UnitCode("nso-province" if is_city else "nso-2025", code), name=name, type=type_,
        level="province" if is_city else "commune", recorded_from=date(2025, 7, 1),
    )  # fmt: skip
    office = Office.objects.create(
        unit=unit, kind="peoples-committee", name=f"UBND {name}", key=f"ubnd-{key}"
    )
    return Site.objects.create(key=key, unit=unit, office=office, is_city=is_city)


def _pages(root: BasePage, site: Site, canary: str) -> tuple[SectionPage, ArticlePage]:
    owner = {"site": site, "unit": site.unit, "office": site.office}
    home = root.add_child(instance=HomePage(title=site.unit.name, slug=site.key, **owner))
    section = home.add_child(instance=SectionPage(title="Tin tức", slug="tin-tuc", **owner))
    article = section.add_child(instance=ArticlePage(title=canary, slug="tin-mot", live=False, **owner))
    article.save_revision()
    return section, article


def _person(name: str, role: Role, office: Office) -> User:
    user = User.objects.create_user(name, password="mat-khau-thu", first_name=name)
    RoleHolding.objects.create(user=user, office=office, role=role.value)
    return user


@pytest.fixture
def desk(db: None) -> Desk:
    return laid_out()


def laid_out() -> Desk:
    """Make the two communes, the city and their people."""
    root = BasePage.objects.filter(depth=1).first() or BasePage.add_root(title="Root", slug="root")
    sites = {
        "hanoi": _site("hanoi", "Hà Nội", "thành phố", "01", is_city=True),
        "badinh": _site("badinh", "Ba Đình", "phường", "00004"),
        "dongda": _site("dongda", "Đống Đa", "phường", "00229"),
    }
    NetworkState.objects.update_or_create(id=1, defaults={"origin": "http://hanoi.localhost:8000"})
    made = {key: _pages(root, site, f"Bản nháp riêng của {site.unit.name}") for key, site in sites.items()}
    actions.set_up_permissions()
    centre = sites["hanoi"].office
    users = {
        "author": _person("author", Role.UNIT_AUTHOR, sites["badinh"].office),
        "approver": _person("approver", Role.UNIT_APPROVER, sites["badinh"].office),
        "centre": _person("centre", Role.CENTRE_EDITOR, centre),
        "city-approver": _person("city-approver", Role.CENTRE_APPROVER, centre),
        "admin": _person("admin", Role.CITY_ADMINISTRATOR, centre),
        "nobody": User.objects.create_user("nobody", password="mat-khau-thu"),
    }
    sections = {key: section for key, (section, _) in made.items()}
    articles = {key: article for key, (_, article) in made.items()}
    return Desk(sites, sections, articles, users)


def by_two(desk: Desk, page: BasePage) -> BasePage:
    """Have the newest revision of a page approved as in an office: one asks, another one agrees. The page as stored."""
    city = page.site.is_city
    asker, agreer = ("centre", "city-approver") if city else ("author", "approver")
    row = approval.ask(page, by=desk.users[asker])
    approval.agree(row, by=desk.users[agreer], seen=row.digest)
    return BasePage.objects.get(pk=page.pk).specific


@pytest.fixture
def at_desk(desk: Desk) -> Callable[[str], Client]:
    def enter(name: str) -> Client:
        client = Client(headers={"host": settings.DESK_HOST})
        client.force_login(User.objects.get(username=name))
        return client

    return enter


@pytest.fixture
def author(desk) -> User:
    return desk.users["author"]


@pytest.fixture
def key(author) -> Authenticator:
    """A passkey of the author, added at the desk."""
    client = doors.browser()
    client.force_login(author)
    made = Authenticator(settings.DESK_URL)
    done = doors.answer(client, made.create(doors.ask(client, "add")), label="Điện thoại của tôi")
    assert done.status_code == 200, done.content
    return made
