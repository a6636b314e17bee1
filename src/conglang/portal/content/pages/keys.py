"""The names of what pages read and what changes to pages touch. One function per word of the vocabulary."""

from datetime import datetime
from zoneinfo import ZoneInfo

DESIGN = "design"
ORIGIN = "origin"
DEMO = "demo"  # whether the network is a demonstration: on every page
CITY_NEWS = "citynews"  # where the city's news section is
SITES = "sites"  # which sites there are
LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
COUNTS = (3, 5, 8, 20)  # so many newest entries a place may show


def site(key: str) -> str:
    """Whether a site is on trial or official: on every page of it."""
    return f"site:{key}"


def host(key: str) -> str:
    """Where a site lives, for whoever names an address on it."""
    return f"host:{key}"


def contact(key: str) -> str:
    """What the foot of every page of a site says of its office, and which page that is taken from."""
    return f"contact:{key}"


def visit(key: str) -> str:
    """When the office of a site is open and where it is on the map."""
    return f"visit:{key}"


def people(key: str) -> str:
    """What the home page of a site shows of the people in charge."""
    return f"people:{key}"


def menu(key: str) -> str:
    """Titles, addresses and order of what the menu of a site shows."""
    return f"menu:{key}"


def structure(key: str) -> str:
    """Titles, addresses and order of all structural pages of a site."""
    return f"structure:{key}"


def place(key: str, kind: str) -> str:
    """Where «the page of this kind» of a site is, if there is one."""
    return f"place:{key}:{kind}"


def page(uuid: object) -> str:
    """Anything published of a page."""
    return f"page:{uuid}"


def card(uuid: object) -> str:
    """What lists show of a page: title, address, summary, and the few facts of its type."""
    return f"card:{uuid}"


def title(uuid: object) -> str:
    return f"title:{uuid}"


def address(uuid: object) -> str:
    """Where a page is, and whether it is there at all."""
    return f"address:{uuid}"


def trail(uuid: object) -> str:
    """Which of the pages above a page are there: its breadcrumbs."""
    return f"trail:{uuid}"


def notice(uuid: object) -> str:
    """What is said in place of a page that was withdrawn."""
    return f"notice:{uuid}"


def former(site_key: str, path: str) -> str:
    """Which page once had this address."""
    return f"former:{site_key}:{path}"


def children(uuid: object) -> str:
    """Which structural pages are directly below a page: titles, addresses, order."""
    return f"children:{uuid}"


def entries(uuid: object) -> str:
    """Which entries are in the list of a page, and their order."""
    return f"entries:{uuid}"


def archive(uuid: object, number: int) -> str:
    """Which entries are on one archive page of a list."""
    return f"archive:{uuid}:{number}"


def newest(site_key: str, kind: str, count: int) -> str:
    """Which articles or documents of a kind are the newest ``count`` (one of COUNTS) of a site, and their order."""
    if count not in COUNTS:
        raise ValueError(f"Nobody touches the newest {count}; choose one of {COUNTS}.")
    return f"list:{site_key}:{kind}:{count}"


def months(site_key: str) -> str:
    """In which months a site has entries."""
    return f"list:{site_key}:_months"


def month_of(moment: datetime | None) -> str:
    """The month a page is filed under in the site map: ``2025-07``, local time."""
    return moment.astimezone(LOCAL).strftime("%Y-%m") if moment else "0000-00"


def span_of(month: str) -> tuple[datetime, datetime]:
    """The instants a month begins and ends at, local time. Raises ValueError for what is no month."""
    year, number = map(int, month.split("-"))
    following = (year + 1, 1) if number == 12 else (year, number + 1)
    return datetime(year, number, 1, tzinfo=LOCAL), datetime(*following, 1, tzinfo=LOCAL)


def month(site_key: str, name: str) -> str:
    """Which articles and documents were first published in a month."""
    return f"list:{site_key}:_month-{name}"


def image(uuid: object) -> str:
    """What was made of a picture."""
    return f"image:{uuid}"


def image_words(uuid: object) -> str:
    """What is said of a picture: instead of it to who does not see it, and where it is from."""
    return f"image-words:{uuid}"


def document(uuid: object) -> str:
    return f"document:{uuid}"


def unit(code: object) -> str:
    """A unit's name and type."""
    return f"unit:{code}"


def within(code: object) -> str:
    """Which unit a unit lies in."""
    return f"within:{code}"


def figures(code: object) -> str:
    """Where a unit is on the map."""
    return f"figures:{code}"


def origins(code: object) -> str:
    """Which units a unit was formed from."""
    return f"origins:{code}"


def pieces(code: object) -> str:
    """How much of each of them it got."""
    return f"pieces:{code}"


def office(key: str) -> str:
    return f"office:{key}"
