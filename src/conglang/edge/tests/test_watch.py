"""A hand in the tree: whatever it plants, changes, removes or links away is found within seconds and put right."""

import os
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conglang.edge.audit import differences
from conglang.edge.tests.network import Network, page
from conglang.wire.manifest import Entry
from conglang.wire.paths import SHARDS

PAGES = {
    "/": page("Nhà"),
    "/tin/": page("Tin"),
    "/tin/le/": page("Lễ"),
    "/_/a/site.0a1b2c3d.css": b"a{}\n" * 90,
}


@pytest.fixture
def shown(network: Network) -> Network:
    network.publish("badinh", PAGES, mtime=1000)
    network.publish("tayho", {"/": page("Tây Hồ")}, mtime=1000)
    network.ask("badinh", {"/_/404/": network.entry("/_/404/", page("Không thấy"), mtime=1001, status=404)})
    network.name_hosts({"badinh.localhost": "badinh"})
    network.puller.pull()
    assert network.puller.health.trouble == ""
    return network


def read_everything(network: Network) -> None:
    """One whole reading, as the puller's thread does it in pieces."""
    watch = network.puller.watch
    watch._look_due, watch._read_due = time.monotonic() + 3600, 0.0
    before = watch._report
    while watch._report is before:
        watch.step(0.05)


def right(network: Network, tree: dict[str, bytes]) -> bool:
    return network.tree("badinh") == tree and not list(differences(network.edge, "badinh"))


def test_quick_look_finds_nothing_wrong_in_what_was_applied(shown: Network) -> None:
    assert shown.puller.look().mended == 0
    read_everything(shown)
    report = shown.puller.watch.report
    assert (report.mended, report.read_found, report.wrong) == (0, 0, 0)
    assert report.read_files == 3 * 5 + 3 and report.read_at and report.looked_at


def _unlink(www: Path) -> None:
    (www / "tin/index.html").unlink()


def _remove_folder(www: Path) -> None:
    shutil.rmtree(www / "tin")


def _remove_site(www: Path) -> None:
    shutil.rmtree(www)


def _other_size(www: Path) -> None:
    (www / "index.html").unlink()
    (www / "index.html").write_text("casino")


def _other_time(www: Path) -> None:
    (www / "index.html").touch()


def _copy_of_same_size_and_time(www: Path) -> None:
    file = www / "index.html"
    if not file.is_file():  # an earlier hand put a pipe there, and nobody would ever write into it
        raise FileNotFoundError(file)
    data = file.read_bytes().replace("Nhà".encode(), b"c4si")
    file.unlink()
    file.write_bytes(data)
    os.utime(file, (1000, 1000))


def _planted_file(www: Path) -> None:
    (www / "tin/casino.html").write_text("planted")


def _planted_tree(www: Path) -> None:
    (www / "a/b/c").mkdir(parents=True)
    (www / "a/b/c/d.html").write_text("planted")


def _planted_site(www: Path) -> None:
    (www.parent / "casino").mkdir()
    (www.parent / "casino/index.html").write_text("planted")


def _file_for_a_folder(www: Path) -> None:
    shutil.rmtree(www / "tin")
    (www / "tin").write_text("planted")


def _folder_for_a_file(www: Path) -> None:
    (www / "tin/index.html").unlink()
    (www / "tin/index.html/x").mkdir(parents=True)


def _link_for_a_page(www: Path) -> None:
    """To something of our own: other hands may write through it."""
    away = www.parents[1] / "away.html"
    away.write_text("somebody else's")
    (www / "index.html").unlink()
    (www / "index.html").symlink_to(away)


def _link_for_a_folder(www: Path) -> None:
    away = www.parents[1] / "away"
    shutil.copytree(www / "tin", away)
    shutil.rmtree(www / "tin")
    (www / "tin").symlink_to(away)


def _link_for_a_site(www: Path) -> None:
    away = www.parents[1] / "away"
    www.rename(away)
    www.symlink_to(away)


def _pipe_for_a_page(www: Path) -> None:
    (www / "index.html").unlink()
    os.mkfifo(www / "index.html")


