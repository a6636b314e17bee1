"""An edge follows the signed state and nothing else, in order, whatever interrupts it."""

import os
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from conglang.edge import audit
from conglang.edge.apply import _turn
from conglang.edge.folder import EdgeFolder
from conglang.edge.tests.network import Network, page
from conglang.signer.tests.desk import killed_before_step
from conglang.wire import durable
from conglang.wire.manifest import Entry
from conglang.wire.status import Trouble


def test_published_page_appears_with_its_siblings_and_its_time(network: Network) -> None:
    network.publish("badinh", {"/tin/": page("Tin"), "/": page("Nhà")}, mtime=1_751_302_800)

    assert network.puller.pull() == 1

    assert network.tree("badinh").keys() == {
        f"{folder}index.html{suffix}" for folder in ("", "tin/") for suffix in ("", ".br", ".gz")
    }
    assert network.tree("badinh")["tin/index.html"] == page("Tin")
    assert (network.edge.www / "badinh/tin/index.html.br").stat().st_mtime == 1_751_302_800
    assert network.edge.applied().sites["badinh"][0] == 1
    assert not network.puller.health.stale(datetime.now(UTC))


def test_edge_keeps_inodes_of_its_own(network: Network) -> None:
    network.publish("badinh", {"/": page("Nhà")}, mtime=1000)
    network.puller.pull()
    for file in (network.data / "store/objects").rglob("*"):
        if file.is_file():
            file.chmod(0o644)
            file.write_bytes(b"damaged")

    assert network.tree("badinh")["index.html"] == page("Nhà")


