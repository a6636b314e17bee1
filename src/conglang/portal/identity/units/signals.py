"""What layers above may want to know of units. Sent inside the transaction that made the change."""

from django.dispatch import Signal

units_changed = Signal()
"""figures: frozenset[UnitCode] whose place on the map or numbers are others; moved: those of them with another place;
origins: frozenset[UnitCode] of units that are formed from other pieces than before. A single row that is saved tells by
Django's own signals."""
