"""Keeping the calendar, preparing what is to come, carrying it out on time, and following it to the readers."""

from .calendar import retry, sync, wake
from .firing import fire
from .following import follow
from .preparing import prepare, prepare_site, to_prepare
from .seeing import see

__all__ = ["fire", "follow", "prepare", "prepare_site", "retry", "see", "sync", "to_prepare", "wake"]
