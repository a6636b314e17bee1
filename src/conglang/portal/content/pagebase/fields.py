"""A stream field that keeps its block definitions out of migrations."""

from typing import Any

from wagtail.fields import StreamField


class SlimStreamField(StreamField):
    """A StreamField whose blocks may change without a migration.

    The column is JSON whatever the blocks are, so a migration has nothing to learn from them. A migration that
    rewrites stored blocks must therefore read the raw JSON of the column, never a stream value.
    """

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, _args, kwargs = super().deconstruct()
        kwargs.pop("block_lookup", None)
        return name, path, [[]], kwargs
