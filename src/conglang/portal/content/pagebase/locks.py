"""Why a text that was planned cannot be edited, also when its moment has passed and it did not go public."""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from wagtail.locks import ScheduledForPublishLock
from wagtail.utils.timestamps import render_timestamp

PATIENCE = timedelta(minutes=1)  # so long a moment may be on its way before the form calls it late


class OverdueLock(ScheduledForPublishLock):  # type: ignore[misc]
    """Wagtail's own lock would still promise the moment that has passed."""

    def get_message(self, user: Any) -> SafeString:
        revision = self.object.scheduled_revision
        said = format_html(
            _("{model_name} '{title}' should have gone public at {datetime} and has not."),
            model_name=self.model_name,
            title=revision.object_str,
            datetime=render_timestamp(revision.approved_go_live_at),
        )
        todo = _("See why in the publishing calendar, or cancel the schedule to edit the text.")
        return format_html('{} <a href="{}">{}</a>', capfirst(said), reverse("editorial_calendar"), todo)

    def get_description(self, user: Any) -> str:
        return _("Its moment has passed and it has not gone public. The publishing calendar says why.")


def overdue(page: Any, lock: Any) -> Any:
    """The lock as it is, or that of a moment which has passed."""
    if not isinstance(lock, ScheduledForPublishLock):
        return lock
    due = page.scheduled_revision.approved_go_live_at
    return OverdueLock(page) if due < timezone.now() - PATIENCE else lock
