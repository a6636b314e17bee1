"""What a power cut may leave of a folder: after so many calls of an act, all that no sync had reached is in doubt.

Weaker than any file system we know (after Pillai et al., OSDI 2014): a name is safe when its folder was synced after it
was made, bytes are safe when their file was. Whatever is not safe may be there, or not, each by itself; bytes may also
be there in part.
"""

import os
import random
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .strace import Call

Place = tuple[int, str]  # a folder's number and a name in it
_ROOT = 0


@dataclass
class Node:
    """A file's bytes and time, or a folder; `safe`: what a power cut leaves for sure."""

    number: int
    folder: bool
    data: bytes = b""
    mtime: float | None = None
    safe: bytes = b""
    clean: bool = True


@dataclass(frozen=True)
class Naming:
    """One change of names. `makes`, `removes`: places; None of either is fine. `at`: the call it came from."""

    at: int
    makes: Place | None
    node: int
    removes: Place | None = None


@dataclass
class Disk:
    """A folder in memory, followed call by call."""

    root: Path
    nodes: list[Node] = field(default_factory=list)
    names: dict[Place, int] = field(default_factory=dict)  # as a running program sees them
    base: dict[Place, int] = field(default_factory=dict)
    log: list[Naming] = field(default_factory=list)
    safe_until: dict[int, int] = field(
        default_factory=dict
    )  # folder → how much of `log` its last sync covered

    @classmethod
    def of(cls, root: Path) -> "Disk":
        """The folder as it lies there, all of it safe; hard links are one node."""
        disk = cls(root, [Node(_ROOT, folder=True)])
        seen: dict[int, int] = {}
        numbers = {root: _ROOT}
        for place, folders, files in os.walk(root):
            for name in (*folders, *files):
                path = Path(place, name)
                stat = path.lstat()
                if stat.st_ino not in seen:
                    data = b"" if path.is_dir() else path.read_bytes()
                    node = Node(len(disk.nodes), path.is_dir(), data, stat.st_mtime, data)
                    disk.nodes.append(node)
                    seen[stat.st_ino] = node.number
                numbers[path] = seen[stat.st_ino]
                disk.base[numbers[Path(place)], name] = seen[stat.st_ino]
        disk.names = dict(disk.base)
        return disk

    def follow(self, call: Call) -> None:
        """Take in one call; those that failed, and those elsewhere, change nothing."""
        if call.result is None or call.result < 0:
            return
        if call.name in ("syncfs", "sync"):
            self._sync_all()
            return
        act = getattr(self, f"_{call.name.removesuffix('at2').removesuffix('at')}", None)
        inside = [path for path in call.paths if path.startswith(f"{self.root}/") or path == str(self.root)]
        if act and inside:
            act(call, [self._place(path) for path in inside])

    # one method for each call that matters; the names are the kernel's

    def _open(self, call: Call, places: list[Place | None]) -> None:
        place = places[0]
        if place is None or "O_CREAT" not in call.args:
            return
        if place not in self.names:
            self.nodes.append(Node(len(self.nodes), folder=False, clean=False))
            self._name(place, self.nodes[-1].number)
        elif "O_TRUNC" in call.args:
            node = self.nodes[self.names[place]]
            node.data, node.clean = b"", False

    def _write(self, call: Call, places: list[Place | None]) -> None:
        if node := self._node(places[0]):
            node.data += call.texts[1][: call.result]
            node.clean = False

    def _utimens(self, call: Call, places: list[Place | None]) -> None:
        if node := self._node(places[0]):
            node.mtime = float(call.args.partition("tv_sec=")[2].partition(",")[0] or 0)

    def _fsync(self, call: Call, places: list[Place | None]) -> None:
        node = self._node(places[0])
        if node is None:
            return
        if node.folder:
            self.safe_until[node.number] = len(self.log)
        node.safe, node.clean = node.data, True

    _fdatasync = _fsync

    def _sync_all(self) -> None:
        for node in self.nodes:
            node.safe, node.clean = node.data, True
            if node.folder:
                self.safe_until[node.number] = len(self.log)

    def _rename(self, call: Call, places: list[Place | None]) -> None:
        source, goal = places
        if source is not None and goal is not None and self.names[source] != self.names.get(goal):
            self._name(goal, self.names[source], removes=source)

    def _link(self, call: Call, places: list[Place | None]) -> None:
        source, goal = places
        if source is not None and goal is not None:
            self._name(goal, self.names[source])

    def _unlink(self, call: Call, places: list[Place | None]) -> None:
        if places[0] is not None:
            self._name(None, 0, removes=places[0])

    _rmdir = _unlink

    def _mkdir(self, call: Call, places: list[Place | None]) -> None:
        if places[0] is not None:
            self.nodes.append(Node(len(self.nodes), folder=True))
            self._name(places[0], self.nodes[-1].number)

    def _name(self, makes: Place | None, node: int, removes: Place | None = None) -> None:
        self.log.append(Naming(len(self.log), makes, node, removes))
        if removes is not None:
            self.names.pop(removes, None)
        if makes is not None:
            self.names[makes] = node

    def _node(self, place: Place | None) -> Node | None:
        if place == (_ROOT, ""):
            return self.nodes[_ROOT]
        return None if place is None or place not in self.names else self.nodes[self.names[place]]

    def _place(self, path: str) -> Place | None:
        """None for a path whose folder is not known."""
        relative = Path(path.removesuffix(" (deleted)")).relative_to(self.root)
        if not relative.parts:
            return (_ROOT, "")
        folder = _ROOT
        for part in relative.parts[:-1]:
            if (folder, part) not in self.names:
                return None
            folder = self.names[folder, part]
        return (folder, relative.name)

    # after the cut

    def leftovers(
        self, chance: random.Random, *, names: float, data: float
    ) -> dict[Place, tuple[Node, bytes]]:
        """One state the cut may leave. `names`, `data`: how likely what is not safe is there all the same."""
        found = dict(self.base)
        for change in self.log:
            if self._is_safe(change) or chance.random() < names:
                if change.removes is not None:
                    found.pop(change.removes, None)
                if change.makes is not None:
                    found[change.makes] = change.node
        return {
            place: (self.nodes[number], _bytes(self.nodes[number], chance, data))
            for place, number in found.items()
        }

    def _is_safe(self, change: Naming) -> bool:
        place = change.makes or change.removes
        return place is not None and self.safe_until.get(place[0], 0) > change.at


