"""Who refers to bytes in the store. Whatever keeps digests registers where; the rest is garbage after a while."""

from collections.abc import Iterable

from django.db import connection, models

_columns: list[tuple[type[models.Model], str]] = []
_queries: list[str] = []


def register(model: type[models.Model], column: str) -> None:
    """Make known that a column names objects of the store. Call it in ``AppConfig.ready()``, once for each."""
    if (model, column) not in _columns:
        _columns.append((model, column))


def register_query(select: str) -> None:
    """The same for digests that are no column: a fixed SELECT that gives them all, none of them null."""
    if select not in _queries:
        _queries.append(select)


def held(digest: str) -> str:
    """A condition in SQL: somebody refers to the digest in this column (``blob.digest``)."""
    quote = connection.ops.quote_name
    parts = [
        f"EXISTS (SELECT 1 FROM {quote(model._meta.db_table)} AS holder "  # noqa: S608 (names of models)
        f"WHERE holder.{quote(column)} = {digest})"
        for model, column in _columns
    ]
    parts += [f"{digest} IN ({select})" for select in _queries]
    return "(" + " OR ".join(parts) + ")"


def unheld(digests: Iterable[str]) -> set[str]:
    """Which of these digests nobody refers to."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT x.digest FROM unnest(%s::text[]) AS x(digest) WHERE NOT {held('x.digest')}",  # noqa: S608
            [list(digests)],
        )
        return {digest for (digest,) in cursor.fetchall()}
