"""Bringing sites to the public: render what is stale, have it signed, note the edition."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

from conglang.portal.publishing.rendering import actions as rendering
from conglang.portal.publishing.rendering import queries as rendered
from conglang.portal.publishing.rendering.clock import present
from conglang.portal.publishing.rendering.locks import site_lock
from conglang.portal.publishing.rendering.queries import Unreleased
from conglang.portal.publishing.rendering.signals import released, withdrawn
from conglang.wire.release import (
    Authority,
    Refusal,
    ReleaseAnswer,
    ReleaseRequest,
    SignerClient,
)

from .. import queries
from ..models import Edition
from .noting import begin_anew, note_versions
from .rebuilding import note_edition_of_rebuilds

logger = logging.getLogger(__name__)
HELD = "Too many pages of this site cannot be made any more, so nothing of it is released. See its failures."
_MOST_REFUSALS = 50  # paths left out one by one before the request as a whole counts as refused


class ReleaseRefused(Exception):
    """The signer refuses a whole site; what was rendered is kept, and readers keep the edition they have."""


@dataclass(frozen=True)
class SiteReport:
    """What one run did for one site. ``edition`` is None when nothing had to be signed."""

    site: str
    rendered: int = 0
    failed: int = 0
    released: int = 0  # paths
    edition: int | None = None
    problem: str = ""
    unfinished: bool = False  # the rest of a long rebuild waits for another turn


def signer() -> SignerClient:
    """The client of the signer of this data folder."""
    return SignerClient(Path(settings.DATA) / "spool" / "signer.sock")


def publish_site(
    site: str,
    *,
    at: datetime | None = None,
    cause: str = "",
    patience: float = 60.0,
    by_turns: bool = False,
    pause: Callable[[], object] | None = None,
) -> SiteReport:
    """Render what is stale on a site and release it; what an editor just published goes first, by itself.

    Nothing is released while the gate is closed (rendering.rules.gate_closed); the report says so.
    ``by_turns``: return after each part of a long rebuild, released, so that other sites' news need not wait for it;
    ``pause`` is called before such a part is written, and before it is signed.
    ``at`` is the instant the pages are rendered for, now unless a test says otherwise. Idempotent: killed anywhere, the
    next run finishes. Raises SignerUnavailable (all is kept, ask again), SiteBusy after ``patience`` seconds, and
    ReleaseRefused. Must not run inside a transaction.
    """
    moment = at or present()
    made = failed = paths = 0
    edition = None
    ahead: frozenset[str] = frozenset()  # what was rendered since the last release
    with site_lock(site, patience=patience):
        while True:
            batch = rendering.render_next(site, at=moment, pause=pause)
            part = by_turns and batch is not None and batch.long
            ripe = batch is None or batch.urgent or (part and not batch.doubtful)
            ahead = ahead | batch.paths if batch else ahead
            held = ripe and rendered.is_held(site)
            if part and pause:
                pause()
            if ripe and not held:
                only = ahead if batch and batch.urgent else None
                answer, count = _release(site, cause=cause, only=only)
                ahead = frozenset()
                edition, paths = answer or edition, paths + count
            if batch is None and held:
                logger.error("%s is held back: too many of its pages fail. Readers keep what they have", site)
                return SiteReport(site, made, failed, paths, edition, problem=HELD)
            if batch is None:
                return SiteReport(site, made, failed, paths, edition)
            made, failed = made + batch.rendered, failed + batch.failed
            if part:
                return SiteReport(site, made, failed, paths, edition, unfinished=True)


def resync(site: str, *, after_restore: bool = False, patience: float = 60.0) -> SiteReport:
    """Tell the signer the whole site as it is rendered: when his edition is not ours.

    ``after_restore``: the database came from a backup, so the signer may have seen later contents; every path then gets
    a new modification time. Raises as ``publish_site`` does.
    """
    with site_lock(site, patience=patience):
        if rendered.is_held(site):
            return SiteReport(site, problem=HELD)
        if after_restore:
            rendering.renew_times(site)
        edition, count = _release(site, cause="resync", complete=True)
    return SiteReport(site, released=count, edition=edition)


def disagreeing_sites(sites: Iterable[str]) -> list[str]:
    """The sites whose signed edition is not the one we noted. Raises SignerUnavailable."""
    wanted = list(sites)
    noted, signed = queries.last_editions(wanted), signer().ping().editions
    return [site for site in wanted if noted.get(site) != signed.get(site)]


def _release(
    site: str, *, cause: str, complete: bool = False, only: frozenset[str] | None = None
) -> tuple[int | None, int]:
    """Have the dirty paths signed, or some of them. Refused ones are noted and left out.

    Return edition (None: nothing to do) and number of paths.
    """
    for _ in range(_MOST_REFUSALS):
        todo = rendered.unreleased(site, everything=complete, only=only)
        if not todo:
            return None, 0
        answer = signer().release(request_for(site, todo, cause=cause, complete=complete))
        if isinstance(answer, ReleaseAnswer):
            with transaction.atomic(durable=True):
                note_release(site, todo, answer, cause=cause, complete=complete)
            return answer.edition, len(todo)
        if not _mend(site, todo, answer):
            _note_refusal(site, todo, answer)
    raise ReleaseRefused(
        f"{site}: the signer refuses more than {_MOST_REFUSALS} paths; see the failures of the site."
    )


def request_for(site: str, todo: Sequence[Unreleased], *, cause: str, complete: bool) -> ReleaseRequest:
    """What the signer is asked for these paths."""
    authorities = {digest: data for item in todo for digest, data in item.sources.items() if item.entry}
    return ReleaseRequest(
        site=site,
        changed={item.path: item.entry for item in todo if item.entry or not complete},
        sources={item.path: sorted(item.sources) for item in todo if item.entry},
        authorities={digest: Authority.from_json(data) for digest, data in authorities.items()},
        cause=cause,
        complete=complete,
    )


def _mend(site: str, todo: Sequence[Unreleased], answer: Refusal) -> bool:
    """When what was refused lies damaged in the store: write it anew. False when that is not why."""
    entry = next((item.entry for item in todo if item.path == answer.path), None)
    if entry is None or entry.digest is None or not rendering.forget_damaged(site, entry.digest):
        return False
    while rendering.render_next(site, at=present()):
        pass
    return True


def _note_refusal(site: str, todo: Sequence[Unreleased], answer: Refusal) -> None:
    """Leave the path out and go on. Without a path, or with one that was not asked for, the whole site is refused."""
    culprit = next((item for item in todo if item.path == answer.path), None)
    if culprit is None:
        raise ReleaseRefused(f"{site}: the signer refuses the edition: {answer.reason}")
    logger.error("The signer refuses %s%s: %s", site, culprit.path, answer.reason)
    rendering.mark_refused(site, culprit.path, culprit.generation, reason=answer.reason)


def note_release(
    site: str, todo: Sequence[Unreleased], answer: ReleaseAnswer, *, cause: str = "", complete: bool = False
) -> None:
    """Clear the dirty flags and tell the layers above, in the caller's transaction: they hear of it at least once."""
    gone = {item.path for item in todo if item.entry is None or item.entry.status == 410}
    at = timezone.now()
    rendering.mark_released(site, {item.path: item.generation for item in todo}, edition=answer.edition)
    _note_edition(site, todo, answer, at=at, cause=cause, complete=complete)
    public = frozenset(item.path for item in todo) - gone
    _tell(released, site=site, edition=answer.edition, paths=public, at=at)
    _tell(withdrawn, site=site, edition=answer.edition, paths=frozenset(gone), at=at)


def _note_edition(
    site: str, todo: Sequence[Unreleased], answer: ReleaseAnswer, *, at: datetime, cause: str, complete: bool
) -> None:
    last = begin_anew(site, answer.edition, todo, unchanged=answer.unchanged)
    noted = note_versions(site, answer.edition, todo, complete=complete)
    if last != answer.edition:
        made = Edition.objects.create(
            site=site, number=answer.edition, at=at, cause=cause, changed=len(noted.changed),
            removed=len(noted.removed), causes=rendering.take_causes(site), people=noted.people,
        )  # fmt: skip
        note_edition_of_rebuilds(made)


def _tell(signal: Signal, *, paths: frozenset[str], **facts: object) -> None:
    if not paths or not signal.has_listeners():
        return
    try:
        with transaction.atomic():
            signal.send(sender=None, paths=paths, **facts)
    except Exception:  # a listener above must not undo a release that has happened
        logger.exception("A receiver failed for %s", facts)
