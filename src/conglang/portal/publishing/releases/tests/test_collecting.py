"""Nothing that a kept edition needs is ever collected; what nobody needs goes, after its day."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from conglang.portal.publishing.releases import actions, history
from conglang.portal.publishing.releases.models import Edition, Version
from conglang.portal.publishing.rendering import actions as rendering
from conglang.portal.publishing.rendering.actions import collecting
from conglang.portal.publishing.rendering.actions.collecting import collect
from conglang.portal.publishing.rendering.models import Blob, Claim, Entry, Pin
from conglang.portal.publishing.rendering.shelving import store
from conglang.portal.publishing.rendering.tests import toy

from .signer_process import Signer
from .test_editions import SITE, publish, unchanged, write

DAY = timedelta(days=1)


def in_store(digest: str) -> bool:
    blob = Blob.objects.filter(digest=digest).first()
    if blob is None or not store().has(digest):
        return False
    store().read(digest)
    return all(store().has(digest, name) for name in ("br", "gzip") if getattr(blob, f"{name}_digest"))


def wanted() -> set[str]:
    found: set[str] = set()
    for model in (Version, Entry, Claim, Pin):
        found |= set(model.objects.exclude(digest=None).values_list("digest", flat=True))  # type: ignore[attr-defined]
    return found


def objects() -> set[str]:
    return {file.name for file in store().objects.glob("??/*")}


def twice(at: datetime) -> None:
    collect(at=at)
    collect(at=at + DAY)


@pytest.fixture
def long_text(signer: Signer) -> Callable[[str], str]:
    """Publish a note long enough to have compressed siblings; the digest of its page."""

    def write_long(word: str) -> str:
        write(f"{word} " * 200)
        publish()
        return str(Entry.objects.get(path="/tin/mot/").digest)

    return write_long


def test_what_no_kept_edition_needs_goes_with_its_siblings_after_a_day(
    long_text: Callable[[str], str], settings: Any
) -> None:
    settings.EDITIONS_KEPT_DAYS, settings.EDITIONS_KEPT_LEAST = 0, 1
    old, new = long_text("cũ"), long_text("mới")
    now = timezone.now() + timedelta(minutes=1)
    assert in_store(old)

    first = actions.tidy(at=now)
    assert (first.marked > 0, first.removed, in_store(old)) == (True, 0, True)
    done = actions.tidy(at=now + DAY)
    assert done.removed > 0 and done.freed > 0
    assert not {name for name in objects() if name.startswith(old)}
    assert in_store(new) and wanted() <= set(Blob.objects.values_list("digest", flat=True))


def test_editions_within_the_rule_keep_their_bytes(long_text: Callable[[str], str], settings: Any) -> None:
    settings.EDITIONS_KEPT_DAYS, settings.EDITIONS_KEPT_LEAST = 90, 1
    old = long_text("cũ")
    one = Edition.objects.latest("number").number
    long_text("mới")
    twice(timezone.now())
    actions.tidy(at=timezone.now() + 2 * DAY)

    assert in_store(old) and history.state_at(SITE, one)
    settings.EDITIONS_KEPT_DAYS, settings.EDITIONS_KEPT_LEAST = 0, 50
    actions.tidy(at=timezone.now() + 99 * DAY)
    assert in_store(old)
    settings.EDITIONS_KEPT_LEAST = 1
    assert actions.forget_editions(SITE, at=timezone.now() + 99 * DAY) > 0
    assert Version.objects.filter(digest=old).count() == 0


def test_bytes_that_are_wanted_again_in_time_stay(long_text: Callable[[str], str], settings: Any) -> None:
    settings.EDITIONS_KEPT_DAYS, settings.EDITIONS_KEPT_LEAST = 0, 1
    old = long_text("cũ")
    long_text("mới")
    now = timezone.now() + timedelta(minutes=1)
    actions.tidy(at=now)
    assert long_text("cũ") == old
    collect(at=now + DAY)

    assert in_store(old)


def test_a_publisher_that_has_put_bytes_and_not_said_so_keeps_them(
    signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between shelving and recording nothing is collected, however old the bytes are."""
    from conglang.portal.publishing.rendering.actions import rendering as batches

    seen: list[bool] = []
    shelve = batches.shelve

    def collect_meanwhile(drawings: Any) -> None:
        shelve(drawings)
        seen.append(elsewhere(lambda: collect(at=timezone.now() + 9 * DAY, grace=timedelta(0)).busy))

    monkeypatch.setattr(batches, "shelve", collect_meanwhile)
    write("Tin")
    publish()

    assert seen and all(seen)
    assert all(in_store(digest) for digest in wanted())


