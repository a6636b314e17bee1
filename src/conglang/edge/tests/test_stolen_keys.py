"""A key is stolen, the way to the edge is the thief's, and then the network replaces the key."""

import shutil
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, MetaFile, Snapshot, Timestamp

from conglang.edge.tests.network import Network, page
from conglang.signer import keys, pem
from conglang.signer.ceremony import at_hand

pytestmark = pytest.mark.slow  # each asks real servers, or renders whole sites

FAR = 4_000_000_000


class Thief:
    """Holds copies of on-line keys and may write what edges read."""

    def __init__(self, network: Network, *names: str) -> None:
        self._folder = network.data / "store/repo/metadata"
        self._keys = {name: keys.load(network.data / "keys", "online", name) for name in names}
        self._honest = {
            name: Metadata.from_bytes((self._folder / name).read_bytes()) for name in ("timestamp.json",)
        }
        self._saved = self._folder.with_name("honest")
        shutil.copytree(self._folder, self._saved)

    def outrun(self) -> None:
        """Show versions that no honest one will ever reach."""
        stamp: Metadata[Timestamp] = self._honest["timestamp.json"]
        version = stamp.signed.snapshot_meta.version
        if "snapshot" in self._keys:
            snapshot: Metadata[Snapshot] = Metadata.from_bytes(
                (self._folder / f"{version}.snapshot.json").read_bytes()
            )
            snapshot.signed.version = FAR
            snapshot.signed.meta = {
                name: MetaFile(FAR if name.startswith("site-") else file.version)
                for name, file in snapshot.signed.meta.items()
            }
            self._put(snapshot, "snapshot", f"{FAR}.snapshot.json")
            stamp.signed.snapshot_meta = MetaFile(FAR)
        stamp.signed.version = FAR
        self._put(stamp, "timestamp", "timestamp.json")

    def _put(self, metadata: Metadata[Any], role: str, name: str) -> None:
        metadata.sign(self._keys[role])
        (self._folder / name).write_bytes(metadata.to_bytes())

    def caught(self) -> None:
        """The way is honest again."""
        shutil.rmtree(self._folder)
        self._saved.rename(self._folder)


@pytest.fixture
def served(network: Network) -> Network:
    network.publish("badinh", {"/": page("Nhà")}, mtime=1000)
    network.puller.pull()
    assert network.puller.health.trouble == ""
    return network


def replace(network: Network, *names: str) -> None:
    for name in names:
        pem.prepare_next(network.data / "keys/online", name)
    if set(names) - {"site"}:
        at_hand.hold(network.data / "keys", datetime.now(UTC))
    network.office.reload()


@pytest.mark.parametrize("stolen", [("timestamp",), ("timestamp", "snapshot")])
@pytest.mark.parametrize("fresh", [False, True], ids=["running", "restarted"])
def test_edge_that_was_shown_a_far_version_comes_back_when_the_stolen_keys_are_replaced(
    served: Network, stolen: tuple[str, ...], fresh: bool
) -> None:
    thief = Thief(served, *stolen)
    thief.outrun()
    served.puller.pull()
    thief.caught()
    served.office.repository.renew()
    assert served.puller.pull() == 0
    assert "BadVersionNumberError" in served.puller.health.trouble
    assert served.tree("badinh")["index.html"] == page("Nhà")

    replace(served, *stolen)
    served.publish("badinh", {"/": page("mới")}, mtime=1001)
    puller = served.new_puller() if fresh else served.puller
    puller.pull()

    assert puller.health.trouble == ""
    assert served.tree("badinh")["index.html"] == page("mới")


def test_replaced_snapshot_key_alone_frees_the_timestamp_too(served: Network) -> None:
    """TUF 5.3.11: the timestamp is signed by a key that still counts and names a snapshot nobody can reach."""
    thief = Thief(served, "timestamp", "snapshot")
    thief.outrun()
    served.puller.pull()
    thief.caught()
    replace(served, "snapshot")
    served.publish("badinh", {"/": page("mới")}, mtime=1001)

    served.puller.pull()

    assert served.puller.health.trouble == ""
    assert served.tree("badinh")["index.html"] == page("mới")


