"""What other pages of a site show of a page: the foot of all pages, the office in full, the people in charge.

Home pages load it here, and a saved page is compared by it: what is the same here is rendered nowhere again.
"""

from typing import Any

from django.db.models import QuerySet

Hours = tuple[tuple[str, str, str], ...]  # (ISO weekday, opens, closes), in that order
Lent = tuple[tuple[str, Any], ...]  # the parts (keys of changes.LENT) and what they are
FOOT = ("address", "phone", "fax", "email", "responsible")
PLACE = ("latitude", "longitude")
BRIEF = ("body", "title", "person_name", "vacant", "illustration", "phone", "photo_id")


def of_contact(page: QuerySet[Any], spans: QuerySet[Any]) -> Lent:
    """Return what a stored contact page lends (``spans``: its hours). Half a place is none."""
    row = page.values(*FOOT, *PLACE).get()
    foot, place = (tuple(row[name] for name in names) for names in (FOOT, PLACE))
    week = next(iter(hours_by_page(spans).values()), ())
    return ("contact", foot), ("visit", (None if None in place else place, week))


def of_officials(posts: QuerySet[Any]) -> Lent:
    """Return what a stored page of officials lends (``posts``: those on it)."""
    first = next(iter(in_charge_by_page(posts).values()), [])
    return (("people", tuple(tuple(post.values()) for post in first)),)


def hours_by_page(spans: QuerySet[Any]) -> dict[int, Hours]:
    """Return the opening hours of the week of each page (by pk) that has some."""
    found: dict[int, Hours] = {}
    for span in spans.order_by("weekday", "opens", "closes"):
        one = (str(span.weekday), f"{span.opens:%H:%M}", f"{span.closes:%H:%M}")
        found[span.page_id] = (*found.get(span.page_id, ()), one)
    return found


def in_charge_by_page(posts: QuerySet[Any]) -> dict[int, list[dict[str, Any]]]:
    """Return, per page of officials (by pk), the first post of each body, with what home pages show of it."""
    first: dict[int, dict[str, dict[str, Any]]] = {}
    for post in posts.order_by("sort_order", "pk").values("page_id", *BRIEF):
        first.setdefault(post.pop("page_id"), {}).setdefault(post["body"], post)
    return {page: list(some.values()) for page, some in first.items()}
