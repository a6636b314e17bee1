"""What a page tells the layers above. Sent inside the transaction that changes the page."""

from django.dispatch import Signal

# Sent for every save that may concern readers, with ``before`` and ``after``: pagebase.rules.Standing, ``before`` None
# for a new page.
page_changed = Signal()
