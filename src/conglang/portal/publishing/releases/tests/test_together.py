"""One change of many sites: one view, one signature; whatever does not go smoothly waits for a turn of its own."""

from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from conglang.portal.publishing.releases import actions, queries, tasks
from conglang.portal.publishing.releases.models import Edition
from conglang.portal.publishing.rendering import actions as rendering
from conglang.portal.publishing.rendering import locks
from conglang.portal.publishing.rendering import queries as rendered
from conglang.portal.publishing.rendering.actions import rendering as batches
from conglang.portal.publishing.rendering.models import Entry, Stale
from conglang.portal.publishing.rendering.tests import toy
from conglang.wire.release import SignerClient, SignerUnavailable

from .signer_process import Signer
from .test_releases import signed


@pytest.fixture
def news(signer: Signer) -> Iterator[Signer]:
    """Both sites wait with a note each, and with the two pages that list it."""
    for site in toy.SITES:
        toy.write(site, site=site, section="y-te", slug="tin", title="Cũ")
        rendering.rebuild([site], by="test", reason="first")
        rendering.dispatch()
        actions.publish_site(site)
    write("Tin")
    yield signer
    toy.NoteFamily.hindrance = staticmethod(lambda ident: None)


def write(title: str) -> None:
    for site in toy.SITES:
        toy.write(site, site=site, section="y-te", slug="tin", title=title)
    rendering.dispatch()


def everything(sites: tuple[str, ...] = toy.SITES) -> frozenset[str]:
    """Twice, as the worker would; every site that was left once."""
    return actions.publish_together(sites) | actions.publish_together(sites)


def snapshots(signer: Signer) -> int:
    return len(list((signer.data / "store/repo/metadata").glob("*.snapshot.json")))


def test_both_sites_are_published_by_one_signature(news: Signer) -> None:
    before = snapshots(news)

    assert actions.publish_together(toy.SITES) == set()

    assert snapshots(news) == before + 1
    for site in toy.SITES:
        assert signed(news, site) == rendered.answers(site) == rendered.full_render(site, at=timezone.now())
        assert Edition.objects.filter(site=site).count() == 3  # two of the fixture
    assert not Stale.objects.exists() and not Entry.objects.filter(dirty=True).exists()


def test_nothing_new_is_not_signed(news: Signer) -> None:
    everything()
    before = snapshots(news)
    write("Tin")

    assert everything() == set() and snapshots(news) == before


def test_site_that_somebody_publishes_is_left_to_him(news: Signer) -> None:
    somebody = connection.copy()
    with somebody.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, hashtext('badinh'))", [locks._SITE])
    try:
        assert "badinh" in everything()
    finally:
        somebody.close()

    assert not Stale.objects.filter(site="hoankiem").exists() and Stale.objects.filter(site="badinh").exists()


def test_locks_are_let_go_of(news: Signer) -> None:
    everything()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("statement", ["", "SELECT 1 / 0"])
def test_site_that_cannot_be_drawn_holds_up_no_other(news: Signer, statement: str) -> None:
    """By itself, it says which subject it is; an error of the database spoils the view of those behind it too."""

    def hinder(ident: str) -> None:
        if ident == "hoankiem":
            toy.run(statement) if statement else _fail()

    toy.NoteFamily.hindrance = staticmethod(hinder)

    assert "hoankiem" in everything()

    assert rendered.answers("badinh") == rendered.full_render("badinh", at=timezone.now())
    assert set(Stale.objects.filter(site="hoankiem").values_list("tries", flat=True)) == {0}
    report = actions.publish_site("hoankiem")
    assert report.failed == 1 and signed(news, "hoankiem") == rendered.answers("hoankiem")


def test_database_that_dies_meanwhile_is_told_and_nothing_is_recorded_or_blamed(news: Signer) -> None:
    toy.NoteFamily.hindrance = staticmethod(
        lambda ident: toy.run("SELECT pg_terminate_backend(pg_backend_pid())")
    )
    waiting = set(Stale.objects.values_list("site", "family", "ident", "tries"))

    with pytest.raises(DatabaseError):
        actions.publish_together(toy.SITES)
    connection.close()

    assert set(Stale.objects.values_list("site", "family", "ident", "tries")) == waiting
    toy.NoteFamily.hindrance = staticmethod(lambda ident: None)
    assert everything() == set() and signed(news) == rendered.answers("badinh")


def _fail() -> None:
    raise ZeroDivisionError("a broken template")


def test_what_the_signer_refuses_is_left_to_the_sites_own_turn(
    news: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = toy.page
    monkeypatch.setattr(
        toy,
        "page",
        lambda path, text: plain(path, "<a href='https://x'>nhà cái</a>" if "hoankiem" in text else text),
    )
    toy.write("hoankiem", site="hoankiem", section="y-te", slug="tin", title="hoankiem")
    rendering.dispatch()

    assert "hoankiem" in everything()
    assert signed(news, "badinh") == rendered.answers("badinh")
    actions.publish_site("hoankiem")
    assert Entry.objects.filter(site="hoankiem").exclude(refused="").exists()


def test_without_a_signer_all_is_kept(news: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as away:
        away.setattr(SignerClient, "_exchange", _away)
        with pytest.raises(SignerUnavailable):
            actions.publish_together(toy.SITES)
        tasks.publish_together(list(toy.SITES))

    assert Entry.objects.filter(dirty=True).exists()
    for site in toy.SITES:
        actions.publish_site(site)
        assert signed(news, site) == rendered.answers(site)


def _away(*_: object) -> bytes:
    raise SignerUnavailable("away")


def test_many_sites_share_jobs_and_what_is_left_gets_one_of_its_own(
    news: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = frozenset(f"xa-{number}" for number in range(40))
    for site in many:
        Stale.objects.create(site=site, family="note", ident="n", priority=2)
    ProcrastinateJob.objects.all().delete()

    tasks.defer_sites(many)

    jobs = ProcrastinateJob.objects.all()
    assert [len(job.args["sites"]) for job in jobs.order_by("id")] == [16, 16, 8]
    assert queries.sites_with_jobs() == many
    monkeypatch.setattr(batches, "FEW", 1)
    tasks.publish_together(["badinh", "hoankiem"])
    assert set(jobs.filter(task_name="releases.publish_site").values_list("lock", flat=True)) == {
        "site:badinh", "site:hoankiem",
    }  # fmt: skip
