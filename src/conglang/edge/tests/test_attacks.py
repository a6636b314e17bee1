"""The way between signer and edge belongs to the enemy: what he can put there, and that it is not applied."""

import http.server
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from tuf.api.metadata import Metadata

from conglang.edge import impatient
from conglang.edge.folder import EdgeFolder
from conglang.edge.puller import Puller
from conglang.edge.served import Asker, Place, Unreachable
from conglang.edge.source import Source
from conglang.edge.tests.network import Network, page
from conglang.signer import keys
from conglang.signer.ceremony import at_hand


def _refused(network: Network, words: str) -> None:
    before = network.tree("badinh")
    assert network.puller.pull() == 0
    assert words in network.puller.health.trouble
    assert network.tree("badinh") == before
    assert network.new_puller().pull() == 0


def _metadata(network: Network) -> Path:
    return network.data / "store/repo/metadata"


def test_state_signed_with_other_keys_is_refused(served: Network, tmp_path: Path) -> None:
    other = Network(tmp_path)
    for _ in range(3):
        other.office.repository.renew()
    other.publish("badinh", {"/": page("casino")}, mtime=9000)
    for folder in ("repo", "objects"):
        shutil.copytree(tmp_path / "store" / folder, served.data / "store" / folder, dirs_exist_ok=True)

    _refused(served, "UnsignedMetadataError")


def test_older_state_is_refused(served: Network, tmp_path: Path) -> None:
    shutil.copytree(served.data / "store/repo", tmp_path / "repo")
    served.publish("badinh", {"/": page("mới")}, mtime=1001)
    served.puller.pull()
    shutil.copytree(tmp_path / "repo", served.data / "store/repo", dirs_exist_ok=True)

    _refused(served, "BadVersionNumberError")


def test_old_pages_under_a_new_number_are_refused(served: Network) -> None:
    """Mix and match: the newest snapshot with an older site role put under the newer name."""
    served.publish("badinh", {"/": page("mới")}, mtime=1001)
    shutil.copy(_metadata(served) / "1.site-badinh.json", _metadata(served) / "2.site-badinh.json")

    _refused(served, "BadVersionNumberError")


def test_shard_of_another_edition_is_refused(served: Network) -> None:
    old = next((served.data / "store/repo/targets/badinh").iterdir())
    served.publish("badinh", {"/": page("mới")}, mtime=1001)
    new = next(file for file in old.parent.iterdir() if file != old)
    new.write_bytes(old.read_bytes())

    _refused(served, "LengthOrHashMismatchError")


def test_site_key_cannot_sign_for_the_network(served: Network) -> None:
    """Whoever steals the sites' key still cannot say which host shows which site."""
    file = _metadata(served) / "2.network.json"
    forged = Metadata.from_file(str(file))
    forged.signed.version = 3
    forged.sign(keys.load(served.data / "keys", "online", "site"))
    file.with_name("3.network.json").write_bytes(forged.to_bytes())
    with served.office.repository._lock:
        meta = served.office.repository._snapshot.signed.meta
        meta["network.json"].version = 3
        served.publish("badinh", {"/": page("mới")}, mtime=1001)

    _refused(served, "UnsignedMetadataError")


def test_edge_follows_a_new_root_from_the_one_it_pinned(served: Network) -> None:
    at_hand.hold(served.data / "keys", datetime.now(UTC), renew=True)
    served.office.repository.renew()
    served.publish("badinh", {"/": page("mới")}, mtime=1001)

    assert served.new_puller().pull() == 1
    assert (served.edge.trust / "root_history/2.root.json").exists()


def test_endless_timestamp_is_cut_off(served: Network) -> None:
    (_metadata(served) / "timestamp.json").write_bytes(b" " * 10_000_000)

    _refused(served, "longer than")


def test_endless_metadata_and_bodies_are_cut_off(served: Network) -> None:
    served.publish("badinh", {"/": page("mới")}, mtime=1001)
    for file in _metadata(served).glob("*.snapshot.json"):
        file.write_bytes(b" " * 25_000_000)

    _refused(served, "longer than")


def test_endless_body_is_read_only_as_far_as_it_was_signed(served: Network) -> None:
    entry = served.entry("/dai/", page("dài"), mtime=1001)
    served.ask("badinh", {"/dai/": entry})
    served.store.path(entry.digest or "").write_bytes(page("dài") + b" " * 5_000_000)

    served.puller.pull()

    assert "dai/index.html" not in served.tree("badinh") or served.tree("badinh")["dai/index.html"] == page(
        "dài"
    )


def test_way_that_stands_still_is_told_by_its_age_and_stops_no_reader(served: Network) -> None:
    """Freeze: the same sound answer for ever. Nothing is wrong with it but its age."""
    before = served.tree("badinh")

    assert served.puller.pull() == 0
    assert served.puller.health.stale(datetime.now(UTC) + timedelta(hours=1, seconds=1))
    assert served.tree("badinh") == before


