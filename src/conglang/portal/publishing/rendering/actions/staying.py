"""Files of a former design stay a day longer: pages that readers have open, or that still wait, ask for them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from ..holding import ASSETS, lingering_key
from ..models import Claim, Lingering, Stale
from .touching import touch

STAY = timedelta(days=1)

_KEEP = """
    INSERT INTO rendering_lingering AS old (site, path, digest, sources, until)
    SELECT DISTINCT ON (claim.path) claim.site, claim.path, claim.digest, made.sources, now() + %s
    FROM rendering_claim AS claim JOIN rendering_production AS made ON made.id = claim.production_id
    WHERE claim.id = ANY(%s) AND claim.status = 200 AND starts_with(claim.path, %s) AND made.family <> 'lingering'
    ON CONFLICT (site, path) DO UPDATE SET until = excluded.until
    RETURNING site, path, digest, sources
"""
_PRODUCE = f"""
    WITH stays AS ({_KEEP}), made AS (
        INSERT INTO rendering_production (site, family, ident, version, reads, sources)
        SELECT site, 'lingering', path, '1', ARRAY['lingering:' || site || ':' || path], sources FROM stays
        ON CONFLICT (site, family, ident) DO NOTHING RETURNING id, site, ident)
    INSERT INTO rendering_claim (production_id, site, path, status, digest)
    SELECT made.id, made.site, made.ident, 200, stays.digest FROM made JOIN stays ON stays.path = made.ident
"""  # noqa: S608 (fixed parts only)


def let_linger(left: Iterable[Claim]) -> None:
    """Before these claims go: what is a file of the design goes on being served, in the same transaction."""
    with connection.cursor() as cursor:
        values: list[Any] = [STAY, [claim.pk for claim in left], ASSETS]
        cursor.execute(_PRODUCE, values)


def end_stays(*, at: datetime) -> int:
    """Let go of files whose day is over; return how many.

    A site where something has waited to be rendered since then keeps them: its page asks for the old ones.
    """
    late = Stale.objects.filter(site=OuterRef("site"), since__lte=OuterRef("until"))
    with transaction.atomic():
        due = Lingering.objects.filter(until__lte=at).order_by("id")[:1000]
        over = list(due.annotate(waits=Exists(late)).select_for_update(of=["self"]))
        done = [row for row in over if not row.waits]  # type: ignore[attr-defined]
        waiting = [row.pk for row in over if row.waits]  # type: ignore[attr-defined]
        Lingering.objects.filter(pk__in=waiting).update(until=at + STAY)
        Lingering.objects.filter(pk__in=[row.pk for row in done]).delete()
        touch((lingering_key(row.site, row.path) for row in done), decided=())
    return len(done)
