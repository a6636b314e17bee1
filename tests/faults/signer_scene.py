"""The signer opens his office, signs a release and a list of hosts, and renews; an edge looks on."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from conglang.edge.__main__ import pin_root
from conglang.edge.folder import EdgeFolder
from conglang.edge.puller import Puller
from conglang.edge.source import Source
from conglang.signer import keys
from conglang.signer.office import Office
from conglang.signer.repository import Repository
from conglang.signer.tests.desk import put, request
from conglang.wire.manifest import Entry
from conglang.wire.paths import SHARDS

from .scene import ACKNOWLEDGED, copy
from .strace import FAULTS, Call

SITE, NEIGHBOUR = "badinh", "tayho"
Pages = Mapping[str, Entry]


class SignerScene:
    """`first`: the signer has never run, not even his keys are made; otherwise he goes from edition 1 to 2."""

    def __init__(self, folder: Path, *, first: bool = False) -> None:
        self.name = "signer-first-start" if first else "signer"
        self.data, self._base, self._trusting = folder / "data", folder / "base", folder / "trusting"
        self._first = first
        self.data.mkdir(parents=True)
        self.old: Pages = (
            {} if first else {path: put(self.data, b"old " * 40) for path in ("/", "/a/", "/b/")}
        )
        changed = {path: put(self.data, b"new " * 40, mtime=2000) for path in ("/", "/a/", "/c/")}
        self.new: Pages = {**changed, **({} if first else {"/b/": self.old["/b/"]})}
        self._request = request(dict(changed))
        if not first:
            keys.create(self.data / "keys")
            office = Office(self.data)
            office.release(request(dict(self.old)))
            office.release(request({"/": put(self.data, b"Tay Ho " * 40)}, site=NEIGHBOUR))
            self._edge(self.data).pull()
            copy(self.data / "edge", self._trusting)
        copy(self.data, self._base)
        self.talks, self.faults, self.disk = False, FAULTS, self.data
        self.folders = [self.data / "store" / "repo", self.data / "keys"]

    def reset(self) -> None:
        copy(self._base, self.data)

    def act(self) -> str:
        keys.create(self.data / "keys")
        office = self._open()
        office.repository.renew()
        answers = [self._ask(office, line) for line in self._lines()]
        if all("edition" in answer for answer in answers):
            Path(f"{self.data.parent}{ACKNOWLEDGED}").touch()
        office.repository.renew()
        return "done" if all("edition" in answer for answer in answers) else str(answers)

    def _open(self) -> Office:
        """A failing start ends the process; its supervisor starts it again."""
        for _ in range(2):
            try:
                return Office(self.data)
            except OSError:
                continue
        return Office(self.data)

    @staticmethod
    def _ask(office: Office, line: bytes) -> dict[str, object]:
        """As the portal does: no answer, so asked again."""
        for _ in range(2):
            try:
                found: dict[str, object] = json.loads(office.answer(line))
                return found
            except OSError:
                continue
        return {}

    def _lines(self) -> list[bytes]:
        hosts = {"op": "hosts", "hosts": {"badinh.localhost": SITE}, "noindex": False}
        return [json.dumps(self._request.to_json()).encode(), json.dumps(hosts).encode()]

    def struck(self, calls: Sequence[Call]) -> None:
        """Nothing more."""

    def stopped(self, done: bool) -> None:
        """What lies there is what was signed before or what was asked for, and an edge takes it."""
        if not (self.data / "store/repo/metadata/timestamp.json").exists():
            assert self._first and not done, "the timestamp is gone"
            return
        states = [self.new] if done else [self.old, self.new]
        self._assert_signed(states)
        self._assert_edge_takes_it(states)

    def recovered(self, done: bool) -> None:
        keys.create(self.data / "keys")
        office = Office(self.data)
        office.repository.renew()
        before = office.repository.editions()
        for line in self._lines():
            answer = json.loads(office.answer(line))
            assert "edition" in answer, answer
        after = office.repository.editions()
        assert after[SITE] == (1 if self._first else 2), f"edition {after[SITE]}"
        assert not done or after == before, "asked twice, signed twice"
        assert self._first or after[NEIGHBOUR] == 1, "another site was changed"
        self._assert_signed([self.new])
        self._assert_edge_takes_it([self.new])
        self._assert_tidy()

    def _assert_signed(self, states: list[Pages]) -> None:
        repository = Repository(self.data / "store/repo", self.data / "keys")
        signed = {path: entry for shard in SHARDS for path, entry in repository.entries(SITE, shard).items()}
        assert signed in states, f"signed is neither the old nor the new edition: {sorted(signed)}"
        assert self._first or len(repository.shards(NEIGHBOUR)) == 1

    def _edge(self, home: Path) -> Puller:
        folder = EdgeFolder(home / "edge" / "1")
        pin_root(folder.root, self.data / "keys" / "root.json")
        return Puller(folder, Source(str(self.data / "store")))

    def _assert_edge_takes_it(self, states: list[Pages]) -> None:
        """Also one that trusts an older state: nothing goes back, nothing is mixed."""
        if self._trusting.exists():
            copy(self._trusting, self.data / "edge")
        puller = self._edge(self.data)
        puller.pull()
        assert puller.health.trouble == "", f"an edge refuses it: {puller.health.trouble}"
        assert puller.folder.entries(SITE) in states

    def _assert_tidy(self) -> None:
        """What a killed signer left beside his files is gone after his next renewal."""
        for folder in self.folders:
            left = [str(file.name) for file in folder.rglob(".*.tmp")]
            assert left == [], f"left behind: {left}"
