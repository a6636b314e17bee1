"""A picture or a document is nobody's to fetch until a public page shows it, and no longer than that.

From the upload to the edge's disk, with a real signer and a real edge beside the portal.
"""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile

from conglang.edge.__main__ import pin_root
from conglang.edge.folder import EdgeFolder
from conglang.edge.puller import Puller
from conglang.edge.source import Source
from conglang.portal.content.files.actions import add_image
from conglang.portal.content.files.examination.verdicts import Kind, Passed
from conglang.portal.content.files.models import Document, Image
from conglang.portal.content.files.tests.hostile import CANARY as WORD
from conglang.portal.content.files.tests.hostile import CASES
from conglang.portal.content.files.tests.made import pdf_file
from conglang.portal.content.files.tests.test_hostile import everything_in
from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pages.actions import publish, withdraw
from conglang.portal.content.pages.models import ArticlePage
from conglang.portal.content.pages.tests.conftest import SMALL, Network, be_born_with, make_network
from conglang.portal.content.pages.tests.test_outputs import png
from conglang.portal.content.pages.tests.worlds import Database
from conglang.portal.identity.sites.models import Site
from conglang.portal.publishing.releases import actions as releases
from conglang.portal.publishing.releases.tests.signer_process import Signer
from conglang.portal.publishing.rendering import actions

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
CANARY = b"CANARY of the office"
SITES = ("lua", "ngo")


@dataclass
class Public:
    """Two sites with a signer and one edge."""

    network: Network
    edge: EdgeFolder
    puller: Puller

    def bring(self) -> None:
        actions.dispatch()
        for site in SITES:
            releases.publish_site(site)
        self.puller.pull()

    def served(self, site: str) -> set[str]:
        """Paths under /_/d/ and /_/m/ that the web server would answer with a file."""
        root = self.edge.www / site
        files = {f"/{file.relative_to(root)}" for file in root.rglob("*") if file.is_file()}
        return {path for path in files if path.startswith(("/_/d/", "/_/m/"))}

    def knows(self, site: str) -> set[str]:
        """The same in what was signed and applied, whatever the status."""
        return {path for path in self.edge.entries(site) if path.startswith(("/_/d/", "/_/m/"))}

    def holds(self, words: bytes) -> bool:
        """Whether any file of the edge has these bytes."""
        return any(words in file.read_bytes() for file in self.edge.root.rglob("*") if file.is_file())

    def write(self, site: Site, title: str, **values: Any) -> ArticlePage:
        section = self.network.page(site, "news")
        return section.add_child(instance=ArticlePage(title=title, live=False, **values))


@pytest.fixture
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def public(db: None, postgres_url: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Public]:
    data = Path(tempfile.mkdtemp(prefix="cl-"))  # short: the signer's socket lies in it
    settings.DATA = data
    database = Database(postgres_url)
    database.forget("empty")
    database.keep("empty")
    be_born_with(frozenset({"news", "contact"}) & SMALL, monkeypatch)
    signer = Signer(data)
    signer.start()
    edge = EdgeFolder(data / "edge" / "1")
    pin_root(edge.root, data / "keys" / "root.json")
    found = Public(make_network(), edge, Puller(edge, Source(str(data / "store"))))
    found.bring()
    yield found
    signer.kill()
    database.restore("empty")
    database.forget("empty")
    shutil.rmtree(data)


def document(public: Public) -> Document:
    made = Document(title="Biểu mẫu", office=public.network.one.office)
    made.file.save("bieu-mau.pdf", pdf_file("bieu-mau.pdf", CANARY.decode()), save=False)
    made.save()
    return made


def picture(public: Public) -> Image:
    return add_image(
        png(), "a.png", office=public.network.one.office, title="A", alt_text="Ô", origin="Tự vẽ"
    )


def showing(file: Document) -> list[dict[str, Any]]:
    return [{"type": "file", "value": {"document": file.pk, "title": ""}, "id": "1"}]


