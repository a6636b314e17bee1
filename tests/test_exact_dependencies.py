"""A change renders again what it changes for readers: not less, and hardly anything more.

Every field of every model is changed the way the product changes it, on a small network that has everything. What is
rendered again is compared with what a rebuild from nothing answers. A field without a mutation, and a change that
renders in vain, need their reason in exact_dependencies.toml; a reason that is not needed any more fails too.
"""

import os
import random
import tomllib
from collections.abc import Callable, Iterator
from datetime import date, time
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from conglang.portal.content.files.models import Document, Image
from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pages.actions import confirm_withdrawal, publish, undo_withdrawal, withdraw
from conglang.portal.content.pages.models import (
    ArticlePage,
    ContactPage,
    DocumentsPage,
    HomePage,
    LegalDocumentPage,
    OfficialsPage,
    OpeningHours,
    OrganisationNode,
    OrganisationPage,
    Post,
    SectionPage,
    TextPage,
)
from conglang.portal.content.pages.tests import exact, worlds
from conglang.portal.content.pages.tests.conftest import AT, SMALL, be_born_with, make_network
from conglang.portal.content.pages.tests.populated import World, add, fill, new_document, new_image, words
from conglang.portal.content.pages.tests.worlds import Database
from conglang.portal.identity.accounts.models import User
from conglang.portal.identity.sites.actions import back_to_trial, go_official, record_origin
from conglang.portal.identity.sites.models import NetworkState, Site
from conglang.portal.identity.sites.rules import Origin
from conglang.portal.identity.units.actions import Heir, end_unit, import_units
from conglang.portal.identity.units.facts import SuccessionFacts, UnitFacts
from conglang.portal.identity.units.models import Office, Succession, Unit
from conglang.portal.identity.units.rules import UnitCode
from conglang.portal.publishing.rendering import actions, queries

SITES = ("mau", "lua", "ngo")
SEED = int(os.environ.get("CONGLANG_SEED") or random.randrange(10**6))
EVERY = [pytest.param(1, marks=pytest.mark.long, id="always"), pytest.param(10, id="tenth")]
REASONS: dict[str, Any] = tomllib.loads((Path(__file__).parent / "exact_dependencies.toml").read_text())


Mutation = Callable[[World], object]
TYPES: dict[str, type[BasePage]] = {
    "home": HomePage, "section": SectionPage, "article": ArticlePage, "text": TextPage,
    "organisation": OrganisationPage, "officials": OfficialsPage, "contact": ContactPage,
    "documents": DocumentsPage, "document": LegalDocumentPage,
}  # fmt: skip


# building


@pytest.fixture
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The test's database without a transaction around the test; replaces pytest-django's."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def world(
    db: None, postgres_url: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    settings.DATA = tmp_path / "data"
    be_born_with(SMALL, monkeypatch)
    database = Database(postgres_url)
    database.forget("empty")
    database.keep("empty")
    made = World(make_network(), database)
    fill(made)
    actions.rebuild(SITES, by="test", reason="first")
    worlds.settle(SITES)
    assert queries.failures(SITES) == []
    yield made
    database.restore("empty")
    database.forget("empty")


# the fields of pages


def _shared(name: str, model: type[BasePage]) -> dict[str, Mutation]:
    """What every type of page has. An article is «article» in the world, and so on."""
    label = model._meta.label
    found: dict[str, Mutation] = {
        f"{label}.title": lambda world: world.edit(name, title=f"Tên mới của {name}"),
        f"{label}.summary": lambda world: world.edit(name, summary="Tóm tắt khác."),
        f"{label}.search_description": lambda world: world.edit(name, search_description="Cho máy tìm."),
        f"{label}.show_in_menus": lambda world: world.edit(name, show_in_menus=not world.page(name).show_in_menus),
    }  # fmt: skip
    if name != "home":
        found[f"{label}.slug"] = lambda world: world.edit(name, slug=f"dia-chi-{name}")
        found[f"{label}.live (gone)"] = lambda world: world.page(name).unpublish()
        found[f"{label}.live (back)"] = lambda world: publish(world.page(name))
    return found


def _own(name: str, model: type[BasePage], /, **values: Any) -> dict[str, Mutation]:
    def change(key: str, value: Any) -> Mutation:
        return lambda world: world.edit(name, **{key: value(world) if callable(value) else value})

    return {f"{model._meta.label}.{key}": change(key, value) for key, value in values.items()}


