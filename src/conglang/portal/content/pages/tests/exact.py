"""What one change renders again, held against what it changes: the ledger of tests/test_exact_dependencies.py."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.apps import apps
from django.db.models import Field, Model
from django.utils import timezone
from pytest import MonkeyPatch

from conglang.portal.publishing.rendering import actions
from conglang.portal.publishing.rendering.models import Claim, Stale
from conglang.portal.publishing.rendering.rules import Subject

from .worlds import differences

Claims = dict[Subject, frozenset[tuple[str, int, str | None, str | None]]]


class Clock:
    """Time that runs ahead, so that no two changes come within one second: what says when it changed says so."""

    def __init__(self, monkeypatch: MonkeyPatch) -> None:
        self.ahead = timedelta()
        now = timezone.now
        monkeypatch.setattr(timezone, "now", lambda: now() + self.ahead)

    def go_on(self) -> None:
        self.ahead += timedelta(seconds=2)


@dataclass
class Outcome:
    """What one change did, over all sites."""

    rendered: frozenset[Subject]
    wasted: frozenset[
        Subject
    ]  # rendered again, and the same as before; the page that was published itself aside
    missed: dict[str, dict[str, tuple[object, object]]]  # by site: what a full rebuild answers differently

    @property
    def too_many(self) -> bool:
        return len(self.wasted) * 10 > len(self.rendered)

    def __str__(self) -> str:
        wasted = ", ".join(sorted(f"{s.site}:{s.family}:{s.ident}" for s in self.wasted))
        return f"{len(self.wasted)} of {len(self.rendered)} subjects for nothing ({wasted[:600]})"


def observe(change: Callable[[], object], sites: Iterable[str], *, compared: Iterable[str]) -> Outcome:
    """Make a change on a settled network, render what it marks, and compare some sites with a rebuild from nothing."""
    change()
    actions.dispatch()
    marks = list(Stale.objects.all())
    marked = [mark.subject for mark in marks]
    published = {mark.subject for mark in marks if mark.priority == 0}
    before = _claims(marked)
    for site in sites:
        while actions.render_next(site, at=timezone.now()):
            pass
    after = _claims(marked)
    wasted = frozenset(
        subject for subject in set(marked) - published if before.get(subject) == after.get(subject)
    )
    missed = {site: found for site in compared if (found := differences(site))}
    return Outcome(frozenset(marked), wasted, missed)


def _claims(subjects: Iterable[Subject]) -> Claims:
    wanted = set(subjects)
    found: dict[Subject, set[tuple[str, int, str | None, str | None]]] = {}
    for claim in Claim.objects.select_related("production"):
        owner = claim.production
        subject = Subject(owner.family, owner.site, owner.ident)
        if subject in wanted:
            found.setdefault(subject, set()).add((claim.path, claim.status, claim.digest, claim.location))
    return {subject: frozenset(claims) for subject, claims in found.items()}


def our_models() -> list[type[Model]]:
    """Every model of the portal, those behind many-to-many fields too."""
    return [
        model for model in apps.get_models(include_auto_created=True)
        if model.__module__.startswith("conglang.portal.")
    ]  # fmt: skip


def fields_of(model: type[Model]) -> list[str]:
    """The columns of a model's own table, and its many-to-many fields."""
    own: list[Field] = [*model._meta.local_fields, *model._meta.local_many_to_many]  # type: ignore[list-item]
    return [field.name for field in own]
