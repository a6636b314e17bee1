"""What a recorded change means beyond its bytes: why it came, and which held paths give way to it."""

import json
from collections.abc import Collection
from typing import Any

from django.db import connection

from ..holding import PINNED
from ..models import Production
from ..rules import Subject
from .dispatching import mark

_NOTE = """
    INSERT INTO rendering_pendingcause (site, touch, cause)
    SELECT DISTINCT mark.site, touch.id, touch.cause FROM rendering_production AS made
    JOIN rendering_stale AS mark USING (site, family, ident), unnest(mark.causes) AS one(number)
    JOIN rendering_touch AS touch ON touch.id = one.number AND touch.cause IS NOT NULL
    WHERE made.id = ANY(%s)
    ON CONFLICT (site, touch) DO NOTHING
"""
# The decision came after the pin: somebody published the page anew, or took it away.
_LET_GO = """
    DELETE FROM rendering_pin AS pin
    USING unnest(%s::bigint[], %s::text[]) AS claimed(owner, path)
    JOIN rendering_production AS made ON made.id = claimed.owner AND made.family <> 'pinned'
    JOIN rendering_stale AS mark USING (site, family, ident)
    WHERE mark.decided_at > pin.at AND pin.site = made.site AND pin.path = claimed.path
    RETURNING pin.site, pin.path
"""


def note_causes(productions: Collection[int]) -> None:
    """Keep why these productions were rendered until an edition takes it. Before their marks and rows go."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [list(productions)])


def take_causes(site: str, *, at_most: int = 20) -> list[dict[str, Any]]:
    """Take what waits for the next edition of a site, each cause once, newest last."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM rendering_pendingcause WHERE site = %s RETURNING touch, cause::text", [site]
        )
        rows = sorted(cursor.fetchall())
    return [json.loads(text) for text in dict.fromkeys(text for _, text in rows)][-at_most:]


def let_go_of_pins(claimed: Collection[tuple[int, str]]) -> frozenset[tuple[str, str]]:
    """Lift the pins of paths whose pages were decided about anew; return site and path, which are to be settled.

    ``claimed``: production and path, of claims that are there and of those that just went.
    """
    if not claimed:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(_LET_GO, [[owner for owner, _ in claimed], [path for _, path in claimed]])
        free = frozenset((site, path) for site, path in cursor.fetchall())
    for site, path in free:
        Production.objects.filter(site=site, family=PINNED, ident=path).delete()
    mark(Subject(PINNED, *one) for one in free)  # one may have been drawn before its pin was lifted
    return free
