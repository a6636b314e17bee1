"""What layers above may want to know. Both are sent inside the transaction that made the change."""

from django.dispatch import Signal

site_changed = Signal()  # keys: frozenset[str], the keys of the sites whose facts, state or unit changed
origin_changed = Signal()  # origin: Origin, the new one
