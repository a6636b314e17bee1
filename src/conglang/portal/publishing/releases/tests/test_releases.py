"""From a rendered site to a signed edition, with a real signer."""

import json
import shutil
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from conglang.portal.publishing.releases import actions, queries, tasks
from conglang.portal.publishing.releases.actions import releasing
from conglang.portal.publishing.releases.models import Edition
from conglang.portal.publishing.releases.queries import Stage
from conglang.portal.publishing.rendering import actions as rendering
from conglang.portal.publishing.rendering import queries as rendered
from conglang.portal.publishing.rendering.actions import rendering as batches
from conglang.portal.publishing.rendering.models import Entry, Stale
from conglang.portal.publishing.rendering.rules import Answer, Subject
from conglang.portal.publishing.rendering.signals import released, withdrawn
from conglang.portal.publishing.rendering.tests import toy

from .signer_process import Signer

N1 = Subject("note", "badinh", "n1")


def write(title: str, ident: str = "n1", slug: str = "mot") -> None:
    toy.write(ident, site="badinh", section="y-te", slug=slug, title=title)


def publish() -> actions.SiteReport:
    rendering.dispatch()
    return actions.publish_site("badinh")


def signed(signer: Signer, site: str = "badinh") -> dict[str, Answer]:
    """What the shards on disk say; that they carry good signatures is tested with signer and edge."""
    metadata = signer.data / "store" / "repo" / "metadata"
    newest = max(metadata.glob(f"*{site}*.json"), key=lambda file: int(file.name.partition(".")[0]))
    found = {}
    for name, target in json.loads(newest.read_bytes())["signed"]["targets"].items():
        folder, _, file = name.rpartition("/")
        shard = signer.data / "store" / "repo" / "targets" / folder / f"{target['hashes']['sha256']}.{file}"
        for path, entry in json.loads(shard.read_bytes())["entries"].items():
            found[path] = Answer(entry["status"], entry.get("digest"), entry.get("location"))
    return found


def test_a_release_signs_what_was_rendered(signer: Signer) -> None:
    rendering.rebuild(["badinh"], by="test", reason="first")
    write("Tin đầu")
    report = publish()

    assert report.edition is not None and report.failed == 0
    assert signed(signer) == rendered.answers("badinh") == rendered.full_render("badinh", at=timezone.now())
    assert "/tin/mot/" in signed(signer)
    assert not Entry.objects.filter(dirty=True).exists()


def test_nothing_new_releases_nothing(signer: Signer) -> None:
    write("Tin đầu")
    first = publish()
    rendering.rebuild(["badinh"], by="test", reason="again")
    publish()
    rendering.touch({"note:n1"})

    assert publish() == actions.SiteReport("badinh", rendered=3)
    assert first.edition is not None


def test_a_withdrawn_note_leaves_the_signed_edition(signer: Signer) -> None:
    write("Tin đầu")
    publish()
    toy.unpublish("n1")
    publish()

    assert "/tin/mot/" not in signed(signer)
    assert Entry.objects.get(path="/tin/mot/").status is None  # remembered for its time


def test_a_note_that_returns_in_the_same_second_gets_a_later_time(signer: Signer) -> None:
    write("Tin đầu")
    publish()
    before = Entry.objects.get(path="/tin/mot/").mtime
    toy.unpublish("n1")
    publish()
    write("Tin sau")
    report = publish()

    assert report.problem == "" and rendered.failures(["badinh"]) == []
    assert Entry.objects.get(path="/tin/mot/").mtime > before


