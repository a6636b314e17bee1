"""Scheme, domain and port are one input; every host and address follows from it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conglang.portal.identity.sites.rules import BadOrigin, Origin, state_at

labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
domains = st.lists(labels, min_size=2, max_size=4).map(".".join)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("http://hanoi.localhost:8000", "http://hanoi.localhost:8000"),
        ("https://hanoi.gov.vn", "https://hanoi.gov.vn"),
        ("https://hanoi.gov.vn:443/", "https://hanoi.gov.vn"),
        ("http://hanoi.gov.vn:443", "http://hanoi.gov.vn:443"),
    ],
)
def test_an_origin_is_written_one_way(text, written):
    assert str(Origin.parse(text)) == written


@pytest.mark.parametrize(
    "text",
    ["hanoi.gov.vn", "ftp://hanoi.gov.vn", "https://hanoi.gov.vn/x", "https://hanoi", "https://hà-nội.vn", "https://",
     "https://a.vn:99999", "https://a.vn:x", "https://user@a.vn", "https://a.vn?x", "https://-a.vn", ""],
)  # fmt: skip
def test_what_is_not_an_origin_is_refused_with_a_sentence(text):
    with pytest.raises(BadOrigin, match=r"\.$"):
        Origin.parse(text)


@given(st.sampled_from(["http", "https"]), domains, st.integers(1, 65535))
def test_an_origin_reads_back_as_it_is_written(scheme, domain, port):
    origin = Origin(scheme, domain, port)

    assert Origin.parse(str(origin)) == origin


def test_hosts_follow_the_rule_on_a_laptop_and_in_the_city():
    laptop, city = Origin.parse("http://hanoi.localhost:8000"), Origin.parse("https://hanoi.gov.vn")

    assert (laptop.host_of("hanoi"), city.host_of("hanoi")) == ("hanoi.localhost", "hanoi.gov.vn")
    assert laptop.host_of("badinh") == "badinh.hanoi.localhost"
    assert city.host_of("badinh") == "badinh.hanoi.gov.vn"
    assert (laptop.desk_host, laptop.preview_host) == ("quantri.localhost", "xemtruoc.localhost")
    assert (city.desk_host, city.preview_host) == ("quantri.hanoi.gov.vn", "xemtruoc.hanoi.gov.vn")
    assert laptop.url("badinh.hanoi.localhost", "/tin-tuc/") == "http://badinh.hanoi.localhost:8000/tin-tuc/"


def test_the_citys_host_is_the_domain_whatever_it_is_called():
    other = Origin.parse("http://demo.example.vn", "hanoi")

    assert other.host_of("hanoi") == "demo.example.vn"
    assert other.host_of("demo") == "demo.demo.example.vn"


def test_a_host_of_its_own_is_used_where_it_can_be_reached():
    own = "phuongx.hochiminhcity.gov.vn"

    assert Origin.parse("https://hochiminhcity.gov.vn", "hcm").host_of("x", own) == own
    assert Origin.parse("http://hcm.localhost:8000", "hcm").host_of("x", own) == "x.hcm.localhost"


def test_a_site_is_official_from_its_instant_on_in_any_time_zone():
    midnight = datetime(2025, 7, 1, tzinfo=timezone(timedelta(hours=7)))

    assert state_at(None, midnight) == "trial"
    assert state_at(midnight, datetime(2025, 6, 30, 16, 59, 59, tzinfo=UTC)) == "trial"
    assert state_at(midnight, datetime(2025, 6, 30, 17, tzinfo=UTC)) == "official"