def _inline(name: str, relation: str, model: Any, /, **values: Any) -> dict[str, Mutation]:
    def change(key: str, value: Any) -> Mutation:
        return lambda world: world.edit_row(
            name, relation, **{key: value(world) if callable(value) else value}
        )

    return {f"{model._meta.label}.{key}": change(key, value) for key, value in values.items()}


def _sorted_otherwise(name: str, relation: str) -> Mutation:
    def change(world: World) -> None:
        page = world.page(name)
        rows = list(reversed(getattr(page, relation).all()))
        for position, row in enumerate(rows):
            row.sort_order = position
        setattr(page, relation, rows)
        publish(page)

    return change


PAGES: dict[str, Mutation] = {
    "pages.HomePage.intro": lambda world: world.edit("home", intro="Một câu ở trên."),
    **{key: mutation for name, model in TYPES.items() for key, mutation in _shared(name, model).items()},
    **{
        key: mutation
        for name in ("section", "text", "organisation", "officials", "contact", "documents", "document")
        for key, mutation in _own(name, TYPES[name], body=words("Chữ khác")).items()
    },
    **_own("article", ArticlePage, seo_title="Tên cho máy tìm",
           picture=lambda world: world.image(1), deadline=date(2025, 8, 1),
           author="Phòng Văn hóa", source="Báo Hànộimới", body=words("Chữ khác")),
    **_own("contact", ContactPage, address="Số 1", phone="024 2", fax="024 3", email="a@example.vn",
           responsible="Ông A", latitude=21.1, longitude=105.9),
    **_own("document", LegalDocumentPage, number="2/QĐ", form="Quyết định", issued_on=date(2025, 7, 2),
           effective_on=date(2025, 7, 9), issuer="UBND", file=lambda world: world.document(1)),
    **_inline("organisation", "nodes", OrganisationNode, name="Ủy ban nhân dân", duties="Điều hành", head="Ông B",
              vacant=True, phone="024 4"),
    "pages.OrganisationNode.level": lambda world: world.edit_row("organisation", "nodes", level=2),
    "pages.OrganisationNode.sort_order": _sorted_otherwise("organisation", "nodes"),
    **_inline("officials", "posts", Post, title="Chủ tịch UBND", person_name="Người khác", illustration=True,
              term_start=date(2025, 7, 1), biography="Tiểu sử", duties="Phụ trách chung", phone="024 5",
              photo=lambda world: world.image(1), body="council"),
    "pages.Post.vacant": lambda world: world.edit_row("officials", "posts", person_name="", vacant=True),
    "pages.Post.sort_order": _sorted_otherwise("officials", "posts"),
    **_inline("contact", "hours", OpeningHours, weekday=2, opens=time(7), closes=time(12)),
    "pages.OpeningHours.sort_order": _sorted_otherwise("contact", "hours"),
}  # fmt: skip


# the rest of the models, and what is done with whole pages


def _save(what: Callable[[World], Any], /, **values: Any) -> Mutation:
    def change(world: World) -> None:
        row = what(world)
        for name, value in values.items():
            setattr(row, name, value)
        row.save()

    return change


def _one(model: Any, what: Callable[[World], Any], /, **values: Any) -> dict[str, Mutation]:
    return {f"{model._meta.label}.{name}": _save(what, **{name: value}) for name, value in values.items()}


def _unit(world: World) -> Unit:
    return Unit.objects.get(pk=world.network.one.unit_id)


def _predecessor(world: World) -> Unit:
    return Unit.objects.get(name__in=("Nếp", "Nếp Cái"), level="commune")


def _province(world: World) -> Unit:
    return Unit.objects.get(pk=world.network.city.unit_id)


def _corrected(world: World) -> None:
    unit = _unit(world)
    facts = UnitFacts(
        code=unit.code, name=unit.name, type=unit.type, level=unit.level, label="lua", latitude=20.9, longitude=105.1,
        recorded_from=unit.recorded_from, area_km2=unit.area_km2, population=unit.population, facts=unit.facts,
    )  # fmt: skip
    import_units([facts], [], [])


def _new_piece(world: World) -> None:
    old = UnitFacts(
        code=UnitCode("nso-2024", "90003"), name="Kê", type="phường", level="commune", label="ke",
        recorded_from=date(2025, 1, 1), valid_to=date(2025, 7, 1), ending="merged",
    )  # fmt: skip
    piece = SuccessionFacts(old.code, _unit(world).code, date(2025, 7, 1), "whole", "whole")
    import_units([old], [piece], [])


