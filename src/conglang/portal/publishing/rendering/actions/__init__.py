"""What changes the state of rendering: touching keys, finding what is stale, rendering it, noting what was released."""

from .adopting import forget_prepared, note_deed
from .dispatching import catch_up, dispatch, mark_due, prune
from .foreseeing import Foreseen, Outlook, prepare_changes, prepare_deeds
from .mending import forget_damaged
from .reasons import take_causes
from .rendering import Progress, Together, render_next, render_together, retry_quarantined
from .settling import mark_refused, mark_released, renew_times
from .staying import end_stays
from .touching import rebuild, touch

__all__ = [
    "Foreseen", "Outlook", "Progress", "Together", "catch_up", "dispatch", "end_stays", "forget_damaged",
    "forget_prepared", "mark_due", "mark_refused", "mark_released", "note_deed", "prepare_changes", "prepare_deeds",
    "prune", "rebuild", "render_next", "render_together", "renew_times", "retry_quarantined", "take_causes", "touch",
]  # fmt: skip