class TestWithoutTheSigner:
    def test_the_work_stays_and_is_released_when_he_is_back(self, signer: Signer) -> None:
        signer.kill()
        write("Tin đầu")

        with pytest.raises(actions.SignerUnavailable, match="ask again"):
            publish()
        assert queries.whereabouts(N1).stage is Stage.RENDERED

        signer.start()
        publish()
        assert queries.whereabouts(N1).stage is Stage.RELEASED

    def test_a_release_whose_answer_was_lost_is_noted_the_second_time(
        self, signer: Signer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """kill -9 between the signature and our note of it."""
        heard: list[frozenset[str]] = []

        def hear(paths: frozenset[str], **_: Any) -> None:
            heard.append(paths)

        released.connect(hear)
        write("Tin đầu")
        with monkeypatch.context() as patch, pytest.raises(SystemExit):
            patch.setattr(
                releasing, "note_release", lambda *args, **kwargs: (_ for _ in ()).throw(SystemExit())
            )
            publish()
        assert Entry.objects.filter(dirty=True).exists() and not heard

        edition = publish().edition
        assert edition == queries.last_edition("badinh").number  # type: ignore[union-attr]
        assert not Entry.objects.filter(dirty=True).exists()
        assert any("/tin/mot/" in paths for paths in heard)


class TestRefusal:
    def test_one_refused_page_does_not_hold_back_the_others(self, signer: Signer) -> None:
        write(
            '<a href="https://x.example/">nhà cái cá cược tài xỉu nổ hũ casino</a><script>evil()</script>',
            "n2",
            "xau",
        )
        write("Tin lành")
        publish()

        assert "/tin/mot/" in signed(signer) and "/tin/xau/" not in signed(signer)
        assert queries.whereabouts(Subject("note", "badinh", "n2")).stage is Stage.FAILED
        assert [failure.what for failure in rendered.failures(["badinh"])] != []

    def test_a_mended_page_is_asked_again(self, signer: Signer) -> None:
        write("<script>evil()</script>")
        publish()
        assert queries.whereabouts(N1).stage is Stage.FAILED

        write("Đã sửa")
        publish()
        assert queries.whereabouts(N1).stage is Stage.RELEASED


class TestWhereabouts:
    def test_from_saved_to_released(self, signer: Signer) -> None:
        assert queries.whereabouts(N1).stage is Stage.ABSENT
        write("Tin đầu")
        assert queries.whereabouts(N1).stage is Stage.WAITING
        rendering.dispatch()
        assert queries.whereabouts(N1).stage is Stage.WAITING

        edition = actions.publish_site("badinh").edition
        found = queries.whereabouts(N1)
        assert found.stage is Stage.RELEASED and found.paths == ("/tin/mot/",)
        assert found.edition is not None and edition is not None and found.edition <= edition

    def test_the_urgent_page_is_public_before_its_listings_when_they_are_many(
        self, signer: Signer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(batches, "FEW", 2)
        rendering.rebuild(["badinh"], by="test", reason="first")
        publish()
        write("Tin đầu")
        publish()

        page, section = Entry.objects.get(path="/tin/mot/"), Entry.objects.get(path="/y-te/")
        assert page.edition is not None and section.edition is not None and page.edition < section.edition

    def test_the_overview_counts_what_waits(self, signer: Signer) -> None:
        write("Tin đầu")
        rendering.dispatch()

        (state,) = queries.site_states(["badinh"])
        assert (state.edition, state.waiting, state.failed) == (None, 1, 0)


class TestSweep:
    def test_it_takes_what_no_job_took(self, signer: Signer) -> None:
        write("Tin đầu")
        toy.run("DELETE FROM procrastinate_jobs")
        toy.run("UPDATE rendering_touch SET created_at = created_at - interval '6 seconds'")

        tasks.sweep_once(at=timezone.now())

        assert site_jobs() == ["badinh"]

    def test_it_asks_again_for_what_the_signer_missed(self, signer: Signer) -> None:
        signer.kill()
        write("Tin đầu")
        with pytest.raises(actions.SignerUnavailable):
            publish()
        toy.run("DELETE FROM procrastinate_jobs")

        assert tasks.sweep_once(at=timezone.now() + timedelta(seconds=6)) == {"badinh"}

    def test_young_work_is_left_to_its_job(self, signer: Signer) -> None:
        write("Tin đầu")

        assert tasks.sweep_once(at=timezone.now()) == frozenset()

    def test_it_publishes_what_changes_by_itself(self, signer: Signer) -> None:
        closes_at = timezone.now() + timedelta(minutes=1)
        toy.write("n1", site="badinh", section="y-te", slug="mot", title="Góp ý", closes_at=closes_at)
        publish()
        toy.run("DELETE FROM procrastinate_jobs")

        tasks.sweep_once(at=closes_at)

        assert [mark.subject for mark in Stale.objects.all()] == [N1] and site_jobs() == ["badinh"]

    def test_a_job_of_a_dead_worker_is_done_again(self, signer: Signer) -> None:
        write("Tin đầu")
        rendering.dispatch()
        toy.run("UPDATE procrastinate_jobs SET status = 'doing' WHERE task_name = 'releases.publish_site'")

        tasks.sweep_once(at=timezone.now())

        job = ProcrastinateJob.objects.get(task_name="releases.publish_site")
        assert job.status == "todo"


def site_jobs() -> list[str]:
    jobs = ProcrastinateJob.objects.filter(task_name="releases.publish_site", status="todo")
    return [job.args["site"] for job in jobs]


class TestManySites:
    def test_all_are_published_by_several_processes(self, signer: Signer) -> None:
        rendering.rebuild(toy.SITES, by="test", reason="first")
        write("Tin đầu")
        seen: list[str] = []

        reports = actions.publish_all(
            toy.SITES, processes=2, progress=lambda report: seen.append(report.site)
        )

        assert sorted(seen) == sorted(toy.SITES)
        assert all(report.edition and not report.problem for report in reports)
        for site in toy.SITES:
            assert signed(signer, site) == rendered.full_render(site, at=timezone.now())

    def test_without_a_signer_every_report_says_so(self, signer: Signer) -> None:
        signer.kill()
        rendering.rebuild(toy.SITES, by="test", reason="first")

        reports = actions.publish_all(toy.SITES, processes=2)

        assert all("does not answer" in report.problem for report in reports)


def test_two_processes_never_publish_one_site_at_once(signer: Signer) -> None:
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, hashtext('badinh'))", [0x636C01])
        with pytest.raises(actions.SiteBusy, match="next"):
            actions.publish_site("badinh", patience=0.1)
    other.close()  # as PostgreSQL does for a killed process

    actions.publish_site("badinh", patience=0.1)


def test_listeners_hear_of_withdrawals(signer: Signer) -> None:
    heard: list[frozenset[str]] = []

    def hear(paths: frozenset[str], **_: Any) -> None:
        heard.append(paths)

    withdrawn.connect(hear)
    write("Tin đầu")
    publish()
    toy.unpublish("n1")
    publish()

    assert heard == [frozenset({"/tin/mot/"})]


def test_after_the_signer_lost_his_state_the_whole_site_is_told_again(signer: Signer) -> None:
    write("Tin đầu")
    publish()
    signer.kill()
    for folder in ("metadata", "targets"):
        shutil.rmtree(signer.data / "store" / "repo" / folder)
    signer.start()

    assert actions.disagreeing_sites(["badinh"]) == ["badinh"]
    actions.resync("badinh")

    assert signed(signer) == rendered.answers("badinh")
    assert actions.disagreeing_sites(["badinh"]) == []


def test_after_a_restore_older_times_are_made_new(signer: Signer) -> None:
    """The database came from a backup: the signer has seen a later content of the path."""
    write("Tin đầu")
    publish()
    toy.run("CREATE TABLE toy_backup AS SELECT * FROM rendering_entry")
    write("Tin sau")
    publish()
    toy.run(
        "UPDATE rendering_entry e SET digest = b.digest, mtime = b.mtime FROM toy_backup b WHERE e.id = b.id"
    )
    toy.run("DROP TABLE toy_backup")

    actions.resync("badinh", after_restore=True)

    assert rendered.failures(["badinh"]) == []
    assert signed(signer) == rendered.answers("badinh")
    assert Edition.objects.filter(site="badinh").count() >= 3