def _bytes(node: Node, chance: random.Random, data: float) -> bytes:
    if node.clean or chance.random() < data:
        return node.data
    torn = node.data[: chance.randrange(len(node.data))] if node.data else b""
    return chance.choice([node.safe, torn, bytes(len(node.data))])


def lay_out(root: Path, left: dict[Place, tuple[Node, bytes]]) -> None:
    """Make the folder on the real disk what the power cut left; what no name leads to is lost."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    inside: dict[int, list[tuple[str, Node, bytes]]] = {}
    for (folder, name), (node, data) in left.items():
        inside.setdefault(folder, []).append((name, node, data))
    first: dict[int, Path] = {}
    waiting = [(_ROOT, root)]
    while waiting:
        number, place = waiting.pop()
        for name, node, data in inside.get(number, ()):
            path = place / name
            if node.folder:
                path.mkdir(mode=0o700)
                waiting.append((node.number, path))
            elif node.number in first:
                os.link(first[node.number], path)
            else:
                path.write_bytes(data)
                first[node.number] = path
                if node.mtime is not None:
                    os.utime(path, (node.mtime, node.mtime))


@dataclass(frozen=True)
class Cut:
    """A power cut after so many calls, and what it left."""

    after: int
    kind: str
    left: dict[Place, tuple[Node, bytes]]


KINDS = {
    "nothing unsafe": (0.0, 0.0),
    "names without bytes": (1.0, 0.0),
    "by chance": (0.5, 0.5),
    "seldom": (0.1, 0.5),
}


def cuts(root: Path, calls: Sequence[Call], *, seed: int, each: int = 1) -> Iterator[Cut]:
    """States after every call, of every kind, those by chance `each` times. `root` lies as it did before the calls."""
    chance = random.Random(seed)
    disk = Disk.of(root)
    for number, call in enumerate(calls, start=1):
        before = len(disk.log), sum(not node.clean for node in disk.nodes), sum(disk.safe_until.values())
        disk.follow(call)
        if before == (
            len(disk.log),
            sum(not node.clean for node in disk.nodes),
            sum(disk.safe_until.values()),
        ):
            continue  # it changed nothing that a power cut could take
        for kind, (names, data) in KINDS.items():
            for _ in range(each if 0 < names < 1 else 1):
                yield Cut(number, kind, disk.leftovers(chance, names=names, data=data))


def lose_what_is_unsafe(disk: Disk, calls: Iterable[Call]) -> None:
    """Make the real folder what is left for sure after these calls."""
    for call in calls:
        disk.follow(call)
    lay_out(disk.root, disk.leftovers(random.Random(0), names=0.0, data=0.0))
