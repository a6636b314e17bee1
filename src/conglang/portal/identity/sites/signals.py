"""What layers above may want to know. Both are sent inside the transaction that made the change."""

from django.dispatch import Signal

# keys: frozenset[str], the keys of the sites whose facts or state changed; fresh: those of them that are new, if any
site_changed = Signal()
origin_changed = Signal()  # origin: Origin, the new one
