"""Several edges of one network: equal trees whatever happened to the way, the disk or the folder of one of them."""

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from conglang.edge.__main__ import pin_root
from conglang.edge.folder import EdgeFolder, FolderBusy
from conglang.edge.puller import Puller
from conglang.edge.report import report
from conglang.edge.source import Source
from conglang.edge.tests.network import Network, page
from conglang.wire import edges
from conglang.wire.manifest import Entry
from conglang.wire.status import StatusError, Trouble, decode_status


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def address(network: Network) -> Iterator[str]:
    """The store behind an HTTP address, as another machine sees it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(network.data / "store")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def edge(network: Network, name: str, source: str | None = None, root: Path | None = None) -> Puller:
    folder = EdgeFolder(root or network.data / "edge" / name)
    pin_root(folder.root, network.data / "keys" / "root.json")
    return Puller(folder, Source(source or str(network.data / "store")))


def tree(puller: Puller) -> dict[str, tuple[int, bytes]]:
    www = puller.folder.www
    files = (file for file in www.rglob("*") if file.is_file())
    return {str(file.relative_to(www)): (int(file.stat().st_mtime), file.read_bytes()) for file in files}


def edit(network: Network, number: int) -> None:
    """A day in two communes: a new article, a home that lists it, an old one gone, one moved."""
    network.publish(
        "badinh", {f"/tin/{number}/": page(f"Tin {number}"), "/": page(f"Nhà {number}")}, mtime=1000 + number
    )
    network.publish("tayho", {"/": page(f"Tây Hồ {number}")}, mtime=1000 + number)
    if number > 1:
        moved = Entry(301, location="/", mtime=1000 + number)
        network.ask("badinh", {f"/tin/{number - 1}/": moved, f"/tin/{number - 2}/": None})


def test_three_edges_one_over_http_one_cut_off_for_a_while_one_wiped_converge(
    network: Network, address: str
) -> None:
    near, far, third = edge(network, "1"), edge(network, "2", address), edge(network, "3")
    for number in range(8):
        edit(network, number)
        near.pull()
        if not 2 <= number < 6:  # the way to the second was cut meanwhile
            far.pull()
        if number == 5:
            subprocess.run(["rm", "-rf", str(third.folder.root)], check=True)
            third = edge(network, "3")
        if number % 3 == 0:
            third.pull()
    for one in (near, far, third):
        one.pull()
        assert one.health.trouble == ""
        assert one.look().mended == 0

    assert tree(near) == tree(far) == tree(third)
    digests = {one.folder.applied().sites["badinh"].manifest for one in (near, far, third)}
    assert len(digests) == 1 and len(digests.pop()) == 64


def test_cut_off_edge_says_so_and_is_well_again_when_the_way_is_back(network: Network) -> None:
    edit(network, 0)
    puller = edge(network, "2")
    puller.pull()
    (network.data / "store").rename(network.data / "away")
    puller.pull()
    assert puller.health.kind is Trouble.UNREACHABLE

    (network.data / "away").rename(network.data / "store")
    puller.pull()

    assert puller.health.kind is Trouble.NONE


def test_site_in_trouble_holds_up_no_other(network: Network) -> None:
    edit(network, 0)
    puller = edge(network, "2")
    puller.pull()
    edit(network, 1)
    home = network.entry("/", page("Nhà 1"), mtime=1001)
    (network.store.path(home.digest or "")).write_bytes(b"damaged")

    assert puller.pull() == 1

    assert puller.health.kind is Trouble.DAMAGED
    assert (puller.folder.www / "tayho/index.html").read_bytes() == page("Tây Hồ 1")
    assert (puller.folder.www / "badinh/index.html").read_bytes() == page("Nhà 0")
    (network.store.path(home.digest or "")).write_bytes(page("Nhà 1"))
    assert puller.pull() == 1
    assert puller.health.kind is Trouble.NONE


@pytest.fixture
def small_disk(network: Network) -> Iterator[Path]:
    place = network.data / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=512k,nr_inodes=2000", "tmpfs", str(place)]
    if subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("this user may not mount a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.fault
def test_full_disk_stops_news_not_readers(network: Network, small_disk: Path) -> None:
    edit(network, 0)
    puller = edge(network, "2", root=small_disk / "edge")
    puller.pull()
    before = tree(puller)
    film = bytes(range(256)) * 4000
    network.publish("badinh", {"/_/d/1f/phim.mp4": film, "/": page("Nhà có phim")}, mtime=2000)

    assert puller.pull() == 0

    assert puller.health.kind is Trouble.DISK_FULL
    assert tree(puller) == before
    assert list(puller.folder.half.iterdir()) == []
    assert puller.look().wrong == 0
    network.publish("badinh", {"/_/d/1f/phim.mp4": None}, mtime=2001)
    puller.pull()
    assert puller.health.kind is Trouble.NONE
    assert (puller.folder.www / "badinh/index.html").read_bytes() == page("Nhà có phim")


@pytest.mark.fault
def test_disk_without_a_place_for_one_more_file_stops_news_not_readers(
    network: Network, small_disk: Path
) -> None:
    edit(network, 0)
    puller = edge(network, "2", root=small_disk / "edge")
    puller.pull()
    before = tree(puller)
    (small_disk / "others").mkdir()
    with suppress(OSError):
        for number in range(10_000):
            (small_disk / "others" / str(number)).touch()
    edit(network, 1)

    assert puller.pull() == 0

    assert puller.health.kind is Trouble.DISK_FULL
    assert tree(puller) == before and puller.look().wrong == 0
    assert edge(network, "2", root=small_disk / "edge").pull() == 0  # one that starts there bears it too
    shutil.rmtree(small_disk / "others")
    puller.pull()
    assert puller.health.kind is Trouble.NONE and tree(puller) != before


@pytest.mark.fault
def test_disk_that_became_read_only_stops_news_not_readers(network: Network, small_disk: Path) -> None:
    edit(network, 0)
    puller = edge(network, "2", root=small_disk / "edge")
    puller.pull()
    before = tree(puller)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    edit(network, 1)
    again = edge(network, "2", root=small_disk / "edge")  # it starts there too

    assert again.pull() == 0

    assert again.health.kind is Trouble.READ_ONLY
    assert tree(again) == before
    with again.folder.alone():
        assert again.look().wrong == 0


def test_two_processes_never_pull_into_one_folder(network: Network) -> None:
    puller = edge(network, "2")
    with puller.folder.alone(), pytest.raises(FolderBusy), EdgeFolder(puller.folder.root).alone():
        pass


def test_report_says_edition_digest_age_and_what_the_reading_found(network: Network) -> None:
    edit(network, 0)
    puller = edge(network, "2")
    puller.pull()
    puller.look()

    told = report(puller, name="2").to_json()
    heard = decode_status(json.dumps(told).encode())

    assert heard.to_json() == told
    assert heard.sites["badinh"].edition == 1 and heard.sites["badinh"].manifest
    assert heard.age is not None and 0 <= heard.age < 600
    assert not heard.stale and heard.fresh_until and heard.tree.looked_at


@pytest.mark.parametrize(
    "answer", [b"", b"{}", b"[]", b"null", b'{"v":1}', b'{"v":1,"edge":"1","at":"x","stale":false}', b"\xff"]
)
def test_answer_that_is_no_report_is_refused(answer: bytes) -> None:
    with pytest.raises(StatusError):
        decode_status(answer)


def test_list_of_edges_survives_and_refuses_what_cannot_be_an_edge(network: Network) -> None:
    assert edges.read(network.data) == {}
    known = {"1": "/run/edge.sock", "hai": "https://may-chu-2.hanoi.gov.vn", "ba": "http://127.0.0.1:8520"}
    edges.write(network.data, known)

    assert edges.read(network.data) == known
    for name, address in (
        ("../x", "/a"),
        ("A", "/a"),
        ("a", "ftp://a"),
        ("a", "http://a/b/c"),
        ("a", "relative"),
    ):
        with pytest.raises(edges.BadEdge):
            edges.write(network.data, {name: address})
    (network.data / edges.FILE).write_text("{")
    with pytest.raises(edges.BadEdge):
        edges.read(network.data)


def test_edge_that_drips_its_answer_is_given_up_in_time(network: Network) -> None:
    class Drip(Quiet):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            for _ in range(100):
                self.wfile.write(b"x")
                time.sleep(0.1)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Drip)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    begun = time.monotonic()

    with pytest.raises(edges.EdgeSilent):
        edges.ask(f"http://127.0.0.1:{server.server_address[1]}", seconds=0.5)

    assert time.monotonic() - begun < 3
    server.shutdown()
    server.server_close()