def _ended(world: World) -> None:
    other = Unit.objects.create(
        code=UnitCode("nso-2024", "90009"),
        name="Vừng",
        type="xã",
        level="commune",
        recorded_from=date(2025, 1, 1),
    )
    end_unit(
        other, on=date(2025, 8, 1), ending="merged", heirs=[Heir(_unit(world), "whole")], legal_act="NQ 1"
    )


REST: dict[str, Mutation] = {
    **_one(Unit, _unit, name="Lúa Mới", type="xã", folded_name="a", latitude=21.2, longitude=105.7,
           area_km2=Decimal("3.1"), population=20000, facts={"clause": 9}),
    "units.Unit.name (a predecessor)": _save(_predecessor, name="Nếp Cái"),
    "units.Unit.name (its district)": _save(lambda world: Unit.objects.get(level="district"), name="Gạo Tẻ"),
    "units.Unit.name (the city)": _save(_province, name="Mẫu Mới"),
    "units.Unit.parent": _save(_predecessor, parent=None),
    "units.Unit (corrected by the network's folder)": _corrected,
    "units.Succession (another piece in the network's folder)": _new_piece,
    "units.Succession (a unit ends)": _ended,
    **_one(Succession, lambda world: Succession.objects.filter(successor=_unit(world), share="part").first(),
           detail="area-only", legal_act="NQ 2"),
    "units.Succession.predecessor (gone)": lambda world: Succession.objects.filter(
        successor=_unit(world), share="part").first().delete(),
    **_one(Office, lambda world: Office.objects.get(pk=world.network.one.office_id), name="Ủy ban nhân dân phường"),
    "units.Office.name (the city's)": _save(
        lambda world: Office.objects.get(pk=world.network.city.office_id), name="TP"),
    "sites.Site.official_from": lambda world: go_official([world.network.one], at=timezone.now(), by="test"),
    "sites.Site.official_from (the city)": lambda world: go_official([world.network.city], at=AT, by="test"),
    "sites.Site.official_from (undone)": lambda world: back_to_trial([world.network.one], by="test"),
    "sites.Site.official_by": lambda world: go_official([world.network.two], at=timezone.now(), by="ai đó"),
    "sites.NetworkState.demo": _save(lambda world: NetworkState.objects.get(), demo=True),
    "sites.NetworkState.design_digest": _save(lambda world: NetworkState.objects.get(), design_digest="0" * 64),
    "sites.NetworkState.origin": lambda world: record_origin(Origin.parse("https://mau.example.vn", "mau")),
    "sites.Site.custom_host": _save(lambda world: Site.objects.get(key="lua"), custom_host="lua.example.vn"),
    **_one(Image, World.image, alt_text="Ô vuông", origin="Sưu tầm", title="Tên tệp", licence="open",
           description="Mô tả", focal_point_x=3),
    "files.Image.tags": lambda world: (world.image().tags.add("đỏ"), world.image().save()),
    "files.Image (new)": lambda world: new_image(world.network.one, "yellow"),
    **_one(Document, World.document, title="Biểu mẫu khác"),
    "files.Document.tags": lambda world: (world.document().tags.add("mẫu"), world.document().save()),
    "files.Document (new)": lambda world: new_document(world.network.one, "bon"),
    "files.Image (deleted while a text shows it)": lambda world: world.image(1).delete(),
    "files.Document (deleted while a text shows it)": lambda world: world.document(0).delete(),
    "an article is published": lambda world: add(world, "news", ArticlePage(title="Tin mới", live=False)),
    "an article of the city is published": lambda world: publish(
        world.network.page(world.network.city, "news").add_child(
            instance=ArticlePage(title="Tin Thành phố", live=False))),
    "pages.Withdrawal.reason": lambda world: withdraw(world.page("article-1"), reason="wrong"),
    "pages.Withdrawal.ended_at": lambda world: undo_withdrawal(world.page("article-1")),
    "pages.Withdrawal.provisional": lambda world: withdraw(world.page("article-1"), reason="wrong", provisional=True),
    "pages.Withdrawal.second": lambda world: confirm_withdrawal(
        world.page("article-1"), second=User.objects.get_or_create(username="second")[0]),
    "pages.Withdrawal.ended_at (confirmed)": lambda world: undo_withdrawal(world.page("article-1")),
    "pages.Withdrawal.text": lambda world: withdraw(
        world.page("article-1"), reason="other", text="Vì thế.", replacement=world.page("notice")),
    "pages.Withdrawal.replacement (gone)": lambda world: world.page("notice").unpublish(),
    "a page that was taken down is published": lambda world: publish(world.page("article-1")),
    "a draft is saved": lambda world: world.page("article").save_revision(),
    "an article is moved to another list": lambda world: world.page("article-0").move(
        world.page("notices"), pos="last-child"),
    "an article is moved to another site": lambda world: world.page("article-0").move(
        world.network.page(world.network.two, "news"), pos="last-child"),
    "it comes back": lambda world: world.page("article-0").move(world.page("news"), pos="last-child"),
    "a section is moved with all below": lambda world: world.page("nested").move(
        world.page("notices"), pos="last-child"),
    "a section is moved to another site": lambda world: world.page("nested").move(
        world.network.page(world.network.two, "notices"), pos="last-child"),
    "a section comes first in the menu": lambda world: world.page("notices").move(world.page("news"), pos="left"),
    "a section is born": lambda world: add(world, "news", SectionPage(title="Chuyên mục", live=False)),
    "an article is deleted": lambda world: world.page("article-1").delete(),
    "a branch is deleted": lambda world: world.page("nested").delete(),
    "an old article is withdrawn from a long list": lambda world: world.page("article-0").unpublish(),
}  # fmt: skip


