"""What changes the state of rendering: touching keys, finding what is stale, rendering it, noting what was released."""

from .dispatching import catch_up, dispatch, mark_due, prune
from .rendering import Progress, render_next, retry_quarantined
from .settling import mark_refused, mark_released, renew_times
from .touching import rebuild, touch

__all__ = [
    "Progress", "catch_up", "dispatch", "mark_due", "mark_refused", "mark_released", "prune", "rebuild",
    "render_next", "renew_times", "retry_quarantined", "touch",
]  # fmt: skip
