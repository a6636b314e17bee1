"""A scene: a small network in one state, an act that brings it to the next, and what must hold wherever it stops."""

import random
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .power import cuts, lay_out
from .strace import KILL, Call, Trace, injection, trace

ACKNOWLEDGED = "/acknowledged"  # a file that an act makes when it has said yes to somebody


class Scene(Protocol):
    """`reset` brings back the first state; `act` is what runs in the child and returns "done" when it acknowledges.

    `folders`: where calls count as points. `struck` may add to the fault, `stopped` is asked between the fault and the
    restart, `recovered` restarts what a supervisor would and looks again. These raise AssertionError.
    """

    name: str
    folders: list[Path]
    talks: bool  # what it sends to the database and to the signer are points too
    faults: tuple[str, ...]
    disk: Path  # what a power cut takes from

    def reset(self) -> None: ...
    def act(self) -> object: ...
    def struck(self, calls: Sequence[Call]) -> None: ...
    def stopped(self, done: bool) -> None: ...
    def recovered(self, done: bool) -> None: ...


@dataclass(frozen=True)
class Tried:
    """One point: what was done to which call, and what was wrong afterwards (empty: all held)."""

    scene: str
    fault: str
    call: str
    reached: bool
    wrong: str

    @property
    def key(self) -> str:
        return f"{self.scene}/{self.fault}/{self.call}"


def points(scene: Scene) -> list[Call]:
    """Every call of the undisturbed act at which something can go wrong. AssertionError when it does not get done."""
    scene.reset()
    found = trace(scene.act)
    assert found.said == "done", f"{scene.name} does not even work undisturbed: {found.said}"
    scene.stopped(True)
    scene.recovered(True)
    return found.points(scene.folders, talk=scene.talks)


def sweep(
    scene: Scene, chosen: Iterable[tuple[str, Call]], *, skip: Callable[[str], bool] = lambda key: False
) -> Iterator[Tried]:
    """Try these faults one by one; `skip` says which keys were done before."""
    for fault, call in chosen:
        key = f"{scene.name}/{fault}/{call.name}#{call.number}"
        if not skip(key):
            yield _try(scene, fault, call)


def every(scene: Scene, found: Iterable[Call]) -> list[tuple[str, Call]]:
    """All faults at all points. What is sent to others cannot fail for a disk."""
    return [
        (fault, call) for call in found for fault in scene.faults if call.name != "sendto" or fault == KILL
    ]


def one_in(number: int, scene: Scene, found: Iterable[Call], seed: int) -> list[tuple[str, Call]]:
    """One in so many of them after a random start, so that as many runs with different seeds see all."""
    all_of_them = every(scene, found)
    return all_of_them[random.Random(seed).randrange(number) :: number]


def _try(scene: Scene, fault: str, call: Call) -> Tried:
    scene.reset()
    found = trace(scene.act, injection(fault, call))
    wrong = ""
    try:
        _expect(found, fault)
        scene.struck(found.calls)
        scene.stopped(found.said == "done")
        scene.recovered(found.said == "done")
    except AssertionError as error:
        wrong = f"{call}: {error}\n{found.said[-1500:]}"
    return Tried(scene.name, fault, f"{call.name}#{call.number}", _reached(found, call), wrong)


def _expect(found: Trace, fault: str) -> None:
    if fault != KILL:
        assert not found.killed, "an error of the disk must not end the program by a signal"


def _reached(found: Trace, call: Call) -> bool:
    hit = found.hit
    return hit is not None and (hit.name, hit.number) == (call.name, call.number)


def cut_power(scene: Scene, *, seed: int, each: int = 1, most: int = 0) -> Iterator[Tried]:
    """Lay out what a power cut may leave after each call of the act, by chance `each` times; restart; look again.

    `most`: only so many states, drawn by the seed.
    """
    scene.reset()
    found = trace(scene.act)
    assert found.said == "done", found.said
    scene.reset()
    states = list(cuts(scene.disk, found.calls, seed=seed, each=each))
    random.Random(seed).shuffle(states)
    for cut in states[: most or len(states)]:
        lay_out(scene.disk, cut.left)
        done = any(path.endswith(ACKNOWLEDGED) for call in found.calls[: cut.after] for path in call.paths)
        wrong = what_is_wrong(scene, done, cut.kind)
        yield Tried(scene.name, "power", f"after {cut.after} {found.calls[cut.after - 1].name}", True, wrong)


def what_is_wrong(scene: Scene, done: bool, harm: str) -> str:
    """Look between the fault and the restart and again after it; empty when all holds, else said with the harm."""
    try:
        scene.stopped(done)
        scene.recovered(done)
    except AssertionError as error:
        return f"{harm}: {error}"
    return ""


def copy(source: Path, target: Path) -> None:
    """The same tree anew at `target`, times and hard links kept."""
    subprocess.run(["rm", "-rf", str(target)], check=True)
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)
