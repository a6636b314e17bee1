"""Putting the demonstration content into sites that were provisioned: some sites in one transaction, each once."""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction

from conglang.portal.content.files.actions import add_image
from conglang.portal.content.files.models import Image
from conglang.portal.content.pagebase.actions import Draft, Placing, insert_below, publish_together
from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pagebase.rules import slug_for
from conglang.portal.identity.sites.models import NetworkState, Site
from conglang.portal.identity.units.models import Unit
from conglang.portal.publishing.rendering.actions import rebuild

from ..models import (
    ArticlePage,
    HomePage,
    LegalDocumentPage,
    OfficialsPage,
    OrganisationNode,
    OrganisationPage,
    Post,
    TextPage,
)
from . import city, communes, pictures, texts
from .communes import Commune
from .texts import LOCAL, Story
from .words import lower_first

FOLDER = Path(__file__).parent
GROUP = 16
FILLED_AT = datetime(2025, 6, 26, 7, 0, tzinfo=LOCAL)
ORIGIN = "Hình vẽ từ dữ liệu, Cổng Làng"
Progress = Callable[[int, int], None]


@dataclass
class Content:
    """What one site gets: pages to fill by kind, lists of inline children, stories and documents."""

    site: Site
    pages: dict[str, dict[str, Any]] = field(default_factory=dict)  # kind → field → value
    inline: dict[str, tuple[str, list[Any]]] = field(default_factory=dict)  # kind → relation, rows
    stories: Sequence[Story] = ()
    documents: Sequence[Mapping[str, Any]] = ()
    picture: bytes = b""
    picture_title: str = ""
    picture_alt: str = ""


def create_demo(*, progress: Progress | None = None) -> int:
    """Fill every provisioned site that has no demonstration content yet; return how many were filled.

    Marks the network as a demonstration. Safe to repeat and to carry on after a kill.
    """
    NetworkState.objects.update_or_create(pk=1, defaults={"demo": True})
    waiting = Site.objects.filter(pages__depth=2, pages__in=HomePage.objects.filter(intro="")).select_related(
        "unit", "office"
    )
    sites = sorted(waiting, key=lambda site: (not site.is_city, site.key))
    everyone = list(Unit.objects.filter(level="commune", valid_to=None).order_by("code"))
    known = communes.load(everyone) if sites else {}
    for start in range(0, len(sites), GROUP):
        group = sites[start : start + GROUP]
        _fill([_content(site, known) for site in group])
        if progress:
            progress(start + len(group), len(sites))
    return len(sites)


def _content(site: Site, known: Mapping[int, Commune]) -> Content:
    if site.is_city:
        return _city_content(site, list(known.values()))
    return _commune_content(site, known[site.unit_id], known)


def _commune_content(site: Site, commune: Commune, known: Mapping[int, Commune]) -> Content:
    content = Content(site, stories=texts.stories(commune), documents=_documents("commune"))
    content.pages["home"] = {
        "intro": texts.intro_sentence(commune),
        "summary": texts.introduction(commune)[0],
    }
    bodies = {
        "general-introduction": texts.introduction(commune),
        "former-units": texts.former_units(commune),
        "procedures": texts.procedures(commune.type),
        "feedback": texts.feedback(),
    }
    content.pages |= {kind: {"summary": summary, "body": body} for kind, (summary, body) in bodies.items()}
    content.pages["organisation"] = {"body": [texts.text(f"organisation {site.key}", ORGANISATION_NOTE)]}
    content.inline["organisation"] = "nodes", list(_nodes(commune))
    content.inline["officials"] = "posts", list(_posts(site.key))
    points = [
        (one.unit.latitude, one.unit.longitude) for one in known.values() if one.unit.latitude is not None
    ]
    chosen = (commune.unit.latitude, commune.unit.longitude) if commune.unit.latitude is not None else None
    content.picture = pictures.unit_map(points, chosen)
    content.picture_title = f"Vị trí {commune.in_sentence} trong {commune.count} phường, xã"
    content.picture_alt = f"Sơ đồ chấm {commune.count} phường, xã của Hà Nội theo tọa độ; chấm đỏ có vòng là {commune.in_sentence}."
    return content


ORGANISATION_NOTE = (
    "Sơ đồ minh họa theo mô hình thường gặp của chính quyền cấp xã từ ngày 01/7/2025, chưa đối chiếu với quyết định của "
    "cơ quan. Cơ quan thay bằng sơ đồ theo quyết định của mình; tên người đứng đầu do cơ quan cung cấp."
)


def _city_content(site: Site, known: Sequence[Commune]) -> Content:
    content = Content(site, stories=city.stories(), documents=_documents("city"))
    districts = list(Unit.objects.filter(level="district").order_by("code"))
    heirs: dict[str, list[str]] = {}
    for commune in known:
        for name in commune.unit.facts.get("districts", []):
            heirs.setdefault(name, []).append(commune.name)
    summary, body = city.introduction(site.unit, known)
    intro = (
        f"Cổng thông tin điện tử của {lower_first(site.unit.full_name)} và trang của {len(known)} phường, xã."
    )
    content.pages["home"] = {"intro": intro, "summary": summary}
    bodies = {
        "general-introduction": (summary, body),
        "communes": city.commune_table(known),
        "former-units": city.former_districts(districts, heirs),
        "procedures": texts.procedures("phường, xã"),
        "feedback": texts.feedback(),
    }
    content.pages |= {kind: {"summary": words, "body": found} for kind, (words, found) in bodies.items()}
    content.picture = pictures.gate(len(known))
    content.picture_title = "Cổng làng"
    content.picture_alt = city.CEREMONY_ALT
    return content


