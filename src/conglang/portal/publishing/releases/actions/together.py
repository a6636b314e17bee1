"""Publishing the same small change of many sites at once: one view, one sync, one signature.

A city's news stands on 126 home pages. Published one by one, each waits for the disk some twenty times and has a
snapshot of its own signed; what the pages themselves cost is a tenth of that. Whatever does not go smoothly is left for
the site's own turn (`publish_site`), which knows how to find a culprit and to leave out what is refused.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from conglang.portal.publishing.rendering import actions as rendering
from conglang.portal.publishing.rendering import queries as rendered
from conglang.portal.publishing.rendering.clock import present
from conglang.portal.publishing.rendering.locks import site_locks
from conglang.portal.publishing.rendering.queries import Unreleased
from conglang.wire.release import ReleaseAnswer

from .releasing import note_release, request_for, signer

logger = logging.getLogger(__name__)


def publish_together(sites: Iterable[str], *, at: datetime | None = None) -> frozenset[str]:
    """Bring the next few subjects of several sites to the public; return the sites that need a turn of their own.

    Idempotent: killed anywhere, the next run finishes. Raises SignerUnavailable (all is kept, ask again), and whatever
    the database or the disk raises; nothing was lost then either. Must not run inside a transaction.
    """
    wanted = frozenset(sites)
    with site_locks(wanted) as held:
        made = rendering.render_together(held, at=at or present())
        left = (wanted - frozenset(held)) | made.unfinished
        return left | _release({site: paths for site, paths in made.paths.items() if paths}, made.unfinished)


def _release(changed: Mapping[str, frozenset[str]], unfinished: frozenset[str]) -> frozenset[str]:
    """Have signed what changed, and of finished sites whatever else waits; return the sites that were refused."""
    waiting: dict[str, Sequence[Unreleased]] = {}
    held_back = {site for site in changed if rendered.is_held(site)}
    for site in changed.keys() - held_back:
        todo = rendered.unreleased(site, only=changed[site] if site in unfinished else None)
        if todo:
            waiting[site] = todo
    if not waiting:
        return frozenset(held_back)
    requests = [request_for(site, todo, cause="", complete=False) for site, todo in waiting.items()]
    answers = dict(zip(waiting, signer().release_together(requests), strict=True))
    with transaction.atomic(durable=True):
        for site, answer in answers.items():
            if isinstance(answer, ReleaseAnswer):
                note_release(site, waiting[site], answer)
    refused = {site for site, answer in answers.items() if not isinstance(answer, ReleaseAnswer)}
    return frozenset(held_back | refused)
