"""What a screen of the desk asks of the database: as much in a network of thirty sites as in one of three."""

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conglang.portal.content.editorial import actions
from conglang.portal.content.pagebase.actions import Draft, insert_trees
from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pages.models import ArticlePage, HomePage, SectionPage
from conglang.portal.identity.accounts.models import User
from conglang.portal.identity.accounts.rules import Role
from conglang.portal.identity.sites.models import NetworkState, Site

from .conftest import _person, _site

MOST = 60  # statements a screen may cost
ROWS = 50  # of a list
PEOPLE = {"author": Role.UNIT_AUTHOR, "centre": Role.CENTRE_EDITOR, "admin": Role.CITY_ADMINISTRATOR}
SCREENS = (
    "/", "/pages/", "/pages/{section}/", "/pages/search/?q=bai", "/choose-page/", "/choose-page/{section}/",
    "/choose-page/search/?q=bai", "/images/", "/images/chooser/", "/images/chooser/results/?q=anh", "/documents/",
    "/documents/chooser/", "/documents/chooser/results/?q=tep", "/duyet/", "/lich-cong-bo/", "/soan/", "/nguoi/",
    "/reports/site-history/", "/reports/locked/", "/reports/aging-pages/",
)  # fmt: skip
# Wagtail asks for the parent of every row of a chooser; a page of it has 25 rows, however many sites there are.
ROW_BY_ROW = {"/choose-page/": 25}


class Network:
    """A network that can be made larger."""

    def __init__(self) -> None:
        self.sites: list[Site] = []
        self.root = BasePage.objects.filter(depth=1).first() or BasePage.add_root(title="Root", slug="root")
        NetworkState.objects.update_or_create(id=1, defaults={"origin": "http://hanoi.localhost:8000"})

    def grow(self, count: int) -> None:
        for number in range(len(self.sites), count):
            key = f"xa-{number}" if number else "hanoi"
            site = _site(key, f"Xã {number}", "xã", f"{number:05}", is_city=not number)
            owner = {"site": site, "unit": site.unit, "office": site.office}
            rows = range(ROWS + 10 if number == 1 else 3)
            drafts = [Draft(ArticlePage(title=f"bai {row}", slug=f"bai-{row}", **owner)) for row in rows]
            section = Draft(SectionPage(title="Tin tức", slug="tin-tuc", **owner), drafts)
            home = HomePage(title=site.unit.name, slug=key, **owner)
            insert_trees(self.root, [Draft(home, [section])])
            self.root.refresh_from_db()
            self.sites.append(site)
        ArticlePage.objects.filter(site=self.sites[1]).update(live=False, first_published_at=None)
        actions.set_up_permissions()

    def costs(self, who: str) -> dict[str, int]:
        """Statements of each screen, after a look at each that fills what a process remembers."""
        client = Client(headers={"host": settings.DESK_HOST})
        client.force_login(User.objects.get(username=who))
        section = SectionPage.objects.get(site=self.sites[1]).pk
        found = {}
        for screen in SCREENS:
            client.get(screen.format(section=section))
            with CaptureQueriesContext(connection) as asked:
                client.get(screen.format(section=section))
            found[screen] = len(asked)
        return found


@pytest.fixture
def network(db: None) -> Network:
    made = Network()
    made.grow(3)
    for name, role in PEOPLE.items():
        _person(name, role, made.sites[1 if role == Role.UNIT_AUTHOR else 0].office)
    return made


def test_list_of_fifty_drafts_costs_its_author_no_statement_for_each(network: Network) -> None:
    client = Client(headers={"host": settings.DESK_HOST})
    client.force_login(User.objects.get(username="author"))
    address = f"/pages/{SectionPage.objects.get(site=network.sites[1]).pk}/"
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)

    assert answer.content.count(b"/edit/") >= ROWS
    assert len(asked) <= MOST


@pytest.mark.slow
@pytest.mark.parametrize("who", PEOPLE)
def test_screen_of_thirty_sites_costs_what_one_of_three_does(network: Network, who: str) -> None:
    few = network.costs(who)
    network.grow(30)
    many = network.costs(who)

    grown = {
        screen: (few[screen], cost)
        for screen, cost in many.items()
        if cost > few[screen] + ROW_BY_ROW.get(screen, 0)
    }
    assert grown == {}
    assert {screen: cost for screen, cost in many.items() if cost > MOST} == {}
