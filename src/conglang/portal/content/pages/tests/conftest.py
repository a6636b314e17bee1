"""A city and two fictional communes, provisioned; the tests of pages, files and outputs share them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from conglang.portal.content.pagebase.actions import Draft, insert_trees
from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pages.actions import provision_all, provisioning, publish
from conglang.portal.content.pages.kinds import Born, birth_tree
from conglang.portal.content.pages.models import ArticlePage
from conglang.portal.identity.sites.actions import record_origin
from conglang.portal.identity.sites.models import Site
from conglang.portal.identity.sites.rules import Origin
from conglang.portal.identity.units.models import Office, Succession, Unit
from conglang.portal.identity.units.rules import UnitCode
from conglang.portal.publishing.rendering import registry
from conglang.portal.publishing.rendering.rules import Output, Rendered

AT = datetime(2025, 7, 1, tzinfo=UTC)


@dataclass
class Network:
    city: Site
    one: Site  # «Phường Lúa», formed from two wards
    two: Site  # «Xã Ngô»

    def page(self, site: Site, kind: str) -> BasePage:
        return BasePage.objects.filter(site=site, kind=kind).order_by("path").first().specific


def _unit(code: str, name: str, type_name: str, **values: object) -> Unit:
    register, _, number = code.partition(":")
    facts = {"level": "commune", "recorded_from": date(2025, 1, 1), "folded_name": name.lower()}
    return Unit.objects.create(code=UnitCode(register, number), name=name, type=type_name, **(facts | values))


def _site(key: str, unit: Unit, *, is_city: bool = False) -> Site:
    office = Office.objects.create(
        unit=unit, kind="peoples-committee", name=f"Ủy ban nhân dân {unit}", key=f"{key}-ubnd"
    )
    return Site.objects.create(key=key, unit=unit, office=office, is_city=is_city)


SMALL = frozenset(
    {
        "introduction",
        "general-introduction",
        "functions",
        "organisation",
        "officials",
        "former-units",
        "news",
        "notices",
    }
    | {
        "documents-root",
        "legal-documents",
        "administrative-documents",
        "services",
        "procedures",
        "disclosure",
        "budget",
        "participation",
    }
    | {"feedback", "contact", "communes"}
)


@pytest.fixture
def kinds_born() -> frozenset[str] | None:
    """Which entries of the tree the sites of a test are born with; None for all. Few, to be quick."""
    return SMALL


def _pruned(tree: tuple[Born, ...], kept: frozenset[str]) -> tuple[Born, ...]:
    return tuple(replace(entry, pages=_pruned(entry.pages, kept)) for entry in tree if entry.kind in kept)


@pytest.fixture
def network(db: None, kinds_born: frozenset[str] | None, monkeypatch: pytest.MonkeyPatch) -> Network:
    if kinds_born is not None:
        be_born_with(kinds_born, monkeypatch)
    return make_network()


def be_born_with(kinds: frozenset[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sites be born with these entries of their tree only."""
    monkeypatch.setattr(
        provisioning, "birth_tree", lambda *, is_city: _pruned(birth_tree(is_city=is_city), kinds)
    )


def make_network() -> Network:
    """A city and two communes, provisioned."""
    city = _unit("nso-province:99", "Mẫu", "thành phố", level="province")
    figures = {
        "parent": city,
        "area_km2": Decimal("2.50"),
        "population": 10000,
        "latitude": 21.0,
        "longitude": 105.8,
    }
    one = _unit("nso-2025:90001", "Lúa", "phường", facts={"clause": 7, "districts": ["Quận Gạo"]}, **figures)
    two = _unit("nso-2025:90002", "Ngô", "xã", facts={"clause": 8, "districts": ["Quận Gạo"]}, **figures)
    district = _unit(
        "nso-2024-district:991", "Gạo", "quận", level="district", valid_to=date(2025, 7, 1), ending="replaced"
    )
    ended = {"parent": district, "valid_to": date(2025, 7, 1)}
    whole = _unit("nso-2024:90001", "Nếp", "phường", ending="merged", **ended)
    shared = _unit("nso-2024:90002", "Tẻ", "phường", ending="split", **ended)
    for old, new, share, detail in (
        (whole, one, "whole", "whole"),
        (shared, one, "part", "area+population"),
        (shared, two, "part", "area+population"),
    ):
        Succession.objects.create(
            predecessor=old, successor=new, date=date(2025, 7, 1), share=share, detail=detail
        )
    found = Network(_site("mau", city, is_city=True), _site("lua", one), _site("ngo", two))
    record_origin(Origin.parse("http://mau.localhost:8500", "mau"))
    provision_all([found.city, found.one, found.two])
    return found


@pytest.fixture
def article(network: Network) -> Callable[..., ArticlePage]:
    """Publish an article: ``article(site, "Tiêu đề", kind="news", at=…)``."""

    def make(
        site: Site, title: str, *, kind: str = "news", at: datetime | None = None, **values: object
    ) -> ArticlePage:
        section = network.page(site, kind)
        page = section.add_child(
            instance=ArticlePage(title=title, live=False, first_published_at=at, **values)
        )
        return publish(page)

    return make


@pytest.fixture
def many(network: Network) -> Callable[[Site, int], list[BasePage]]:
    """Put so many articles into a site's news, one an hour, the oldest first."""

    def insert(site: Site, count: int) -> list[BasePage]:
        pages = [
            ArticlePage(title=f"Tin {n:02}", slug=f"tin-{n:02}", first_published_at=AT + timedelta(hours=n))
            for n in range(count)
        ]
        return insert_trees(network.page(site, "news"), [Draft(page) for page in pages])

    return insert


@pytest.fixture
def render() -> Callable[[str], dict[str, Output]]:
    """Render a whole site; return its outputs by path."""

    def all_of(site: str, *, at: datetime = AT) -> dict[str, Output]:
        outputs: dict[str, Output] = {}
        for family in reversed(registry.families()):  # a lower rank wins a path
            for made in family.render(site, sorted(set(family.subjects(site))), at=at):
                outputs |= {output.path: output for output in made.outputs}
        return outputs

    return all_of


@pytest.fixture
def render_one() -> Callable[..., Rendered | None]:
    """Render one subject of a family."""

    def one(family: str, site: str, ident: object, *, at: datetime = AT) -> Rendered | None:
        found = registry.family(family)
        assert found is not None
        return next(iter(found.render(site, [str(ident)], at=at)), None)

    return one
