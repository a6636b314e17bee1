"""The instant pages are rendered for."""

from datetime import datetime

from django.utils import timezone

from .queries import last_reached


def present() -> datetime:
    """Now; or the last moment at which pages changed by themselves, when the machine's clock was set back behind it.

    Else a site that has become official would be rendered as a trial again.
    """
    last, now = last_reached(), timezone.now()
    return now if last is None else max(now, last)