@cache
def _offices() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "offices.toml").read_text())


def _nodes(commune: Commune) -> Iterator[OrganisationNode]:
    for entry in _offices()["organisation"]:
        if entry.get("only", commune.type) == commune.type:
            name = entry["name"].format(unit=commune.in_sentence)
            yield OrganisationNode(level=entry["level"], name=name, duties=entry["duties"])


def _posts(site_key: str) -> Iterator[Post]:
    shown = _offices()["illustration"]
    named = site_key == shown["site"]
    for position, entry in enumerate(_offices()["posts"]):
        post = Post(body=entry["body"], title=entry["title"], duties=entry["duties"])
        if named:
            _illustrate(post, shown["names"][position], shown["biography"])
        yield post


def _illustrate(post: Post, name: str, biography: str) -> None:
    """A made-up holder, or a made-up vacancy where the name is empty: either way marked as an illustration."""
    post.illustration, post.vacant = True, not name
    if name:
        post.person_name, post.biography = f"{name} (minh họa)", biography


@cache
def _all_documents() -> list[dict[str, Any]]:
    return list(tomllib.loads((FOLDER / "documents.toml").read_text())["document"])


def _documents(which: str) -> list[dict[str, Any]]:
    return [entry for entry in _all_documents() if which in entry["sites"]]


@transaction.atomic
def _fill(contents: Sequence[Content]) -> None:
    wanted = {content.site.pk: content for content in contents}
    pages = _pages_of(wanted)
    publish_together(list(_filled(wanted, pages)))
    insert_below(list(_placings(wanted, pages)))
    rebuild([content.site.key for content in contents], by="demo", reason="demonstration content")


def _pages_of(wanted: Mapping[int, Content]) -> dict[tuple[int, str], BasePage]:
    """The pages to fill or to put entries below, by site and kind; as their own types."""
    kinds = {kind for content in wanted.values() for kind in (*content.pages, *content.inline)}
    kinds |= {story.section for content in wanted.values() for story in content.stories}
    kinds |= {entry["kind"] for content in wanted.values() for entry in content.documents}
    found: dict[tuple[int, str], BasePage] = {}
    for page in BasePage.objects.filter(site_id__in=wanted, kind__in=kinds).order_by("path").specific():
        if not isinstance(page, ArticlePage | LegalDocumentPage):
            found.setdefault((page.site_id, page.kind), page)
    return found


def _filled(wanted: Mapping[int, Content], pages: Mapping[tuple[int, str], BasePage]) -> Iterator[BasePage]:
    for (site_id, kind), page in pages.items():
        values = wanted[site_id].pages.get(kind, {})
        relation, rows = wanted[site_id].inline.get(kind, ("", []))
        if (not values and not rows) or not isinstance(
            page, HomePage | TextPage | OrganisationPage | OfficialsPage
        ):
            continue
        for name, value in values.items():
            setattr(page, name, value)
        if relation:
            setattr(page, relation, rows)
        yield page


def _placings(wanted: Mapping[int, Content], pages: Mapping[tuple[int, str], BasePage]) -> Iterator[Placing]:
    for site_id, content in wanted.items():
        picture = _picture(content)
        by_kind: dict[str, list[Draft]] = {}
        for story in content.stories:
            by_kind.setdefault(story.section, []).append(Draft(_article(story, picture)))
        for entry in content.documents:
            by_kind.setdefault(entry["kind"], []).append(Draft(_document(entry)))
        for kind, drafts in by_kind.items():
            if parent := pages.get((site_id, kind)):
                yield parent, drafts


def _picture(content: Content) -> Image:
    return add_image(
        content.picture, f"{content.site.key}.png", office=content.site.office, title=content.picture_title,
        alt_text=content.picture_alt, origin=ORIGIN,
    )  # fmt: skip


def _article(story: Story, picture: Image) -> ArticlePage:
    return ArticlePage(
        title=story.title, slug=story.slug, summary=story.summary, body=story.body, first_published_at=story.at,
        picture_id=picture.pk if story.with_map else None,
    )  # fmt: skip


def _document(entry: Mapping[str, Any]) -> LegalDocumentPage:
    # published with the site, not on the day of issue: the register did not exist then
    issued: date = entry["issued_on"]
    at = max(datetime.combine(issued, time(17), LOCAL), FILLED_AT)
    return LegalDocumentPage(
        title=f"{entry['form']} số {entry['number']}", slug=slug_for(f"{entry['form']} {entry['number']}"),
        number=entry["number"], form=entry["form"], issuer=entry["issuer"], issued_on=issued,
        effective_on=entry.get("effective_on"), summary=entry["summary"], first_published_at=at,
    )  # fmt: skip