HANDS = [
    _unlink, _remove_folder, _remove_site, _other_size, _other_time, _copy_of_same_size_and_time, _planted_file,
    _planted_tree, _planted_site, _file_for_a_folder, _folder_for_a_file, _link_for_a_page, _link_for_a_folder,
    _link_for_a_site, _pipe_for_a_page,
]  # fmt: skip


@pytest.mark.parametrize("hand", HANDS, ids=lambda hand: hand.__name__.strip("_"))
def test_quick_look_puts_right_what_a_hand_did(shown: Network, hand) -> None:
    tree = shown.tree("badinh")
    hand(shown.edge.www / "badinh")

    assert shown.puller.look().mended >= 1

    assert right(shown, tree)
    assert sorted(place.name for place in shown.edge.www.iterdir()) == ["badinh", "tayho"]
    assert shown.puller.look().wrong == 0


def test_nothing_behind_a_planted_link_is_touched(shown: Network) -> None:
    away = shown.data / "away"
    away.mkdir()
    (away / "index.html").write_text("somebody else's")
    (away / "other.txt").write_text("somebody else's")
    shutil.rmtree(shown.edge.www / "badinh/tin")
    (shown.edge.www / "badinh/tin").symlink_to(away)

    shown.publish("badinh", {"/tin/": None, "/tin/le/": None}, mtime=1002)
    shown.puller.pull()
    shown.puller.look()

    assert {file.name: file.read_text() for file in away.iterdir()} == {
        "index.html": "somebody else's", "other.txt": "somebody else's",
    }  # fmt: skip
    assert not (shown.edge.www / "badinh/tin").exists()


def test_reading_finds_what_hides_behind_size_time_and_link(shown: Network) -> None:
    """Written into the object itself, so that the page and the copy it would be mended from are both false."""
    tree = shown.tree("badinh")
    home = shown.edge.www / "badinh/index.html"
    home.chmod(0o644)
    home.write_bytes(tree["index.html"].replace("Nhà".encode(), b"c4si"))
    os.utime(home, (1000, 1000))
    assert shown.puller.look().mended == 0

    read_everything(shown)

    assert right(shown, tree)
    assert shown.puller.watch.report.read_found == 1


def test_error_page_that_was_changed_is_put_right_and_never_shown(shown: Network) -> None:
    entry = shown.edge.entries("badinh")["/_/404/"]
    file = shown.edge.object(entry.digest or "", entry.mtime)
    file.chmod(0o644)
    file.write_bytes(b"c" * entry.size)
    os.utime(file, (entry.mtime, entry.mtime))

    read_everything(shown)

    assert file.read_bytes() == page("Không thấy")


@pytest.mark.parametrize("name", ["state/badinh/role.json", "trust/targets.json", "hosts.json", "shard"])
def test_manifest_that_was_changed_on_disk_is_pulled_again(shown: Network, name: str) -> None:
    shard = next((shown.edge.state / "badinh").glob("??.json"))
    file = shard if name == "shard" else shown.edge.root / name
    before = file.read_bytes()
    file.write_bytes(before.replace(b"1", b"2"))
    if name == "trust/targets.json":
        shutil.copy(file, shown.edge.shown / "targets.json")

    read_everything(shown)
    shown.puller.pull()

    assert shown.puller.health.trouble == ""
    assert file.read_bytes() == before
    assert not list(differences(shown.edge, "badinh"))


def test_edition_applied_while_it_is_looked_at_raises_no_alarm(shown: Network) -> None:
    (shown.data / "keys/demo-network").touch()  # forty pages go within a minute
    watch = shown.puller.watch
    for number in range(40):
        watch.step(0.001)
        changed: dict[str, bytes | None] = {f"/moi-{number}/": page("mới"), "/": page(str(number))}
        if number:
            changed[f"/moi-{number - 1}/"] = None
        shown.publish("badinh", changed, mtime=2000 + number)
        shown.puller.pull()
        watch._look_due = watch._read_due = 0.0

    assert watch.report.mended == 0
    assert shown.puller.look().mended == 0


