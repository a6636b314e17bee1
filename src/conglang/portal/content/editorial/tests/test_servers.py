"""Who has what: one screen for those who see the network, a sentence for everything that is wrong."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conglang.portal.publishing.releases.models import EdgeReport, Edition


@pytest.fixture
def known(desk):
    for site in ("hanoi", "badinh"):
        Edition.objects.create(site=site, number=7, changed=1, removed=0)
    now = timezone.now()
    shown = {site: {"edition": 7} for site in ("hanoi", "badinh")}
    EdgeReport.objects.create(name="1", address="/run/edge.sock", asked_at=now, heard_at=now, sites=shown)
    return now


def page(at_desk, role="centre"):
    return at_desk(role).get("/may-chu-cong-bo/")


def test_server_that_is_well_says_so(known, at_desk):
    text = page(at_desk).content.decode()

    assert "Máy chủ 1" in text and "Mọi việc bình thường" in text
    assert "desk-warn" not in text


def test_each_trouble_is_a_sentence(known, at_desk):
    EdgeReport.objects.create(
        name="hai", address="https://may-chu-2.example", asked_at=known, heard_at=known - timedelta(minutes=1),
        silent="timed out", stale=True, trouble="disk-full", wrong=2, sites={"hanoi": {"edition": 6}},
    )  # fmt: skip
    EdgeReport.objects.create(name="ba", address="https://may-chu-3.example", asked_at=known)
    text = page(at_desk).content.decode()

    for words in (
        "Máy chủ không trả lời", "chưa có gì mới được ký", "ổ đĩa đã đầy", "2 tệp khác bản đã ký",
        "Máy chủ chưa trả lời", "đang hiển thị 6, mới nhất 7",
    ):  # fmt: skip
        assert words in text


def test_clerk_of_one_ward_sees_no_servers(known, at_desk):
    assert page(at_desk, "author").status_code == 404
    assert "may-chu-cong-bo" not in at_desk("author").get("/").content.decode()
    assert "may-chu-cong-bo" in at_desk("centre").get("/").content.decode()