def compared_after(number: int, *, every: int, all_sites: int, last: bool) -> tuple[str, ...]:
    """The sites that are held against a full rebuild after a change: the one that is changed every time, the others
    with every ``all_sites``-th change; or all of them, but only after every tenth change from a random one on.
    """
    if every > 1:
        return SITES if last or number % every == SEED % every else ()
    return SITES if last or number % all_sites == 0 else SITES[1:2]


def walk(
    world: World,
    clock: exact.Clock,
    mutations: dict[str, Mutation],
    group: str,
    *,
    every: int,
    all_sites: int,
) -> None:
    """Make every change in turn on the same network, and say of all of them at once what is wrong."""
    print(f"CONGLANG_SEED={SEED}")
    expected: dict[str, str] = REASONS["in_vain"].get(group, {})
    missed, in_vain, needless = {}, {}, dict(expected)
    for number, (name, mutation) in enumerate(mutations.items(), 1):
        clock.go_on()
        last = number == len(mutations)
        compared = compared_after(number, every=every, all_sites=all_sites, last=last)
        outcome = exact.observe(partial(mutation, world), SITES, compared=compared)
        if outcome.missed:
            missed[name] = outcome.missed
            actions.rebuild(SITES, by="test", reason="go on from what is right")
            worlds.settle(SITES)
        if outcome.too_many:
            needless.pop(name, None)
            if name not in expected:
                in_vain[name] = str(outcome)
    assert queries.failures(SITES) == [] and queries.failed_touches() == []
    assert missed == {}, "Too little is rendered again: a full rebuild answers differently."
    assert in_vain == {}, "Rendered in vain: make the keys finer, or explain it in exact_dependencies.toml."
    assert needless == {}, "Exact now; take it out of exact_dependencies.toml."


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> exact.Clock:
    return exact.Clock(monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("every", EVERY)
@pytest.mark.timeout(1800)
def test_every_field_of_every_page_renders_what_it_changes(
    world: World, clock: exact.Clock, every: int
) -> None:
    walk(world, clock, PAGES, "pages", every=every, all_sites=10)


@pytest.mark.slow
@pytest.mark.parametrize("every", EVERY)
@pytest.mark.timeout(1800)
def test_every_other_change_renders_what_it_changes(world: World, clock: exact.Clock, every: int) -> None:
    walk(world, clock, REST, "rest", every=every, all_sites=1)


def test_every_field_of_every_model_has_its_change_or_its_reason() -> None:
    reasons = {name for entry in REASONS["without_change"] for name in entry["fields"]}
    changed = {name.partition(" ")[0] for name in {**PAGES, **REST}}
    changed |= {f"pagebase.BasePage.{name.rpartition('.')[2]}" for name in changed if _is_shared(name)}
    known = {f"{model._meta.label}.{name}" for model in exact.our_models() for name in exact.fields_of(model)}
    private = {name for name in reasons if name.count(".") == 1}
    unknown = {name for name in known if name.rpartition(".")[0] not in private} - changed - reasons

    assert unknown == set(), "Write how the product changes it, or why nothing public comes of it."
    assert reasons - known - {name.rpartition(".")[0] for name in known} == set(), "There is no such field."
    assert reasons & changed == set(), "It has a change and needs no reason."


def _is_shared(name: str) -> bool:
    label, _, own = name.rpartition(".")
    return label in {model._meta.label for model in TYPES.values()} and own in exact.fields_of(BasePage)