def test_file_is_public_exactly_as_long_as_a_public_page_shows_it(public: Public) -> None:
    one, two = public.network.one, public.network.two
    file, image = document(public), picture(public)
    address = f"/_/d/{file.uuid}/bieu-mau.pdf"
    public.bring()
    assert public.knows("lua") == set() and not public.holds(CANARY), "uploaded"

    first = public.write(one, "Bài một", body=showing(file), picture=image)
    first.save_revision()
    public.bring()
    assert public.knows("lua") == set() and not public.holds(CANARY), "shown by a draft"

    publish(first)
    public.bring()
    assert address in public.served("lua") and len(public.served("lua")) > 1, "shown by a public page"
    assert public.knows("ngo") == set(), "another site"
    pictures = public.served("lua") - {address}

    second = public.write(one, "Bài hai", body=showing(file))
    third = public.write(two, "Bài ba", body=showing(file))
    publish(second), publish(third)
    public.bring()
    assert address in public.served("ngo"), "the same file on another site"

    BasePage.objects.get(pk=first.pk).specific.unpublish()
    public.bring()
    assert address in public.served("lua"), "the second page still shows it"
    assert not pictures & public.knows("lua"), "nobody shows the picture any more"

    withdraw(BasePage.objects.get(pk=second.pk), reason="personal")
    public.bring()
    assert public.knows("lua") == set() == public.served("lua"), (
        "taken down with the last page that showed it"
    )
    assert address in public.served("ngo"), "on the other site it stays"

    BasePage.objects.get(pk=third.pk).delete()
    public.bring()
    assert public.knows("ngo") == set() == public.served("ngo")


def test_replaced_file_leaves_with_the_page_that_showed_it(public: Public) -> None:
    old, new = document(public), document(public)
    page = public.write(public.network.one, "Bài", body=showing(old))
    publish(page)
    public.bring()

    page = ArticlePage.objects.get(pk=page.pk)
    page.body = showing(new)
    page.save_revision()
    public.bring()
    assert {path.split("/")[3] for path in public.served("lua")} == {str(old.uuid)}, (
        "a draft replaces nothing"
    )

    publish(page)
    public.bring()
    assert {path.split("/")[3] for path in public.served("lua")} == {str(new.uuid)}


def test_nothing_that_was_left_out_of_an_upload_reaches_the_public_tree(public: Public) -> None:
    """Whatever an upload carried beside its content, under whatever name, the edge's disk has none of it."""
    office = public.network.one.office
    kept = [case for case in CASES if case.says is None and WORD in case.gone]
    files = []
    for number, case in enumerate(kept):
        content = ContentFile(case.build())
        if case.picture:
            image = Image(title="A", alt_text="A", origin="A", licence="own", office=office)
            image.file.save(case.name, content, save=False)
            image.save()
            publish(public.write(public.network.one, f"Ảnh {number}", picture=image))
        else:
            file = Document(title="Tệp", office=office)
            file.file.save(f"{WORD.decode()}/../{case.name}", content, save=False)
            file.save()
            files.append(file)
            publish(public.write(public.network.one, f"Bài {number}", body=showing(file)))
    public.bring()

    paths = {path for path in public.served("lua") if not path.endswith((".br", ".gz"))}
    served = {path: (public.edge.www / "lua" / path[1:]).read_bytes() for path in paths}
    assert len(kept) > 15 and len([path for path in served if "/_/d/" in path]) == len(files)
    kinds = {Kind(path.rpartition(".")[2]) for path in served}
    assert {Kind.PDF, Kind.DOCX, Kind.JPEG, Kind.WEBP} <= kinds
    for path, data in served.items():
        whole = everything_in(Passed(Kind(path.rpartition(".")[2]), data))
        assert WORD not in whole and b"<script" not in whole, path
    assert not public.holds(WORD)
