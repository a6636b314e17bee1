"""What is announced to all sites reaches readers without script: on home pages and on /khan-cap/, and leaves again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from conglang.portal.content.pages.tests.conftest import Network
from conglang.portal.publishing.rendering.models import Touch
from conglang.portal.publishing.rendering.rules import Rendered
from conglang.portal.publishing.shared import actions, queries
from conglang.portal.publishing.shared.models import Announced
from conglang.signer import keys
from conglang.signer.office import Office
from conglang.wire.release import Authority, AuthorityKind, StateRequest
from conglang.wire.state import Banner, Festive, Live, Mourning, State

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
TWO = Authority(AuthorityKind.CITY_EMERGENCY, ("An", "Bình"), NOW)
STORM = Banner("emergency", "Bão & lũ số 3", "Ở trong nhà.", NOW - HOUR, NOW + 2 * HOUR, "/khan-cap/")


@pytest.fixture
def announce(tmp_path: Path, settings: Any) -> Callable[..., int]:
    """A real signer's desk over the portal's own data folder."""
    settings.DATA = tmp_path
    keys.create(tmp_path / "keys")
    office = Office(tmp_path)
    office.renew()
    key = keys.load(tmp_path / "keys", "online", "state")

    def say(*banners: Banner, **parts: Any) -> int:
        request = StateRequest(State(NOW, banners, **parts), TWO, "thử")
        return office.shared.publish(request, key, signed_by="signer").version

    return say


def body(rendered: Rendered | None, path: str) -> str:
    assert rendered is not None
    return next(output.body for output in rendered.outputs if output.path == path).decode()  # type: ignore[union-attr]


@pytest.fixture
def home(network: Network, render_one: Callable[..., Rendered | None]) -> Callable[..., Rendered]:
    def of(at: datetime = NOW) -> Rendered:
        found = render_one("page", "lua", network.page(network.one, "home").uuid, at=at)
        assert found is not None
        return found

    return of


def test_announcement_is_in_the_home_page_and_on_khan_cap_until_it_ends(
    network: Network, announce: Any, home: Any, render_one: Any
) -> None:
    announce(STORM)
    assert actions.follow()

    shown = home()
    assert "Bão &amp; lũ số 3" in body(shown, "/") and 'role="alert"><p class="network-strip__entry' in body(
        shown, "/"
    )
    page = render_one("emergency", "lua", "emergency", at=NOW)
    assert "<h2>Bão &amp; lũ số 3</h2>" in body(page, "/khan-cap/")
    assert shown.changes_at == page.changes_at == STORM.valid_until
    assert queries.KEY in shown.reads and queries.KEY in page.reads
    assert TWO.people in {source.authority.people for source in shown.sources}

    later = home(STORM.valid_until)
    assert "Bão" not in body(later, "/") and later.changes_at is None
    gone = render_one("emergency", "lua", "emergency", at=STORM.valid_until)
    assert "Hiện không có thông báo khẩn." in body(gone, "/khan-cap/")


def test_announcement_that_begins_later_is_rendered_at_its_moment(announce: Any, home: Any) -> None:
    announce(Banner("important", "Nghỉ học", "", NOW + HOUR, NOW + 2 * HOUR))
    actions.follow()

    assert "Nghỉ học" not in body(home(), "/") and home().changes_at == NOW + HOUR
    assert "Nghỉ học" in body(home(NOW + HOUR), "/")


def test_mourning_makes_the_home_grey_and_takes_the_feast_away(announce: Any, home: Any) -> None:
    announce(
        live=Live("Lễ công bố", "live", NOW, NOW + HOUR, "/"),
        mourning=Mourning(NOW - HOUR, NOW + HOUR),
        festive=Festive("tet", "Chúc mừng năm mới", NOW - HOUR, NOW + 3 * HOUR),
    )
    actions.follow()

    grey, colourful = body(home(), "/"), body(home(NOW + HOUR), "/")
    assert 'class="mourning"' in grey and "Chúc mừng" not in grey and "Lễ công bố" in grey
    assert 'class="mourning"' not in colourful and "network-strip__entry--tet" in colourful


def test_page_that_is_no_home_carries_nothing_of_it(network: Network, announce: Any, render_one: Any) -> None:
    announce(STORM)
    actions.follow()

    page = network.page(network.one, "contact")
    rendered = render_one("page", "lua", page.uuid, at=NOW)

    assert "Bão" not in body(rendered, page.site_path) and queries.KEY not in rendered.reads


def test_change_is_noted_once_and_touches_what_shows_it(network: Network, announce: Any) -> None:
    assert not actions.follow()  # the first state says nothing
    announce(STORM)
    before = Touch.objects.count()

    assert actions.follow() and not actions.follow()

    assert Touch.objects.count() == before + 1
    assert Touch.objects.order_by("id").last().keys == [queries.KEY]  # type: ignore[union-attr]
    noted = Announced.objects.get()
    assert (noted.people, noted.cause, noted.signed_by) == (["An", "Bình"], "thử", "signer")


def test_two_changes_within_one_look_are_both_on_record(network: Network, announce: Any) -> None:
    first, second = announce(STORM), announce()

    actions.follow()

    assert list(Announced.objects.values_list("version", flat=True)) == [second, first]
    assert queries.known() is not None and queries.known().state.is_silent  # type: ignore[union-attr]


def test_renewal_of_the_signature_touches_nothing(network: Network, announce: Any, tmp_path: Path) -> None:
    announce(STORM)
    actions.follow()
    desk = Office(tmp_path).shared
    desk._clock = lambda: NOW + timedelta(days=20)
    desk.renew(keys.load(tmp_path / "keys", "online", "state"))
    assert desk.current().version > Announced.objects.get().version  # type: ignore[union-attr]

    assert not actions.follow()


@pytest.mark.parametrize("planted", [b"", b"garbage", b'{"signed":{},"signatures":[]}'])
def test_file_that_nobody_entitled_signed_changes_nothing(
    network: Network, announce: Any, planted: bytes
) -> None:
    announce(STORM)
    actions.follow()
    queries.state_file().write_bytes(planted)

    assert not actions.follow()

    assert queries.known().state.banners == (STORM,)  # type: ignore[union-attr]