def test_honest_versions_are_not_forgotten_when_keys_are_replaced(served: Network, tmp_path: Path) -> None:
    """Or a replaced key would open the door for yesterday's pages."""
    shutil.copytree(served.data / "store/repo", tmp_path / "repo")
    served.publish("badinh", {"/": page("mới")}, mtime=1001)
    served.puller.pull()
    replace(served, "timestamp", "snapshot")
    served.puller.pull()
    for old in ("timestamp.json",):
        shutil.copy(tmp_path / "repo/metadata" / old, served.data / "store/repo/metadata" / old)

    assert served.puller.pull() == 0
    assert "UnsignedMetadataError" in served.puller.health.trouble
    assert served.tree("badinh")["index.html"] == page("mới")


def _forged(network: Network, role: str, key: CryptoSigner) -> None:
    """A role signed by `key` under the next version, snapshot and timestamp bent to name it."""
    folder = network.data / "store/repo/metadata"
    version = network.office.repository._snapshot.signed.meta[f"{role}.json"].version
    found: Metadata[Any] = Metadata.from_bytes((folder / f"{version}.{role}.json").read_bytes())
    found.signed.version += 1
    found.sign(key)
    (folder / f"{version + 1}.{role}.json").write_bytes(found.to_bytes())
    with network.office.repository._lock:
        network.office.repository._snapshot.signed.meta[f"{role}.json"].version += 1
        network.publish("tayho" if role == "site-badinh" else "badinh", {"/k/": page("khác")}, mtime=1001)


@pytest.mark.parametrize(
    ("role", "name"), [("site-badinh", "site"), ("sites", "sites"), ("network", "network")]
)
def test_revoked_key_signs_nothing_any_more(served: Network, role: str, name: str) -> None:
    served.name_hosts({"badinh.localhost": "badinh"})
    stolen = keys.load(served.data / "keys", "online", name)
    replace(served, name)
    served.puller.pull()
    assert served.puller.health.trouble == ""
    before = served.tree("badinh")
    _forged(served, role, stolen)

    served.puller.pull()

    assert "UnsignedMetadataError" in served.puller.health.trouble
    assert served.tree("badinh") == before


def test_one_root_key_is_not_enough(served: Network) -> None:
    """Threshold: a root signed by one of three, and by one of three twice under another id."""
    folder = served.data / "store/repo/metadata"
    root: Metadata[Any] = Metadata.from_bytes((folder / "1.root.json").read_bytes())
    thiefs = CryptoSigner.generate_ed25519()
    root.signed.version = 2
    root.signed.roles["root"].threshold = 1
    root.signed.add_key(thiefs.public_key, "timestamp")
    root.sign(keys.load(served.data / "keys", "offline", "root-1"))
    one = root.signatures[next(iter(root.signatures))]
    root.signatures["f" * 64] = type(one)("f" * 64, one.signature)
    (folder / "2.root.json").write_bytes(root.to_bytes())
    served.publish("badinh", {"/": page("mới")}, mtime=1001)

    assert served.puller.pull() == 0
    assert "UnsignedMetadataError" in served.puller.health.trouble
    assert served.tree("badinh")["index.html"] == page("Nhà")


def test_keys_are_revoked_while_offices_publish_and_an_edge_follows_throughout(served: Network) -> None:
    stop, troubles = threading.Event(), set()

    def follow() -> None:
        puller = served.puller
        while not stop.is_set():
            puller.pull()
            troubles.add(puller.health.trouble.partition(":")[0])

    thread = threading.Thread(target=follow)
    thread.start()
    for number, name in enumerate(["site", "timestamp", "snapshot", "sites"]):
        served.publish("badinh", {"/": page(f"{number}")}, mtime=2000 + number)
        replace(served, name)
    served.publish("badinh", {"/": page("cuối")}, mtime=3000)
    stop.set()
    thread.join()
    served.puller.pull()

    assert served.puller.health.trouble == ""
    assert served.tree("badinh")["index.html"] == page("cuối")
    assert troubles <= {"", "DownloadHTTPError"}, "a reader's server was told that something is wrong"


def test_edge_that_was_away_for_many_rotations_follows_the_whole_chain(served: Network) -> None:
    for name in ("timestamp", "snapshot", "timestamp", "snapshot"):
        replace(served, name)
    at_hand.hold(served.data / "keys", datetime.now(UTC), replace=keys.OFFLINE)
    served.office.reload()
    served.publish("badinh", {"/": page("mới")}, mtime=1001)

    assert served.puller.pull() == 1
    assert (served.edge.trust / "root_history/6.root.json").exists()
    assert timedelta(0) < (served.puller.health.expires or datetime.now(UTC)) - datetime.now(UTC)