def test_snapshot_of_yesterday_under_the_newest_timestamp_is_refused(served: Network) -> None:
    """Mix and match one step higher: two sound files of two moments."""
    folder = _metadata(served)
    old = max(folder.glob("*.snapshot.json"), key=lambda file: int(file.name.partition(".")[0]))
    served.publish("badinh", {"/": page("mới")}, mtime=1001)
    new = max(folder.glob("*.snapshot.json"), key=lambda file: int(file.name.partition(".")[0]))
    shutil.copy(old, new)

    _refused(served, "LengthOrHashMismatchError")


def test_role_of_one_site_does_not_pass_for_another(served: Network) -> None:
    """Both are signed by the one site key; what a role may sign is in its delegation."""
    served.publish("tayho", {"/": page("Tây Hồ")}, mtime=1000)
    served.puller.pull()
    served.publish("badinh", {"/": page("mới")}, mtime=1001)
    served.publish("tayho", {"/": page("mới")}, mtime=1001)
    shutil.copy(_metadata(served) / "2.site-tayho.json", _metadata(served) / "2.site-badinh.json")
    before = served.tree("badinh")

    served.puller.pull()

    assert served.puller.health.trouble or served.tree("badinh") == {}
    assert served.tree("badinh") == before


def test_edge_without_a_pinned_root_does_not_start(served: Network) -> None:
    (served.edge.root / "root.json").unlink()

    with pytest.raises(FileNotFoundError):
        served.new_puller()


def test_path_of_an_address_cannot_leave_the_source(tmp_path: Path) -> None:
    from tuf.api.exceptions import DownloadError

    with pytest.raises(DownloadError):
        Source(str(tmp_path)).download_bytes("file:///etc/passwd", 10_000)


@pytest.fixture
def address(served: Network) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            return

    handler = partial(Quiet, directory=str(served.data / "store"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def test_edge_on_another_machine_pulls_by_address(served: Network, address: str) -> None:
    far = EdgeFolder(served.data / "edge" / "2")
    far.root.mkdir(parents=True)
    shutil.copy(served.data / "keys/root.json", far.root / "root.json")
    puller = Puller(far, Source(address))

    assert puller.pull() == 1
    assert (far.www / "badinh/index.html").read_bytes() == page("Nhà")
    assert far.hosts().hosts == {"badinh.localhost": "badinh"}


@pytest.mark.parametrize("part", ["head", "body"])
def test_source_that_drips_is_given_up_and_named(
    served: Network, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """Slow retrieval: each byte comes in time, the file never; nor does the end of what stands before it."""
    monkeypatch.setattr(impatient, "PATIENCE", 0.5)
    stop = threading.Event()

    class Dripping(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            if part == "body":
                self.end_headers()
            else:
                self.flush_headers()
            while not stop.wait(0.05):
                try:
                    self.wfile.write(b"x")
                except OSError:
                    return

        def log_message(self, *_: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Dripping)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    puller = Puller(EdgeFolder(served.edge.root), Source(f"http://127.0.0.1:{server.server_address[1]}"))
    place = Place(
        "badinh.localhost", "http", server.server_address[1], ("127.0.0.1", server.server_address[1])
    )
    before, began = served.tree("badinh"), time.monotonic()

    assert puller.pull() == 0
    with pytest.raises(Unreachable):
        Asker(place).ask("/")  # who verifies from outside is not held either

    stop.set()
    server.shutdown()
    server.server_close()
    assert time.monotonic() - began < 5
    assert ("comes too slowly" if part == "body" else "timed out") in puller.health.trouble
    assert served.tree("badinh") == before


def test_store_that_keeps_an_edge_waiting_does_not_keep_it_from_what_it_serves(served: Network) -> None:
    """A tampered page is put right while a pull hangs at the store, which sends just enough not to be given up."""
    stop, hanging = threading.Event(), threading.Event()

    class Keeping(http.server.SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if "/objects/" not in self.path:
                return super().do_GET()
            self.send_response(200)
            self.end_headers()
            hanging.set()
            with suppress(OSError):
                while not stop.wait(0.05):
                    self.wfile.write(b"x")
            return None

        def log_message(self, *_: object) -> None:
            return

    handler = partial(Keeping, directory=str(served.data / "store"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    puller = Puller(EdgeFolder(served.edge.root), Source(f"http://127.0.0.1:{server.server_address[1]}"))
    served.publish("badinh", {"/moi/": page("mới", times=9000)}, mtime=3000)
    running = threading.Thread(target=puller.run, args=(stop,))
    running.start()
    assert hanging.wait(10)
    home = served.edge.www / "badinh/index.html"
    wanted = home.read_bytes()
    home.unlink()
    home.write_bytes(b"<h1>hacked</h1>")

    until = time.monotonic() + 10
    while home.read_bytes() != wanted and time.monotonic() < until:
        time.sleep(0.05)
    shown = home.read_bytes()
    stop.set()
    running.join()
    server.shutdown()
    server.server_close()

    assert shown == wanted
