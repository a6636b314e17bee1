"""What is signed while an edge works off many sites does not wait behind all of them."""

from collections.abc import Sequence
from typing import Any

import pytest

from conglang.edge import turn
from conglang.edge.tests.network import Network, page

SITES = ("badinh", "caugiay", "dongda")


@pytest.fixture
def order(network: Network, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Three sites wait, one is shown at a time; after the first of them, Hoàn Kiếm's news is signed."""
    for site in SITES:
        network.publish(site, {"/": page(site)}, mtime=1000)
    shown: list[str] = []
    apply = turn.Turn._apply

    def one(self: turn.Turn, sites: Sequence[str], editions: Any) -> None:
        apply(self, sites, editions)
        shown.extend(sites)
        if len(shown) == 1:
            network.publish("hoankiem", {"/": page("Tin mới")}, mtime=1001)

    monkeypatch.setattr(turn, "TOGETHER", 1)
    monkeypatch.setattr(turn.Turn, "_apply", one)
    return shown


def test_news_is_shown_before_what_waited_longer(network: Network, order: list[str]) -> None:
    assert network.puller.pull() == 1
    assert network.puller.pull() == 3

    assert order == ["badinh", "hoankiem", "caugiay", "dongda"]
    assert network.puller.health.trouble == ""
    assert network.puller.pull() == 0


def test_doubted_site_that_made_room_is_read_again_all_the_same(network: Network, order: list[str]) -> None:
    network.puller._doubted.add("dongda")

    network.puller.pull()

    assert "dongda" in network.puller._doubted
    network.puller.pull()
    assert "dongda" not in network.puller._doubted and order[-1] == "dongda"
