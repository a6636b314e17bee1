"""What moved, for whoever tells people: sent at the end of an action, in its transaction, with ``row``."""

from django.dispatch import Signal

request_moved = Signal()
proposal_moved = Signal()
