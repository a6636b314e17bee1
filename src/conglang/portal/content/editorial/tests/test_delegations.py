"""While an approver is away a colleague approves in their stead, within bounds that nobody can stretch."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from conglang.portal.content.approval import delegating
from conglang.portal.content.approval import queries as approvals
from conglang.portal.content.approval.models import Decision, Delegation, Request
from conglang.portal.identity.accounts.models import User
from conglang.portal.identity.accounts.rules import Role
from conglang.portal.identity.audit.models import Entry
from conglang.portal.identity.audit.rules import Kind

from .conftest import Desk, _person
from .test_approving import agree, asked, is_live

TODAY, TOMORROW = timezone.localdate, lambda: timezone.localdate() + timedelta(days=1)


@pytest.fixture
def deputy(desk: Desk) -> User:
    """A second author of Ba Đình, who approves while the approver is away."""
    desk.users["deputy"] = _person("deputy", Role.UNIT_AUTHOR, desk.sites["badinh"].office)
    return desk.users["deputy"]


def delegate(desk: Desk, to: User, **days: object) -> Delegation:
    days = {"first_day": TODAY(), "last_day": TOMORROW()} | days
    office = desk.sites["badinh"].office
    return delegating.delegate(
        by=desk.users["approver"], to=to, office=office, role=Role.UNIT_APPROVER.value, **days
    )


def test_deputy_approves_and_the_record_names_both(desk, deputy, at_desk):
    delegate(desk, deputy)
    row = asked(desk, at_desk("author"))
    assert approvals.waiting_for(viewer=deputy) == [row]

    agree(at_desk("deputy"), row)

    assert is_live(row)
    decision = Decision.objects.get(request=row)
    assert (decision.by, decision.on_behalf_of) == (deputy, desk.users["approver"])
    page = at_desk("approver").get(reverse("editorial_approval", args=[row.pk])).content.decode()
    assert "duyệt thay approver" in page


def test_holder_of_the_role_goes_on_approving_in_their_own_name(desk, deputy, at_desk):
    delegate(desk, deputy)
    row = asked(desk, at_desk("author"))

    agree(at_desk("approver"), row)

    assert Decision.objects.get(request=row).on_behalf_of is None


def test_nobody_approves_their_own_text_by_it(desk, deputy, at_desk):
    delegate(desk, deputy)
    row = asked(desk, at_desk("deputy"))

    agree(at_desk("deputy"), row)

    assert not is_live(row) and approvals.waiting_for(viewer=deputy) == []


def test_nobody_chooses_who_approves_their_own_text(desk, deputy, at_desk):
    """The approver writes a text and delegates: the deputy may approve everybody's texts but this one."""
    delegate(desk, deputy)
    office = desk.sites["badinh"].office
    desk.users["approver"].holdings.create(office=office, role=Role.UNIT_AUTHOR.value)
    row = asked(desk, at_desk("approver"))

    agree(at_desk("deputy"), row)

    assert not is_live(row)


@pytest.mark.parametrize("days", [(-3, -1), (1, 3)])
def test_it_counts_on_its_days_alone(desk, deputy, at_desk, days):
    row = delegate(desk, deputy)
    first, last = (TODAY() + timedelta(days=day) for day in days)
    Delegation.objects.filter(pk=row.pk).update(first_day=first, last_day=last)
    waiting = asked(desk, at_desk("author"))

    agree(at_desk("deputy"), waiting)

    assert not is_live(waiting)


@pytest.mark.parametrize("who", ["approver", "deputy"])
def test_it_ends_the_moment_either_role_ends(desk, deputy, at_desk, who):
    delegate(desk, deputy)
    row = asked(desk, at_desk("author"))
    desk.users[who].holdings.update(valid_to=TODAY())

    client = at_desk("deputy")
    agree(client, row)

    assert not is_live(row)


def test_it_is_not_passed_on(desk, deputy):
    delegate(desk, deputy)

    with pytest.raises(delegating.CannotDelegate):
        delegating.delegate(
            by=deputy, to=desk.users["author"], office=desk.sites["badinh"].office, role=Role.UNIT_APPROVER.value,
            first_day=TODAY(), last_day=TODAY(),
        )  # fmt: skip


def test_it_stays_in_the_unit_and_is_not_for_ever(desk, deputy):
    neighbour = _person("hang-xom", Role.UNIT_AUTHOR, desk.sites["dongda"].office)
    for to, days in (
        (neighbour, {}),
        (deputy, {"last_day": TODAY() + timedelta(days=60)}),
        (deputy, {"first_day": TODAY() - timedelta(days=1)}),
        (deputy, {"first_day": TOMORROW(), "last_day": TODAY()}),
    ):
        with pytest.raises(delegating.CannotDelegate):
            delegate(desk, to, **days)

    assert not Delegation.objects.exists()


def test_deputy_opens_nothing_of_another_ward(desk, deputy, at_desk):
    delegate(desk, deputy)
    _person("dongda-soan", Role.UNIT_AUTHOR, desk.sites["dongda"].office)
    row = Request.objects.create(
        page=desk.articles["dongda"], site=desk.sites["dongda"], digest="0" * 64, chain=[Role.UNIT_APPROVER.value],
        asked_by=User.objects.get(username="dongda-soan"),
    )  # fmt: skip

    assert approvals.waiting_for(viewer=deputy) == []
    assert at_desk("deputy").get(reverse("editorial_approval", args=[row.pk])).status_code == 404


def test_approver_delegates_at_the_desk_and_ends_it(desk, deputy, at_desk):
    client, url = at_desk("approver"), reverse("editorial_delegations")
    held = desk.users["approver"].holdings.get()
    form = {
        "held": held.pk,
        "to": deputy.pk,
        "first_day": TODAY().isoformat(),
        "last_day": TOMORROW().isoformat(),
    }

    assert client.post(url, form).status_code == 302
    row = Delegation.objects.get()
    assert "deputy" in client.get(url).content.decode()
    assert at_desk("deputy").post(reverse("editorial_delegation_end", args=[row.pk])).status_code == 404
    client.post(reverse("editorial_delegation_end", args=[row.pk]))

    row.refresh_from_db()
    assert row.ended_at and delegating.in_stead(viewer=deputy) == []
    assert Entry.objects.filter(kind__in=[Kind.DELEGATED, Kind.DELEGATION_ENDED]).count() == 2


def test_wrong_days_are_answered_in_words_and_nothing_typed_is_lost(desk, deputy, at_desk):
    held = desk.users["approver"].holdings.get()
    form = {
        "held": held.pk,
        "to": deputy.pk,
        "first_day": TOMORROW().isoformat(),
        "last_day": TODAY().isoformat(),
    }

    page = at_desk("approver").post(reverse("editorial_delegations"), form).content.decode()

    assert "ngày cuối không trước ngày đầu" in page and TOMORROW().isoformat() in page


def test_author_delegates_nothing_and_reads_why(desk, at_desk):
    page = at_desk("author").get(reverse("editorial_delegations")).content.decode()

    assert "<select" not in page and "Chưa có ủy quyền" in page
