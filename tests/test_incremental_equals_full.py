"""The invariant over real pages: after any edits on several sites, what is served equals a full rebuild, byte for byte.

Wagtail's own actions (publish, unpublish, move, delete) on a city and two communes with their whole section trees, in
any order, with rendering in between and in the middle.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from conglang.cli.tests import small_network
from conglang.portal.content.files.actions import add_image
from conglang.portal.content.files.models import Document
from conglang.portal.content.files.tests.made import pdf_file
from conglang.portal.content.pages.actions import provision_all, publish, undo_withdrawal, withdraw
from conglang.portal.content.pages.models import (
    ArticlePage,
    ContactPage,
    DocumentsPage,
    HomePage,
    LegalDocumentPage,
    OfficialsPage,
    Post,
    SectionPage,
    TextPage,
    Withdrawal,
)
from conglang.portal.content.pages.tests.test_outputs import png
from conglang.portal.content.pages.tests.worlds import Database
from conglang.portal.identity.sites.actions import create_network, go_official, record_origin
from conglang.portal.identity.sites.models import Site
from conglang.portal.identity.sites.rules import Origin
from conglang.portal.publishing.rendering import actions, queries
from conglang.portal.publishing.rendering.actions.recording import record
from conglang.portal.publishing.rendering.drawing import draw
from conglang.portal.publishing.rendering.models import Stale
from conglang.portal.publishing.rendering.shelving import shelve
from conglang.portal.publishing.shared.actions import follow
from conglang.signer import keys
from conglang.signer.office import Office
from conglang.signer.state_desk import StateDesk
from conglang.wire.release import Authority, AuthorityKind, StateRequest
from conglang.wire.state import LEVELS, Banner, Mourning, State

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

NOW = datetime.now(UTC).replace(microsecond=0)
SITES = ("hanoi", "badinh", "ngocha")
SITE = st.sampled_from(SITES)
PLACE = st.sampled_from(["news", "policy-guidance", "notices", "service-interruptions", "social-policy"])
NUMBER = st.integers(0, 5)  # which of the articles there are
TITLE = st.sampled_from(
    ["Lịch tiêm chủng", "Cắt nước", "Khai giảng", "Họp tổ dân phố", "Lịch tiêm chủng <mới>"]
)
SLUG = st.sampled_from(["mot", "hai", "ba", "bon"])


@pytest.fixture
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The test's database without a transaction around the test; replaces pytest-django's."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def world(
    db: None, postgres_url: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    """A city and two communes, provisioned and rendered once."""
    settings.DATA = tmp_path / "data"
    keys.create(tmp_path / "data" / "keys")
    Office(tmp_path / "data").renew()
    monkeypatch.setattr(small_network, "COMMUNES", SITES[1:])
    database = Database(postgres_url)
    database.forget("empty", "world")
    database.keep("empty")
    create_network(small_network.write_small_network(tmp_path / "network"))
    record_origin(Origin.parse("http://hanoi.localhost:8300", "hanoi"))
    provision_all(Site.objects.all())
    actions.catch_up(SITES)
    settle()
    database.keep("world")
    yield database
    database.restore("empty")
    database.forget("empty", "world")


def settle() -> None:
    """Dispatch and render until nothing waits."""
    actions.dispatch()
    for site in SITES:
        while actions.render_next(site, at=timezone.now()):
            pass


def differences(site: str) -> dict[str, tuple[object, object]]:
    served, full = queries.answers(site), queries.full_render(site, at=timezone.now())
    return {path: (served.get(path), full.get(path)) for path in served.keys() | full.keys()
            if served.get(path) != full.get(path)}  # fmt: skip


class Desk(RuleBasedStateMachine):
    """Editors of three sites, and the machines of publishing."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.database.restore("world")

    # what editors do

    @rule(site=SITE, place=PLACE, slug=SLUG, title=TITLE)
    def write(self, site: str, place: str, slug: str, title: str) -> None:
        section = section_of(site, place)
        if section and not section.get_children().filter(slug=slug).exists():
            publish(section.add_child(instance=ArticlePage(title=title, slug=slug, live=False)))

    @rule(number=NUMBER, title=TITLE)
    def edit(self, number: int, title: str) -> None:
        if article := article_number(number):
            article.title = title
            publish(article)

    @rule(number=NUMBER, title=TITLE)
    def save_a_draft(self, number: int, title: str) -> None:
        if article := article_number(number):
            article.title = f"Nháp: {title}"
            article.save_revision()

    @rule(number=NUMBER, slug=SLUG)
    def rename(self, number: int, slug: str) -> None:
        article = article_number(number)
        if article and not article.get_siblings(inclusive=False).filter(slug=slug).exists():
            article.slug = slug
            publish(article)

    @rule(number=NUMBER)
    def unpublish(self, number: int) -> None:
        if article := article_number(number):
            article.unpublish()

    @rule(number=NUMBER)
    def publish_again(self, number: int) -> None:
        if article := article_number(number):
            publish(article)

    @rule(number=NUMBER)
    def delete(self, number: int) -> None:
        if article := article_number(number):
            article.delete()

    @rule(number=NUMBER, site=SITE, place=PLACE)
    def move(self, number: int, site: str, place: str) -> None:
        """Also to another site."""
        article, section = article_number(number), section_of(site, place)
        if article and section and not section.get_children().filter(slug=article.slug).exists():
            article.move(section, pos="last-child")

    @rule(site=SITE, slug=st.sampled_from(["tin-tuc", "tin-moi", "ban-tin"]), title=TITLE)
    def rename_a_section_with_all_below(self, site: str, slug: str, title: str) -> None:
        section = section_of(site, "news")
        if section and not section.get_siblings(inclusive=False).filter(slug=slug).exists():
            section.slug, section.title = slug, f"Tin: {title}"
            publish(section)

    @rule(site=SITE)
    def move_a_section_with_all_below(self, site: str) -> None:
        section, home = section_of(site, "policy-guidance"), HomePage.objects.get(site__key=site)
        target = section_of(site, "notices") if section and section.get_parent().pk != home.pk else home
        if section and target and not target.get_children().filter(slug=section.slug).exists():
            section.move(target, pos="last-child")

    @rule(site=SITE)
    def unpublish_a_section_with_all_below(self, site: str) -> None:
        if section := section_of(site, "service-interruptions"):
            for page in section.get_descendants(inclusive=True).live().specific():
                page.unpublish()

    @rule(number=NUMBER, reason=st.sampled_from(["wrong", "personal"]), instead=NUMBER)
    def take_down_with_a_notice(self, number: int, reason: str, instead: int) -> None:
        if (article := article_number(number)) and article.live:
            withdraw(article, reason=reason, replacement=article_number(instead))

    @rule(number=NUMBER)
    def put_back(self, number: int) -> None:
        article = article_number(number)
        if article and Withdrawal.objects.filter(page=article, ended_at=None).exists():
            undo_withdrawal(article)

    @rule(number=NUMBER, colour=st.sampled_from(["red", "green"]))
    def swap_the_picture(self, number: int, colour: str) -> None:
        if article := article_number(number):
            office = Site.objects.get(pk=article.site_id).office
            article.picture = add_image(
                png(colour, (40, 30)), "a.png", office=office, title="A", alt_text="Ô", origin="Vẽ"
            )
            publish(article)

    @rule(number=NUMBER, name=st.sampled_from(["mot", "hai"]))
    def swap_the_file(self, number: int, name: str) -> None:
        if article := article_number(number):
            file = Document(title=name, office=Site.objects.get(pk=article.site_id).office)
            file.file.save(f"{name}.pdf", pdf_file(f"{name}.pdf", name), save=False)
            file.save()
            article.body = [{"type": "file", "value": {"document": file.pk, "title": ""}, "id": "1"}]
            publish(article)

    @rule(site=SITE, name=st.sampled_from(["Ba Đình", "Ngọc Hà", "Tên Mới"]))
    def rename_the_unit(self, site: str, name: str) -> None:
        unit = Site.objects.get(key=site).unit
        unit.name = name
        unit.save()

    @rule(site=SITE)
    def delete_a_branch(self, site: str) -> None:
        if section := section_of(site, "social-policy"):
            section.delete()

    @rule(number=NUMBER, site=SITE, place=PLACE)
    def move_away_and_back(self, number: int, site: str, place: str) -> None:
        if article := article_number(number):
            home = article.get_parent()
            self.move_quietly(number, site, place)
            article, home = ArticlePage.objects.get(pk=article.pk), SectionPage.objects.get(pk=home.pk)
            if not home.get_children().filter(slug=article.slug).exists():
                article.move(home, pos="last-child")

    @rule(site=SITE, phone=st.sampled_from(["024 1", "024 2"]))
    def correct_the_contact(self, site: str, phone: str) -> None:
        if contact := ContactPage.objects.filter(site__key=site).first():
            contact.phone = phone
            publish(contact)

    @rule(site=SITE, name=st.sampled_from(["Nguyễn Văn A", "Trần Thị B"]))
    def appoint(self, site: str, name: str) -> None:
        if officials := OfficialsPage.objects.filter(site__key=site).first():
            officials.posts.add(Post(body="committee", title="Chủ tịch", person_name=name, vacant=False))
            publish(officials)

    @rule(site=SITE, slug=SLUG, title=TITLE)
    def register_a_document(self, site: str, slug: str, title: str) -> None:
        register = DocumentsPage.objects.filter(site__key=site, kind="legal-documents").first()
        if register and not register.get_children().filter(slug=slug).exists():
            page = LegalDocumentPage(title=title, slug=slug, number=f"{len(slug)}/QĐ-UBND", live=False)
            publish(register.add_child(instance=page))

    @rule(site=SITE, title=TITLE)
    def rewrite_the_introduction(self, site: str, title: str) -> None:
        if text := TextPage.objects.filter(site__key=site, kind="general-introduction").first():
            text.summary = title
            publish(text)

    @rule(site=SITE)
    def go_official(self, site: str) -> None:
        go_official(Site.objects.filter(key=site), at=timezone.now(), by="test")

    @rule(title=TITLE, level=st.sampled_from(LEVELS), hours=st.integers(-3, 3))
    def announce(self, title: str, level: str, hours: int) -> None:
        announce(
            Banner(level, title.strip("<>ới m"), "", NOW + timedelta(hours=hours), NOW + timedelta(days=2))
        )

    @rule()
    def mourn(self) -> None:
        announce(mourning=Mourning(NOW, NOW + timedelta(days=1)))

    @rule()
    def end_all_announcements(self) -> None:
        announce()

    # what machines do

    @rule()
    def dispatch(self) -> None:
        actions.dispatch()

    @rule(site=SITE)
    def render_a_batch(self, site: str) -> None:
        actions.render_next(site, at=timezone.now())

    @rule(number=NUMBER, site=SITE, place=PLACE, title=TITLE)
    def write_while_rendering(self, number: int, site: str, place: str, title: str) -> None:
        with rendering(site):
            self.edit_quietly(number, title)
            self.move_quietly(number, site, place)
            actions.dispatch()

    @rule(number=NUMBER)
    def an_editor_stops_half_way(self, number: int) -> None:
        if article := article_number(number):
            with pytest.raises(KeyboardInterrupt), transaction.atomic():
                article.title = "Không bao giờ công bố"
                publish(article)
                raise KeyboardInterrupt

    def edit_quietly(self, number: int, title: str) -> None:
        if article := article_number(number):
            article.title = title
            publish(article)

    def move_quietly(self, number: int, site: str, place: str) -> None:
        article, section = article_number(number), section_of(site, place)
        if article and section and not section.get_children().filter(slug=article.slug).exists():
            article.move(section, pos="last-child")

    def teardown(self) -> None:
        settle()
        assert queries.failures(SITES) == [] and queries.failed_touches() == []
        for site in SITES:
            different = differences(site)
            note(f"{site}: {different}")
            assert not different