def test_what_cannot_be_put_right_is_counted_until_it_can(shown: Network) -> None:
    home = shown.edge.www / "badinh/index.html"
    entry = shown.edge.entries("badinh")["/"]
    for file in (home, shown.edge.object(entry.digest or "", entry.mtime)):
        file.unlink()
    (shown.data / "store").rename(shown.data / "away")

    assert shown.puller.look().wrong == 1
    (shown.data / "away").rename(shown.data / "store")
    report = shown.puller.look()

    assert (report.wrong, report.mended) == (0, 1)
    assert home.read_bytes() == PAGES["/"]


def test_sites_that_are_applied_for_the_first_time_are_not_taken_for_planted(network: Network) -> None:
    network.publish("badinh", PAGES, mtime=1000)
    (network.edge.www / "badinh/tin").mkdir(parents=True)
    (network.edge.state / "badinh").mkdir(parents=True)
    network.edge.pending("badinh").touch()

    network.puller.look()

    assert (network.edge.www / "badinh/tin").is_dir()


steps = st.lists(st.sampled_from(HANDS), min_size=1, max_size=4)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps)
def test_any_number_of_hands_one_after_the_other_end_in_the_signed_tree(hands) -> None:
    with tempfile.TemporaryDirectory(prefix="cl", dir="/tmp") as folder:
        network = Network(Path(folder))
        network.publish("badinh", PAGES, mtime=1000)
        network.puller.pull()
        tree = network.tree("badinh")
        for hand in hands:
            try:
                hand(network.edge.www / "badinh")
            except OSError:
                continue  # an earlier hand took its place away
        network.puller.look()
        read_everything(network)

        assert right(network, tree)


@pytest.fixture
def large() -> Iterator[Network]:
    """A network in memory where there is a place for it: making a hundred thousand files takes a disk minutes."""
    place = "/dev/shm" if Path("/dev/shm").is_dir() else "/tmp"
    folder = Path(tempfile.mkdtemp(prefix="cl", dir=place))
    yield Network(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
def test_quick_look_at_a_whole_city_takes_two_seconds_at_most(large: Network) -> None:
    network = large
    pages = {f"/tin/{number}/": page(str(number), times=20) for number in range(50)}
    network.publish("mau", pages, mtime=1000)
    network.puller.pull()
    applied = network.edge.applied()
    for number in range(127):
        site = f"xa{number}"
        shutil.copytree(network.edge.www / "mau", network.edge.www / site, copy_function=os.link)
        (network.edge.state / site).mkdir()
        for shard in SHARDS:
            if (file := network.edge.state / "mau" / f"{shard}.json").exists():
                text = file.read_text().replace('"site":"mau"', f'"site":"{site}"')
                (network.edge.state / site / f"{shard}.json").write_text(text)
        applied = type(applied)({**applied.sites, site: applied.sites["mau"]}, applied.hosts)
    network.edge.record(applied)

    begun = time.process_time()
    report = network.puller.look()

    assert report.mended == 0
    assert time.process_time() - begun < 2.0


@pytest.mark.slow
def test_hundred_thousand_planted_files_fill_no_memory(large: Network) -> None:
    shown = large
    shown.publish("badinh", PAGES, mtime=1000)
    shown.puller.pull()
    planted = shown.edge.www / "badinh/tin"
    for number in range(50_000):
        (planted / f"{number}.html").touch()
    (planted / "sau").mkdir()
    for number in range(50_000):
        (planted / "sau" / f"{number}.html").touch()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    for _ in range(3):
        shown.puller.look()

    assert sorted(file.name for file in planted.iterdir()) == [
        "index.html", "index.html.br", "index.html.gz", "le",
    ]  # fmt: skip
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000  # kB


def test_page_that_is_gone_by_now_is_not_brought_back(shown: Network) -> None:
    shown.ask("badinh", {"/tin/": Entry(410, mtime=1002)})
    shown.puller.pull()
    (shown.edge.www / "badinh/tin").mkdir(exist_ok=True)
    (shown.edge.www / "badinh/tin/index.html").write_bytes(PAGES["/tin/"])

    shown.puller.look()

    assert not (shown.edge.www / "badinh/tin/index.html").exists()
