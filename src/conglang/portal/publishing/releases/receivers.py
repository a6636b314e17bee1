"""What releases does when rendering speaks."""

from typing import Any

from django.dispatch import receiver

from conglang.portal.publishing.rendering.signals import subjects_stale

from . import actions
from .tasks import take_up


@receiver(subjects_stale, dispatch_uid="releases.defer_sites")
def publish_stale_sites(sites: frozenset[str], touches: list[int], **_: Any) -> None:
    actions.count_subjects(sites, touches)
    take_up(sites)
