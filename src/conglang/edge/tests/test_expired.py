"""Expired is not unservable: what was signed goes on being served and checked, and the edge says how old it is."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from tuf.ngclient._internal import trusted_metadata_set

from conglang.edge import audit
from conglang.edge.__main__ import pin_root
from conglang.edge.folder import EdgeFolder
from conglang.edge.puller import Puller
from conglang.edge.source import Source
from conglang.edge.staleness import Alarm
from conglang.edge.tests.network import Network, page


class Clock:
    """The test's own time. `passed(hours)` moves it for the edge and for the client of The Update Framework."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.at

    def passed(self, **more: float) -> None:
        self.at += timedelta(**more)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()

    class Moved(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return clock.at

    module = ModuleType("datetime")
    module.datetime, module.timezone = Moved, __import__("datetime").timezone  # type: ignore[attr-defined]
    monkeypatch.setattr(trusted_metadata_set, "datetime", module)
    yield clock


@pytest.fixture
def served(network: Network) -> Network:
    network.publish("badinh", {"/": page("Nhà"), "/tin/": page("Tin")}, mtime=1000)
    network.name_hosts({"badinh.localhost": "badinh"})
    network.puller.pull()
    assert network.puller.health.trouble == ""
    return network


def _edge(network: Network, clock: Clock, name: str = "1", **more: bool) -> Puller:
    folder = EdgeFolder(network.data / "edge" / name)
    pin_root(folder.root, network.data / "keys" / "root.json")
    return Puller(folder, Source(str(network.data / "store")), alarm=Alarm(clock), **more)


@pytest.mark.parametrize("hours", [2, 24, 71, 200])
def test_edge_without_portal_and_signer_serves_and_checks_what_it_holds(
    served: Network, clock: Clock, hours: int
) -> None:
    before = served.tree("badinh")
    clock.passed(hours=hours)
    (served.edge.www / "badinh/tin/index.html").write_bytes(page("casino"))
    puller = _edge(served, clock)  # started again, as after a power cut

    assert puller.pull() == 0
    audit.repair(puller.folder, "badinh", puller._source.object)

    assert served.tree("badinh") == before
    assert puller.health.stale(clock())
    assert puller.folder.hosts().hosts == {"badinh.localhost": "badinh"}


def test_edge_says_once_that_it_is_stale_and_cries_every_hour_after_three_days(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    alarm, expires = Alarm(clock), clock.at + timedelta(hours=1)
    caplog.set_level(logging.WARNING, "conglang.edge.staleness")

    def said(hours: float) -> list[str]:
        caplog.clear()
        end = clock.at + timedelta(hours=hours)
        while clock.at < end:
            clock.passed(minutes=10)
            alarm.look(expires)
        return [record.levelname for record in caplog.records]

    assert said(0.5) == []
    assert said(1) == ["WARNING"]
    assert said(70) == []
    assert said(3) == ["ERROR"] * 2
    expires = clock.at + timedelta(hours=1)
    assert said(0.5) == []
    assert said(1) == ["WARNING"]


def test_signer_that_comes_back_after_three_days_is_believed_again(served: Network, clock: Clock) -> None:
    clock.passed(hours=80)
    served.puller.pull()
    served.office.repository._clock = lambda: clock.at.replace(microsecond=0)
    served.publish("badinh", {"/": page("mới")}, mtime=1001)

    assert served.puller.pull() == 1
    assert served.tree("badinh")["index.html"] == page("mới")
    assert not served.puller.health.stale(clock())


def test_new_edge_does_not_begin_with_an_expired_state_by_itself(served: Network, clock: Clock) -> None:
    clock.passed(hours=5)
    puller = _edge(served, clock, "new")

    assert puller.pull() == 0
    assert "ExpiredMetadataError" in puller.health.trouble
    assert not (puller.folder.www / "badinh").exists()


def test_new_edge_begins_with_an_expired_state_when_somebody_says_so(
    served: Network, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    clock.passed(hours=30)
    puller = _edge(served, clock, "new", accept_expired=True)

    assert puller.pull() == 1

    assert (puller.folder.www / "badinh/index.html").read_bytes() == page("Nhà")
    assert puller.health.stale(clock())
    assert "by explicit choice" in caplog.text
    assert (puller.folder.root / "accepted-expired.json").exists()
    again = _edge(served, clock, "new", accept_expired=True)
    again.pull()
    assert again.health.trouble == ""


def test_choice_is_for_a_new_edge_and_for_one_state_only(
    served: Network, clock: Clock, tmp_path: Path
) -> None:
    """It is no way to bring an edge that has seen today back to yesterday, nor to feed it expired news for ever."""
    clock.passed(hours=30)
    begun = _edge(served, clock, "new", accept_expired=True)
    begun.pull()
    served.publish("badinh", {"/": page("cũng đã hết hạn")}, mtime=1001)
    knows_better = _edge(served, clock, accept_expired=True)

    for puller in (begun, knows_better):
        assert puller.pull() == 0
        assert "ExpiredMetadataError" in puller.health.trouble
        assert (puller.folder.www / "badinh/index.html").read_bytes() == page("Nhà")


def test_expired_state_that_somebody_else_signed_is_refused_all_the_same(
    served: Network, clock: Clock, tmp_path: Path
) -> None:
    other = Network(tmp_path)
    other.publish("badinh", {"/": page("casino")}, mtime=9000)
    clock.passed(hours=30)
    folder = EdgeFolder(served.data / "edge/new")
    pin_root(folder.root, served.data / "keys/root.json")
    puller = Puller(folder, Source(str(tmp_path / "store")), accept_expired=True)

    assert puller.pull() == 0
    assert "UnsignedMetadataError" in puller.health.trouble
