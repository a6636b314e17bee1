"""An edge goes from one edition of a site to the next, while a second site stays as it is."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import brotli
from isal import igzip

from conglang.edge import audit
from conglang.edge.folder import EdgeFolder
from conglang.edge.puller import Puller
from conglang.edge.source import Source
from conglang.edge.tests.network import Network, page
from conglang.wire.encodings import compress
from conglang.wire.manifest import Entry
from conglang.wire.paths import tree_path

from .scene import copy
from .strace import FAULTS, Call

SITE, NEIGHBOUR = "badinh", "tayho"
CSS = b"body{margin:0}\n" * 40
OLD = {
    "/": page('Nhà cũ <link href="/_/a/cu.css">'), "/tin/": page("Tin cũ"), "/bo/": page("Bỏ đi"), "/giu/": page("Giữ"),
    "/nho/": page("Nhỏ đi"), "/_/a/cu.css": CSS,
}  # fmt: skip
NEW = {
    "/": page('Nhà mới <link href="/_/a/moi.css">'), "/tin/": page("Tin mới"), "/giu/": page("Giữ"), "/nho/": b"x",
    "/moi/sau/": page("Mới"), "/_/a/moi.css": CSS + b"p{}", "/_/a/cu.css": CSS,
}  # fmt: skip
STYLE = {"/": {OLD["/"]: "/_/a/cu.css", NEW["/"]: "/_/a/moi.css"}}  # which page wants which style
UNPACK = {"": bytes, ".br": brotli.decompress, ".gz": igzip.decompress}


class EdgeScene:
    """One edge with two sites; the store already holds the next edition of the first."""

    name = "edge"

    def __init__(self, folder: Path) -> None:
        self.network = Network(folder)
        self.network.publish(SITE, OLD, mtime=1000)
        self.network.publish(NEIGHBOUR, {"/": page("Tây Hồ")}, mtime=1000)
        self.network.name_hosts({"badinh.localhost": SITE, "tayho.localhost": NEIGHBOUR})
        self.network.puller.pull()
        self._first = folder / "first"
        self.root = self.network.edge.root
        copy(self.root, self._first)
        gone = dict.fromkeys(OLD.keys() - NEW.keys())
        self.network.publish(SITE, {**gone, **NEW}, mtime=2000)
        self.network.ask(SITE, {"/bo/": Entry(410, mtime=2000)})
        self.talks, self.faults, self.disk = False, FAULTS, self.root
        self.folders = [self.root]
        self.edition = self.network.office.repository.editions()[SITE]

    def reset(self) -> None:
        copy(self._first, self.root)
        self._neighbour = dict(_stamps(self.root / "www" / NEIGHBOUR))

    def puller(self) -> Puller:
        return Puller(EdgeFolder(self.root), Source(str(self.network.data / "store")))

    def act(self) -> str:
        puller = self.puller()
        for _ in range(3):  # the loop of a living edge: after a trouble it tries again
            puller.pull()
            if not puller.health.trouble:
                return "done"
        return puller.health.trouble

    def struck(self, calls: Sequence[Call]) -> None:
        """Nothing more."""

    def stopped(self, done: bool) -> None:
        for path in OLD.keys() | NEW.keys():
            served = _served(self.root / "www" / SITE, path)
            may = [edition.get(path) for edition in ((NEW,) if done else (OLD, NEW))]
            for ending, found in served.items():
                assert found in [_packed(body, ending) for body in may], f"{path}{ending} is of no edition"
            body = served.get("")
            if wanted := STYLE.get(path, {}).get(body or b""):
                assert _served(self.root / "www" / SITE, wanted).get("") is not None, f"{path} lacks {wanted}"
        assert dict(_stamps(self.root / "www" / NEIGHBOUR)) == self._neighbour, "another site was changed"

    def recovered(self, done: bool) -> None:
        puller = self.puller()
        puller.pull()
        for site in (SITE, NEIGHBOUR):
            audit.repair(puller.folder, site, Source(str(self.network.data / "store")).object)
        audit.clear_objects(puller.folder)
        assert puller.health.trouble == "", puller.health.trouble
        self.assert_shows(NEW)
        self.assert_tidy(puller.folder)

    def assert_shows(self, edition: Mapping[str, bytes]) -> None:
        folder = EdgeFolder(self.root)
        assert folder.applied().sites[SITE].edition == self.edition
        tree = {
            str(file.relative_to(folder.www / SITE)): file.read_bytes()
            for file in (folder.www / SITE).rglob("*") if file.is_file()
        }  # fmt: skip
        assert tree == tree_of(edition), sorted(tree.keys() ^ tree_of(edition).keys())
        assert list(audit.differences(folder, SITE)) == [] == list(audit.differences(folder, NEIGHBOUR))
        assert folder.entries(SITE)["/bo/"].status == 410

    def assert_tidy(self, folder: EdgeFolder) -> None:
        assert list(folder.half.iterdir()) == []
        left = [str(file) for file in folder.root.rglob("*.tmp")] + [
            str(file) for file in folder.trust.glob("tmp*")
        ]
        assert left == [], f"left behind: {left}"
        assert not folder.pending(SITE).exists()


def tree_of(edition: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of an edition: each body with its encodings."""
    return {
        f"{tree_path(path)}{ending}": data
        for path, body in edition.items()
        for ending in UNPACK
        if (data := _packed(body, ending)) is not None
    }


def _packed(body: bytes | None, ending: str) -> bytes | None:
    if body is None or not ending:
        return body
    return compress(body).get({".br": "br", ".gz": "gzip"}[ending])


def _served(root: Path, path: str) -> dict[str, bytes | None]:
    """By ending what a web server finds for a path; a missing sibling makes it serve the identity bytes."""
    found: dict[str, bytes | None] = {"": None}
    for ending in UNPACK:
        with suppress(FileNotFoundError):
            found[ending] = (root / (tree_path(path) + ending)).read_bytes()
    return found


def _stamps(folder: Path) -> Iterator[tuple[str, tuple[int, str]]]:
    for file in folder.rglob("*"):
        if file.is_file():
            stat = file.stat()
            yield str(file), (int(stat.st_mtime), hashlib.sha256(file.read_bytes()).hexdigest())
