"""What the desk says about editions: a line for each, what one changed, and what is held at an older one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.identity.sites.models import Site
from conglang.portal.identity.sites.queries import base_url, current_origin
from conglang.portal.publishing.releases import history
from conglang.portal.publishing.releases.history import Difference, Line
from conglang.portal.publishing.releases.models import Edition
from conglang.portal.publishing.rendering.models import Pin

PER_SCREEN = 40
MOST_CHANGES = 400  # listed on one screen

_DONE: dict[str, str | Promise] = {
    "publish": gettext_lazy("%(who)s published “%(title)s”"),
    "update": gettext_lazy("%(who)s changed “%(title)s”"),
    "move": gettext_lazy("%(who)s moved “%(title)s”"),
    "withdraw": gettext_lazy("%(who)s withdrew “%(title)s”"),
    "delete": gettext_lazy("%(who)s deleted “%(title)s”"),
    "rebuild": gettext_lazy("%(who)s had the site built again: %(title)s"),
    "provisioning": gettext_lazy("The pages every site has were made"),
    "demo": gettext_lazy("Content for the demonstration was added"),
    "roll-back": gettext_lazy("%(who)s restored edition %(title)s"),
    "lift": gettext_lazy("%(who)s ended a restoration"),
    "upgrade": gettext_lazy("The program was upgraded"),
    "announce": gettext_lazy("%(who)s changed the announcements to all sites"),
    "change": gettext_lazy("%(who)s changed shared data"),
}
_WORDS: dict[str, str | Promise] = {
    "added": gettext_lazy("added"),
    "changed": gettext_lazy("changed"),
    "removed": gettext_lazy("removed"),
    "redirected": gettext_lazy("leads elsewhere"),
}


def sentence(cause: Mapping[str, Any]) -> str:
    """Say one cause for an editor."""
    who = cause.get("name") or cause.get("by") or _("The system")
    verb = cause.get("by") if cause.get("by") in ("provisioning", "demo") else cause.get("verb")
    text = _DONE.get(str(verb), _DONE["change"])
    return str(text) % {"who": who, "title": cause.get("title", "")}


@dataclass(frozen=True)
class EditionLine:
    """One line of the list."""

    number: int
    at: datetime
    what: tuple[str, ...]
    count: str

    @classmethod
    def of(cls, edition: Edition, names: Mapping[str, str]) -> "EditionLine":
        what = tuple(dict.fromkeys(sentence(cause) for cause in _told(edition.causes)))
        if not what:
            people = [names[person] for person in edition.people if person in names]
            what = (_("Brought up to date: %(who)s") % {"who": ", ".join(people) or _("The system")},)
        total = edition.changed + edition.removed
        count = ngettext("%(count)s address changed", "%(count)s addresses changed", total) % {"count": total}
        return cls(edition.number, edition.at, what, count)


def _told(causes: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Newest first; publishing saves a page twice, and nobody «changed» what they published just then."""
    published = {(cause.get("title"), cause.get("by")) for cause in causes if cause["verb"] == "publish"}
    return [
        cause
        for cause in reversed(causes)
        if cause["verb"] != "update" or (cause.get("title"), cause.get("by")) not in published
    ]


def lines(site: Site, *, before: int | None = None) -> tuple[list[EditionLine], int | None]:
    """Return one screen of a site's editions, newest first, and where the next screen begins (None: it ends)."""
    found = history.editions(site.key, at_most=PER_SCREEN + 1, before=before)
    shown = found[:PER_SCREEN]
    names = history.people_named(shown)
    return [EditionLine.of(one, names) for one in shown], shown[-1].number if len(
        found
    ) > PER_SCREEN else None


@dataclass(frozen=True)
class ChangeLine:
    """One path that an edition changed. ``title``: of the page that is there now, else empty."""

    path: str
    word: str
    sign: str
    title: str
    url: str
    location: str


@dataclass(frozen=True)
class Opened:
    """One edition on the screen. ``compared``: the edition it is compared with (the one before it unless chosen)."""

    line: EditionLine
    compared: int | None
    pages: list[ChangeLine]
    files: list[ChangeLine]
    more: int  # changes that are not listed
    is_last: bool
    others: list[int]


def opened(site: Site, number: int, *, against: int | None = None) -> Opened:
    """Return what an edition changed. Raises history.NotKept."""
    edition = history.edition(site.key, number)
    before = against if against is not None else history.previous_edition(site.key, number)
    found = (
        history.brought_by(site.key, number) if against is None else history.diff(site.key, against, number)
    )
    changes = _change_lines(site, found[:MOST_CHANGES])
    kept = [one.number for one in history.editions(site.key, at_most=100)]
    return Opened(
        EditionLine.of(edition, history.people_named([edition])),
        before,
        [change for change in changes if change.path.endswith("/") and not change.path.startswith("/_/")],
        [change for change in changes if not change.path.endswith("/") or change.path.startswith("/_/")],
        max(0, len(found) - MOST_CHANGES),
        kept[:1] == [number],
        [one for one in kept if one != number],
    )


_SIGNS = {"added": "+", "changed": "±", "removed": "−", "redirected": "→"}


def _change_lines(site: Site, found: Sequence[Difference]) -> list[ChangeLine]:
    home = base_url(site, current_origin())
    prefix = _tree_prefix(site)
    addresses = [f"{prefix}{item.path}" for item in found]
    pages = BasePage.objects.filter(site=site, url_path__in=addresses).values_list("url_path", "title")
    titles = {address.removeprefix(prefix): title for address, title in pages}
    return [
        ChangeLine(
            item.path, str(_WORDS[item.word]), _SIGNS[item.word], titles.get(item.path, ""), f"{home}{item.path}",
            (item.after.location or "") if item.after else "",
        )
        for item in found
    ]  # fmt: skip


def _tree_prefix(site: Site) -> str:
    """What stands before a site's own addresses in the tree: ``/badinh``."""
    root = BasePage.objects.filter(site=site, depth=2).values_list("url_path", flat=True).first()
    return (root or "/").rstrip("/")


def compared(site: Site, number: int, path: str, *, against: int | None = None) -> list[Line] | None:
    """Compare what one path said in an edition and before it. Raises history.NotKept.

    None when it is not text, or not kept any more.
    """
    found = (
        history.brought_by(site.key, number) if against is None else history.diff(site.key, against, number)
    )
    item = next((item for item in found if item.path == path), None)
    return history.text_diff(path, item.before, item.after) if item else []


@dataclass(frozen=True)
class Held:
    """What is held at an older edition on a site: how many pages, since when, by whom, why."""

    edition: int
    at: datetime
    reason: str
    who: str
    pages: tuple[str, ...]


def held(site: Site) -> list[Held]:
    """Return what is held, one entry for each decision, newest first; empty when the site shows its present content."""
    groups: dict[tuple[int, datetime], list[Pin]] = {}
    for pin in history.pins(site.key):
        groups.setdefault((pin.edition, pin.at), []).append(pin)
    names = {one.by: one.name for one in history.rollbacks(site.key) if one.name}
    return [
        Held(
            edition, at, pins[0].reason, names.get(pins[0].by, pins[0].by),
            tuple(pin.path for pin in pins if not pin.path.startswith("/_/")),
        )
        for (edition, at), pins in sorted(groups.items(), reverse=True)
    ]  # fmt: skip


def pin_of(page: BasePage) -> Pin | None:
    """Return the pin over a page's address, None when readers get what was published last."""
    if page.site is None:
        return None
    return Pin.objects.filter(site=page.site.key, path=page.site_path).first()
