"""The network of the folder becomes rows, once."""

import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from conglang.portal.identity.sites import queries
from conglang.portal.identity.sites.actions import (
    back_to_trial,
    create_network,
    go_official,
    record_origin,
)
from conglang.portal.identity.sites.models import Site
from conglang.portal.identity.sites.rules import Origin
from conglang.portal.identity.sites.signals import origin_changed, site_changed
from conglang.portal.identity.units.models import Office, Succession, Unit
from conglang.portal.identity.units.signals import units_changed

pytestmark = pytest.mark.django_db
HANOI = Path(settings.ROOT) / "networks" / "hanoi"
MIDNIGHT = datetime(2025, 7, 1, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


@pytest.fixture
def heard():
    """What the signals said, in order."""
    calls = []

    def listen(sender, signal, **said):
        calls.append(said)

    for signal in (site_changed, origin_changed, units_changed):
        signal.connect(listen)
    yield calls
    for signal in (site_changed, origin_changed, units_changed):
        signal.disconnect(listen)


def test_the_network_is_created_in_bulk(django_assert_max_num_queries):
    started = time.process_time()  # not the clock on the wall: other tests share the machine
    with django_assert_max_num_queries(30):
        created = create_network(HANOI)

    assert time.process_time() - started < 3
    assert (created.sites, created.imported.units) == (127, 683)
    assert Succession.objects.count() == 795
    assert Office.objects.filter(unit__code=queries.site("badinh").unit.code).count() == 4


def test_creating_the_network_twice_changes_nothing(heard, django_assert_max_num_queries):
    create_network(HANOI)
    before = list(Unit.objects.values_list("code", "uuid"))
    heard.clear()

    with django_assert_max_num_queries(20):
        second = create_network(HANOI)

    assert (second.sites, second.imported.units, second.imported.successions, second.imported.offices) == (
        0,
        0,
        0,
        0,
    )
    assert second.imported.corrected == ()
    assert list(Unit.objects.values_list("code", "uuid")) == before
    assert heard == []


def test_a_corrected_figure_reaches_the_unit_and_is_announced(heard):
    create_network(HANOI)
    Unit.objects.filter(code=queries.site("badinh").unit.code).update(population=1)
    heard.clear()

    create_network(HANOI)

    assert queries.site("badinh").unit.population == 65023
    code = queries.site("badinh").unit.code
    assert heard == [{"figures": frozenset({code}), "moved": frozenset(), "origins": frozenset()}]


def test_a_corrected_place_is_announced_as_one(heard):
    create_network(HANOI)
    code = queries.site("badinh").unit.code
    Unit.objects.filter(code=code).update(latitude=1.0)
    heard.clear()

    create_network(HANOI)

    assert heard == [{"figures": frozenset({code}), "moved": frozenset({code}), "origins": frozenset()}]


def test_every_commune_site_belongs_to_its_peoples_committee():
    create_network(HANOI)

    assert {site.office.kind for site in queries.all_sites()} == {"peoples-committee"}
    assert all(site.office.unit_id == site.unit_id for site in queries.all_sites())
    assert queries.all_sites()[0] == queries.city()
    assert queries.city().office.name == "Ủy ban nhân dân thành phố Hà Nội"


def test_one_switch_makes_all_126_official_at_the_same_instant(heard):
    create_network(HANOI)
    communes = Site.objects.filter(is_city=False)
    heard.clear()

    assert go_official(communes, at=MIDNIGHT, by="Văn phòng UBND") == 126

    for instant, expected in ((MIDNIGHT - timedelta(microseconds=1), "trial"), (MIDNIGHT, "official")):
        assert {queries.state(site, at=instant) for site in communes.all()} == {expected}
    assert len(heard) == 1
    assert len(heard[0]["keys"]) == 126
    assert queries.state(queries.city(), at=MIDNIGHT) == "trial"
    assert set(communes.values_list("official_by", flat=True)) == {"Văn phòng UBND"}


def test_a_site_official_already_keeps_its_day_and_the_switch_can_be_undone(heard):
    create_network(HANOI)
    badinh = Site.objects.filter(key="badinh")
    go_official(badinh, at=MIDNIGHT, by="first")
    heard.clear()

    assert go_official(badinh, at=MIDNIGHT + timedelta(days=1), by="second") == 0
    assert badinh.get().official_by == "first"
    assert heard == []
    assert back_to_trial(badinh, by="third") == 1
    assert queries.state(badinh.get(), at=MIDNIGHT) == "trial"


def test_an_instant_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        go_official([], at=datetime(2025, 7, 1), by="x")


def test_the_origin_is_recorded_once_and_a_new_one_is_announced(heard):
    create_network(HANOI)
    heard.clear()
    first, second = Origin.parse("http://hanoi.localhost:8000"), Origin.parse("https://hanoi.gov.vn")

    assert [record_origin(first), record_origin(first), record_origin(second)] == [True, False, True]
    assert [said["origin"] for said in heard] == [first, second]
    assert queries.current_origin() == Origin.parse("https://hanoi.gov.vn", "hanoi")


def test_no_origin_is_a_clear_refusal():
    with pytest.raises(queries.NoOrigin, match="conglang up"):
        queries.current_origin()


def test_every_host_of_the_network_is_one_site():
    create_network(HANOI)

    hosts = queries.hosts(Origin.parse("https://hanoi.gov.vn", "hanoi"))

    assert len(hosts) == 127
    assert hosts["hanoi.gov.vn"] == "hanoi"
    assert hosts["vanmieuquoctugiam.hanoi.gov.vn"] == "vanmieuquoctugiam"
    other = Origin.parse("http://demo.example.vn:8080", "hanoi")
    assert queries.hosts(other)["demo.example.vn"] == "hanoi"
    assert queries.base_url(queries.site("badinh"), other) == "http://badinh.demo.example.vn:8080"
