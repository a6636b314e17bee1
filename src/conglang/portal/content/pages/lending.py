"""What other pages of a site show of a page: the foot of all pages, the office in full, the people in charge.

Home pages load it here, and a saved page is compared by it: what is the same here is rendered nowhere again.
"""

from typing import Any

from django.db.models import QuerySet

Lent = tuple[tuple[str, Any], ...]  # the parts (keys of changes.LENT) and what they are
FOOT = ("address", "phone", "fax", "email", "responsible")
PLACE = ("latitude", "longitude")
BRIEF = ("body", "title", "person_name", "vacant", "illustration", "phone", "photo_id")


def of_contact(page: QuerySet[Any], spans: QuerySet[Any]) -> Lent:
    """Return what a stored contact page lends. Half a place is none."""
    row = page.values(*FOOT, *PLACE).get()
    foot, place = (tuple(row[name] for name in names) for names in (FOOT, PLACE))
    return ("contact", foot), ("visit", (None if None in place else place, hours(spans)))


def of_officials(posts: QuerySet[Any]) -> Lent:
    """Return what a stored page of officials lends."""
    return (("people", tuple(tuple(post.values()) for post in in_charge(posts))),)


def hours(spans: QuerySet[Any]) -> tuple[tuple[str, str, str], ...]:
    """Return the opening hours of a week: (ISO weekday, opens, closes), in that order."""
    found = spans.order_by("weekday", "opens", "closes")
    return tuple((str(span.weekday), f"{span.opens:%H:%M}", f"{span.closes:%H:%M}") for span in found)


def in_charge(posts: QuerySet[Any]) -> list[dict[str, Any]]:
    """Return the first post of each body, with what home pages show of it."""
    first: dict[str, dict[str, Any]] = {}
    for post in posts.order_by("sort_order", "pk").values(*BRIEF):
        first.setdefault(post["body"], post)
    return list(first.values())
