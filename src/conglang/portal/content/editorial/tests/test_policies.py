"""Our permission policies answer as Wagtail's own do, in fewer and simpler queries."""

from collections.abc import Iterable
from typing import Any

import pytest
from wagtail.documents import get_permission_policy as stock_for_documents
from wagtail.images import get_permission_policy as stock_for_images
from wagtail.models import Collection
from wagtail.permission_policies.collections import CollectionManagementPermissionPolicy
from wagtail.permission_policies.pages import PagePermissionPolicy
from wagtail.permissions import policy_registry

from conglang.portal.content.editorial.models import DeskGroup
from conglang.portal.content.files.models import Document, Image
from conglang.portal.content.files.policies import OwnCollections
from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pagebase.policies import OwnPages
from conglang.portal.identity.accounts.models import User
from conglang.portal.identity.accounts.rules import Role

from .conftest import Desk, _person

PEOPLE = ("author", "centre", "admin", "nobody", "two-offices")
ACTIONS = (
    {"add"}, {"change"}, {"add", "change"}, {"publish"}, {"bulk_delete"}, {"lock", "unlock"}, {"delete"}, {"choose"},
)  # fmt: skip


@pytest.fixture
def people(desk: Desk) -> Desk:
    both = _person("two-offices", Role.UNIT_AUTHOR, desk.sites["badinh"].office)
    both.holdings.create(role=Role.UNIT_APPROVER.value, office=desk.sites["dongda"].office)
    BasePage.objects.filter(pk=desk.articles["hanoi"].pk).update(owner=both)
    for number, group in enumerate(DeskGroup.objects.exclude(collection=None)):
        where = {"title": group.key, "collection": group.collection, "office": both.holdings.first().office}
        Image.objects.bulk_create(
            [Image(file=f"{number}.png", width=1, height=1, uploaded_by_user=both, **where)]
        )
        Document.objects.bulk_create([Document(file=f"{number}.pdf", **where)])
    return desk


def _fresh(name: str) -> User:
    """Somebody who was asked nothing yet: policies remember on the person."""
    return User.objects.get(username=name)


def _numbers(rows: Iterable[Any]) -> set[int]:
    return {row.pk for row in rows}


@pytest.mark.parametrize("who", PEOPLE)
def test_pages_are_those_that_wagtail_would_give(people: Desk, who: str) -> None:
    ours, stock, pages = (
        policy_registry.get_by_type(BasePage),
        PagePermissionPolicy(BasePage),
        list(BasePage.objects.all()),
    )
    assert isinstance(ours, OwnPages)

    for wanted in ACTIONS:
        found, expected = (
            _numbers(one.instances_user_has_any_permission_for(_fresh(who), wanted)) for one in (ours, stock)
        )
        assert found == expected, wanted
        for page in pages:
            one, other = (
                p.user_has_any_permission_for_instance(_fresh(who), wanted, page) for p in (ours, stock)
            )
            assert one == other, (wanted, page)
    assert ours.explorable_root_instance(_fresh(who)) == stock.explorable_root_instance(_fresh(who))


@pytest.mark.parametrize("who", PEOPLE)
def test_nobody_explores_more_than_what_lies_between_their_pages(people: Desk, who: str) -> None:
    """Wagtail shows the tree's root also to somebody who has one part of the tree alone, or none."""
    ours, stock, root = (
        policy_registry.get_by_type(BasePage),
        PagePermissionPolicy(BasePage),
        BasePage.objects.get(depth=1),
    )
    found, expected = (_numbers(one.explorable_instances(_fresh(who))) for one in (ours, stock))

    assert found == (expected - {root.pk} if who in ("author", "nobody") else expected)


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("model", [Image, Document, Collection])
def test_files_are_those_that_wagtail_would_give(people: Desk, who: str, model: type[Any]) -> None:
    ours = policy_registry.get_by_type(model)
    stock = {
        Image: stock_for_images, Document: stock_for_documents,
        Collection: lambda: CollectionManagementPermissionPolicy(Collection),
    }[model]()  # fmt: skip
    assert isinstance(ours, OwnCollections)

    for wanted in ACTIONS:
        found, expected = (
            _numbers(one.instances_user_has_any_permission_for(_fresh(who), wanted)) for one in (ours, stock)
        )
        assert found == expected, wanted
        found, expected = (
            _numbers(one.collections_user_has_any_permission_for(_fresh(who), wanted))
            for one in (ours, stock)
        )
        assert found == expected, wanted