def test_news_of_all_sites_come_with_few_syncs(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    sites = [f"xa-{number}" for number in range(16)]
    for edition in (1, 2):
        for site in sites:
            network.publish(site, {"/": page(f"{site} {edition}")}, mtime=1000 + edition)
        if edition == 1:
            network.puller.pull()
    rounds: list[int] = []
    sync = durable.sync
    monkeypatch.setattr(durable, "sync", lambda paths: rounds.append(1) or sync(paths))

    assert network.puller.pull() == 16

    assert len(rounds) < 16
    assert all(network.tree(site)["index.html"] == page(f"{site} 2") for site in sites)


def test_second_pull_without_news_does_nothing(network: Network) -> None:
    network.publish("badinh", {"/": page("Nhà")}, mtime=1000)
    network.puller.pull()

    assert network.puller.pull() == 0
    network.office.repository.renew()
    assert network.puller.pull() == 0


def test_page_that_was_withdrawn_or_gone_leaves_the_tree_with_its_folder(network: Network) -> None:
    network.publish("badinh", {"/": page("Nhà"), "/a/b/": page("B"), "/c/": page("C")}, mtime=1000)
    network.puller.pull()

    network.ask("badinh", {"/a/b/": None, "/c/": Entry(410, mtime=1001)})
    network.puller.pull()

    assert {name.split("/")[0] for name in network.tree("badinh")} == {
        "index.html",
        "index.html.br",
        "index.html.gz",
    }
    assert [file.name for file in (network.edge.www / "badinh").iterdir() if file.is_dir()] == []


def test_page_that_became_too_small_to_compress_loses_its_siblings(network: Network) -> None:
    network.publish("badinh", {"/": page("Nhà")}, mtime=1000)
    network.puller.pull()
    network.publish("badinh", {"/": b"x"}, mtime=1001)
    network.puller.pull()

    assert network.tree("badinh") == {"index.html": b"x"}


def test_assets_come_first_then_articles_then_sections_home_and_feeds() -> None:
    paths = ["/", "/feed.xml", "/tin/", "/_/latest.json", "/tin/le/", "/_/a/site.0a1b.css", "/_/m/aa.webp"]

    assert sorted(paths, key=_turn) == [
        "/_/a/site.0a1b.css", "/_/m/aa.webp", "/tin/le/", "/tin/", "/", "/_/latest.json", "/feed.xml",
    ]  # fmt: skip


@pytest.mark.fault
@pytest.mark.parametrize("stride", [13, pytest.param(1, marks=pytest.mark.long)])
def test_kill_at_any_step_of_an_apply_is_put_right_by_the_next_edition(network: Network, stride: int) -> None:
    """Whatever a killed apply left, even a newer edition that takes half of it back ends in the signed tree."""
    (network.data / "keys/demo-network").touch()  # dozens of pages go within a minute
    network.publish("badinh", {"/": page("0"), "/giu/": page("giữ"), "/bo/": page("bỏ")}, mtime=1000)
    network.puller.pull()
    step = 0
    while True:
        moved, kept = f"/a{step}/", page(f"home {step}")
        network.publish(
            "badinh", {"/": kept, "/giu/": page(f"đổi {step}"), moved: page("mới")}, mtime=3000 + 2 * step
        )
        killed = killed_before_step(step, lambda: network.new_puller().pull())
        taken_back = {"/giu/": page("giữ"), moved: None}
        network.publish("badinh", taken_back, mtime=3001 + 2 * step)
        puller = network.new_puller()
        puller.pull()
        assert puller.health.trouble == ""
        assert {name: body for name, body in network.tree("badinh").items() if name.endswith(".html")} == {
            "index.html": kept, "giu/index.html": page("giữ"), "bo/index.html": page("bỏ"),
        }  # fmt: skip
        assert list(audit.differences(network.edge, "badinh")) == []
        if not killed:
            break
        step += stride
    assert step > 20


def test_puller_reads_through_what_a_former_run_left(network: Network) -> None:
    network.publish("badinh", {"/": page("Nhà")}, mtime=1000)
    network.puller.pull()
    (network.edge.www / "badinh/index.html").unlink()
    stop = threading.Event()
    thread = threading.Thread(target=network.new_puller().run, args=(stop,))
    thread.start()
    for _ in range(200):
        if "index.html" in network.tree("badinh"):
            break
        time.sleep(0.02)
    stop.set()
    thread.join()

    assert network.tree("badinh")["index.html"] == page("Nhà")


def test_record_that_outlived_a_power_cut_does_not_hide_a_page_that_did_not(network: Network) -> None:
    network.publish("badinh", {"/": page("Nhà"), "/tin/": page("Tin")}, mtime=1000)
    network.puller.pull()
    (network.edge.www / "badinh/tin/index.html").unlink()
    network.edge.pending("badinh").touch()

    assert network.new_puller().pull() == 1

    assert network.tree("badinh")["tin/index.html"] == page("Tin")
    assert not network.edge.pending("badinh").exists()


def test_objects_nobody_shows_are_cleared_but_error_pages_stay(network: Network) -> None:
    network.publish("badinh", {"/": page("cũ")}, mtime=1000)
    network.puller.pull()
    gone = network.entry("/_/410/", page("Đã gỡ"), mtime=1001, status=410)
    network.ask("badinh", {"/": network.entry("/", page("mới"), mtime=1001), "/_/410/": gone})
    network.puller.pull()

    assert audit.clear_objects(network.edge) == 3
    assert network.edge.object(gone.digest or "", 1001).exists()


def test_expired_timestamp_stops_news_but_not_readers(network: Network) -> None:
    network.publish("badinh", {"/": page("Nhà")}, mtime=1000)
    network.puller.pull()
    past = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
    network.office.repository._clock = lambda: past
    network.publish("badinh", {"/": page("mới")}, mtime=1001)

    assert network.puller.pull() == 0

    assert "expired" in network.puller.health.trouble.lower()
    assert network.tree("badinh")["index.html"] == page("Nhà")
    assert network.puller.health.stale(datetime.now(UTC) + timedelta(hours=1, seconds=1))
    network.office.repository._clock = lambda: datetime.now(UTC).replace(microsecond=0)
    network.office.repository.renew()
    assert network.puller.pull() == 1
    assert network.tree("badinh")["index.html"] == page("mới")


def test_source_that_is_away_leaves_everything_as_it_was(network: Network) -> None:
    network.publish("badinh", {"/": page("Nhà")}, mtime=1000)
    network.puller.pull()
    (network.data / "store").rename(network.data / "away")

    assert network.puller.pull() == 0
    assert "timestamp.json" in network.puller.health.trouble
    assert network.tree("badinh")["index.html"] == page("Nhà")


def test_object_that_differs_from_the_manifest_stops_the_whole_edition(network: Network) -> None:
    network.publish("badinh", {"/": page("Nhà")}, mtime=1000)
    network.puller.pull()
    fine, planted = network.entry("/a/", page("A"), mtime=1001), network.entry("/b/", page("B"), mtime=1001)
    network.ask("badinh", {"/a/": fine, "/b/": planted})
    network.store.path(planted.digest or "").write_bytes(page("X"))

    assert network.puller.pull() == 0

    assert "ObjectRefused" in network.puller.health.trouble
    assert network.tree("badinh").keys() == {"index.html", "index.html.br", "index.html.gz"}


def test_two_encodings_of_one_size_would_share_an_etag_so_one_is_left_out(network: Network) -> None:
    from conglang.edge.apply import parts
    from conglang.wire.manifest import Encoded

    same = Entry(200, "a" * 64, 100, 1, br=Encoded("b" * 64, 50), gzip=Encoded("c" * 64, 50))

    assert [name for name, _ in parts(same)] == ["br", None]


def test_publish_reaches_the_tree_quickly(network: Network) -> None:
    for number in range(3):
        network.publish("badinh", {f"/{n}/": page(f"{n}") for n in range(20)}, mtime=1000 + number)
    network.puller.pull()
    began = time.monotonic()
    network.publish("badinh", {"/1/": page("mới")}, mtime=2000)
    network.puller.pull()

    assert time.monotonic() - began < 5


def test_half_written_files_of_a_killed_apply_are_cleared(tmp_path: Path) -> None:
    folder = EdgeFolder(tmp_path)
    folder.prepare()
    (folder.half / "leftover").write_bytes(b"x")

    EdgeFolder(tmp_path).prepare()

    assert list(folder.half.iterdir()) == []


def test_new_edition_does_not_take_the_last_of_the_disk(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits, and says so; what is served is served, put right, and may become less."""
    network.publish("badinh", {"/": page("cũ"), "/bo/": page("bỏ")}, mtime=1000)
    network.puller.pull()
    before = network.tree("badinh")
    network.publish("badinh", {"/moi/": page("mới")}, mtime=2000)
    almost = os.statvfs(network.data)
    full = SimpleNamespace(f_bavail=10, f_frsize=almost.f_frsize, f_blocks=almost.f_blocks)
    with monkeypatch.context() as patch:
        patch.setattr("conglang.edge.apply.os.statvfs", lambda _: full)
        assert network.puller.pull() == 0
        assert network.puller.health.kind is Trouble.DISK_FULL
        assert network.tree("badinh") == before
        home = network.edge.www / "badinh/index.html"
        home.unlink()
        network.puller.look()
        assert network.tree("badinh") == before
    network.puller.pull()

    assert network.puller.health.trouble == "" and "moi/index.html" in network.tree("badinh")
