"""The city's switch, thrown from the command line."""

from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from conglang.portal.identity.sites.actions import create_network
from conglang.portal.identity.sites.models import Site

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def network():
    create_network(Path(settings.ROOT) / "networks" / "hanoi")


def test_all_communes_go_official_and_the_city_portal_is_left_alone(capsys):
    call_command("go_official", "--all", "--at", "2025-07-01T00:00+07:00", "--by", "Văn phòng")

    assert "126 of 126" in capsys.readouterr().out
    assert set(Site.objects.filter(is_city=False).values_list("official_from", flat=True)) == {
        datetime.fromisoformat("2025-06-30T17:00+00:00")
    }
    assert Site.objects.get(is_city=True).official_from is None


def test_an_instant_without_a_zone_is_local_time_and_the_switch_goes_back():
    call_command("go_official", "badinh", "--at", "2025-07-01T00:00", "--by", "x")
    assert Site.objects.get(key="badinh").official_from == datetime.fromisoformat("2025-06-30T17:00+00:00")

    call_command("go_official", "badinh", "--undo", "--by", "x")
    assert Site.objects.get(key="badinh").official_from is None


@pytest.mark.parametrize(
    "words", [[], ["badinh", "--all"], ["atlantis"], ["badinh", "atlantis"], ["badinh", "--at", "soon"]]
)
def test_what_is_not_clear_changes_nothing(words):
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("go_official", *words, "--by", "x")
    assert not Site.objects.exclude(official_from=None).exists()