def elsewhere(work: Callable[[], bool]) -> bool:
    """Do it on a connection of another process, so to speak."""
    import threading

    from django.db import connections

    found: list[bool] = []

    def run() -> None:
        found.append(work())
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def test_killed_between_row_and_file_the_file_is_found_later(
    long_text: Callable[[str], str], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EDITIONS_KEPT_DAYS, settings.EDITIONS_KEPT_LEAST = 0, 1
    old = long_text("cũ")
    long_text("mới")
    now = timezone.now() + timedelta(minutes=1)
    actions.tidy(at=now)

    def die(digest: str) -> int:
        raise SystemExit

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(collecting, "_unlink", die)
        collect(at=now + DAY)
    assert not Blob.objects.filter(digest=old).exists() and store().has(old)
    assert long_text("cũ") == old and in_store(old)  # put again: complete
    long_text("mới")
    actions.tidy(at=now + 3 * DAY)
    actions.tidy(at=now + 4 * DAY)
    assert not {name for name in objects() if name.startswith(old)}


def test_files_nobody_knows_go_when_they_are_old(signer: Signer) -> None:
    digest = store().put(b"nobody's")
    collect(at=timezone.now())
    assert store().has(digest)

    collect(at=timezone.now() + 2 * DAY)
    assert not store().has(digest)


class Store(RuleBasedStateMachine):
    """Publishes, rollbacks, collections and shorter or longer memory, in any order."""

    limits: Any
    signer: Signer

    def __init__(self) -> None:
        super().__init__()
        self.now = timezone.now()
        toy.empty()
        self.signer.forget(toy.SITES)
        self.limits.EDITIONS_KEPT_DAYS, self.limits.EDITIONS_KEPT_LEAST = 0, 3

    @initialize()
    def found(self) -> None:
        rendering.rebuild([SITE], by="test", reason="first")
        publish()

    @rule(ident=st.sampled_from(["n1", "n2"]), word=st.sampled_from(["a", "b", "c"]))
    def publishes(self, ident: str, word: str) -> None:
        write(f"{word} " * 150, ident, f"tin-{ident}")
        publish()

    @rule(ident=st.sampled_from(["n1", "n2"]))
    def withdraws(self, ident: str) -> None:
        toy.unpublish(ident)
        publish()

    @rule(back=st.integers(0, 5), data=st.data())
    def rolls_back(self, back: int, data: Any) -> None:
        kept = history.editions(SITE)
        chosen = kept[min(back, len(kept) - 1)].number
        state = history.state_at(SITE, chosen)
        path = data.draw(st.sampled_from([None, *sorted(state)]))
        actions.roll_back(SITE, chosen, by="test", reason="thử", path=path)
        publish()
        assert rendering.dispatch() == frozenset()
        now = {
            row.path: (row.status, row.digest) for row in Version.objects.filter(site=SITE, to_edition=None)
        }
        for name, answer in state.items():
            if path in (None, name):
                assert now[name] == (answer.status, answer.digest)

    @rule()
    def lifts(self) -> None:
        actions.lift(SITE, by="test")
        publish()

    @rule(least=st.integers(1, 4))
    def remembers(self, least: int) -> None:
        self.limits.EDITIONS_KEPT_LEAST = least

    @rule(days=st.sampled_from([0, 1, 2]))
    def collects(self, days: int) -> None:
        self.now += days * DAY
        actions.tidy(at=self.now)

    def teardown(self) -> None:
        unchanged()
        for kept in history.editions(SITE):
            answers = history.state_at(SITE, kept.number).values()
            assert all(in_store(answer.digest) for answer in answers if answer.digest)
        assert all(in_store(digest) for digest in wanted())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("examples", "steps"), [pytest.param(6, 12), pytest.param(100, 40, marks=pytest.mark.long)]
)
@pytest.mark.timeout(900)
def test_every_kept_edition_is_complete_in_the_store(
    signer: Signer, settings: Any, examples: int, steps: int
) -> None:
    machine = type("LimitedStore", (Store,), {"limits": settings, "signer": signer})
    run_state_machine_as_test(machine, settings=quick(examples, steps))


def quick(examples: int, steps: int) -> Any:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
