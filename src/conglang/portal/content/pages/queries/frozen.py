"""Whether the database stands still for the present transaction, so that what was loaded once need not be again."""

from django.db import connection

_VIEW = """
    SELECT current_database(), pg_current_snapshot()::text, coalesce(pg_current_xact_id_if_assigned()::text, '')
    WHERE current_setting('transaction_isolation') = 'repeatable read'
      AND current_setting('transaction_read_only') = 'on'
"""


def frozen_view() -> str | None:
    """Return a name for what the transaction sees; None when a later query may see something else.

    Two transactions with the same name see the same rows: a commit in between would have changed the snapshot. One that
    wrote before it stood still (looking ahead) sees what nobody else does, and carries its own number.
    """
    with connection.cursor() as cursor:
        cursor.execute(_VIEW)
        row = cursor.fetchone()
    return " ".join(row) if row else None
