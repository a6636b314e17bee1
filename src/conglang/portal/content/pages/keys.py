"""The names of what pages read and what changes to pages touch. One function per word of the vocabulary."""

from datetime import datetime
from zoneinfo import ZoneInfo

DESIGN = "design"
ORIGIN = "origin"
CITY_NEWS = "citynews"
SITES = "sites"  # which sites there are
LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")


def site(key: str) -> str:
    """Name, state and contact of a site: on every page of it."""
    return f"site:{key}"


def menu(key: str) -> str:
    """The structural pages of a site: titles, addresses, order."""
    return f"menu:{key}"


def page(uuid: object) -> str:
    return f"page:{uuid}"


def children(uuid: object) -> str:
    """Which articles or documents are directly below a page, and their order."""
    return f"children:{uuid}"


def archive(uuid: object, number: int) -> str:
    """Which entries are on one archive page of a list."""
    return f"archive:{uuid}:{number}"


def listing(site_key: str, kind: str) -> str:
    """Which articles or documents of a kind a site has, and their order."""
    return f"list:{site_key}:{kind}"


def everything(site_key: str) -> str:
    """Which pages a site has at all."""
    return f"list:{site_key}:_all"


def month_of(moment: datetime | None) -> str:
    """The month a page is filed under in the site map: ``2025-07``, local time."""
    return moment.astimezone(LOCAL).strftime("%Y-%m") if moment else "0000-00"


def month(site_key: str, name: str) -> str:
    """Which articles and documents were first published in a month."""
    return f"list:{site_key}:_month-{name}"


def image(uuid: object) -> str:
    return f"image:{uuid}"


def document(uuid: object) -> str:
    return f"document:{uuid}"


def unit(code: object) -> str:
    return f"unit:{code}"


def office(key: str) -> str:
    return f"office:{key}"