def announce(*banners: Banner, **parts: Any) -> None:
    """As the signer signs it and the worker finds it."""
    data = Path(django_settings.DATA)
    who = Authority(AuthorityKind.CITY_EMERGENCY, ("An", "Bình"), timezone.now())
    request = StateRequest(State(NOW, banners, **parts), who)
    StateDesk(data).publish(request, keys.load(data / "keys", "online", "state"), signed_by="signer")
    follow()


def section_of(site: str, kind: str) -> SectionPage | None:
    return SectionPage.objects.filter(site__key=site, kind=kind).order_by("path").first()


def article_number(number: int) -> ArticlePage | None:
    articles = list(ArticlePage.objects.order_by("pk"))
    return articles[number % len(articles)] if articles else None


@contextmanager
def rendering(site: str) -> Iterator[None]:
    """The block runs between the snapshot of a render and its being recorded."""
    marks = list(Stale.objects.filter(site=site).order_by("id")[:10])
    drawings = list(draw(site, [mark.subject for mark in marks], at=timezone.now()))
    yield
    shelve(drawings)
    for drawing in drawings:
        record([drawing], {mark.subject: mark.generation for mark in marks})


@pytest.mark.parametrize("examples", [20])
def test_what_is_served_equals_a_full_rebuild(world: Database, examples: int) -> None:
    Desk.database = world
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


def test_every_single_act_alone(world: Database) -> None:
    """The same acts one at a time from a settled network: a miss is then plain to read."""
    Desk.database = world
    acts: dict[str, Callable[[Desk], None]] = {
        "write": lambda desk: None,
        "edit": lambda desk: desk.edit_quietly(0, "Tên khác"),
        "move": lambda desk: desk.move_quietly(0, "ngocha", "notices"),
        "announce": lambda desk: desk.announce("Bão", "emergency", -1),
        "mourn": lambda desk: desk.mourn(),
    }
    for name, act in acts.items():
        desk = Desk()
        section = section_of("badinh", "news")
        assert section is not None
        publish(section.add_child(instance=ArticlePage(title="Tin", slug="tin", live=False)))
        settle()
        act(desk)
        settle()
        assert {site: found for site in SITES if (found := differences(site))} == {}, name
