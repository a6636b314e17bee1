"""A small signed network on disk: two communes, a real signer's desk, a real puller."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from conglang.edge.__main__ import pin_root
from conglang.edge.folder import EdgeFolder
from conglang.edge.puller import Puller
from conglang.edge.source import Source
from conglang.signer import keys
from conglang.signer.office import Office
from conglang.wire.encodings import compress
from conglang.wire.manifest import Encoded, Entry
from conglang.wire.objects import ObjectStore
from conglang.wire.paths import is_text
from conglang.wire.release import Authority, AuthorityKind, Refusal, ReleaseAnswer, ReleaseRequest
from conglang.wire.repo import Hosts, encode_hosts

SOURCE = "5" * 64


class Network:
    """One data folder with a signer's office inside this process and one edge."""

    def __init__(self, data: Path) -> None:
        self.data = data
        keys.create(data / "keys")
        self.office = Office(data)
        self.store = ObjectStore(data / "store")
        self.edge = EdgeFolder(data / "edge" / "1")
        pin_root(self.edge.root, data / "keys" / "root.json")
        self.puller = self.new_puller()

    def new_puller(self) -> Puller:
        return Puller(EdgeFolder(self.edge.root), Source(str(self.data / "store")))

    def entry(self, path: str, body: bytes, *, mtime: int, status: int = 200) -> Entry:
        """Store a body with its encodings and return the entry that names it."""
        encodings = compress(body) if is_text(path) else {}
        with self.store.batch() as batch:
            digest = batch.put(body)
            if path.endswith((".css", ".js")):
                self.office.designs.keep([digest])
            for name, data in encodings.items():
                batch.put_encoded(digest, name, data)
        named = {
            name: Encoded(hashlib.sha256(data).hexdigest(), len(data)) for name, data in encodings.items()
        }
        return Entry(status, digest, len(body), mtime, **named)

    def ask(self, site: str, changed: Mapping[str, Entry | None], **more: bool) -> ReleaseAnswer | Refusal:
        """Send a request in which a rule of the network stands for every output."""
        who = {SOURCE: Authority(AuthorityKind.TECHNICAL, (), datetime.now(UTC))}
        sources = {path: [SOURCE] for path, entry in changed.items() if entry}
        return self.office.release(ReleaseRequest(site, changed, sources, who, **more))

    def publish(self, site: str, pages: Mapping[str, bytes | None], *, mtime: int) -> int:
        """Sign these bodies (None: taken away) and return the edition."""
        changed = {path: body and self.entry(path, body, mtime=mtime) for path, body in pages.items()}
        answer = self.ask(site, changed)
        assert isinstance(answer, ReleaseAnswer), answer
        return answer.edition

    def name_hosts(self, hosts: Mapping[str, str], *, noindex: bool = False) -> None:
        self.office.repository.publish_hosts(encode_hosts(Hosts(hosts, noindex)))

    def tree(self, site: str) -> dict[str, bytes]:
        """Everything the web server could serve for a site."""
        root = self.edge.www / site
        return {str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*") if file.is_file()}


def page(text: str, *, times: int = 60) -> bytes:
    """A page long enough to be worth compressing."""
    paragraphs = f"<p>{text}</p>\n" * times
    return f'<!doctype html>\n<html lang="vi"><title>{text}</title>\n{paragraphs}</html>\n'.encode()
