"""What publishing tells the layers above. Receivers run inside the transaction that made it true: be quick, defer jobs.

At least once: after a crash a signal may come again, with the same arguments.
"""

from django.dispatch import Signal

subjects_stale = Signal()
"""sender=None, sites: frozenset[str], touches: list[int]. Subjects of these sites wait to be rendered, because of these
touches or because their time has come (inside the dispatch transaction)."""

outputs_changed = Signal()
"""sender=None, site: str, paths: frozenset[str]. The rendered answer of these paths is new; not public yet."""

released = Signal()
"""sender=None, site: str, edition: int, paths: frozenset[str], at: datetime. These paths are signed and public."""

withdrawn = Signal()
"""sender=None, site: str, edition: int, paths: frozenset[str], at: datetime. These paths answer 404 or 410 now."""
