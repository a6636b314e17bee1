"""Whose pictures and documents somebody may see at the desk: those of a few collections, asked for once a request."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from wagtail.models import Collection
from wagtail.permission_policies.collections import (
    CollectionManagementPermissionPolicy,
    CollectionOwnershipPermissionPolicy,
)
from wagtail.permissions import register_permission_policy

from conglang.portal.content.pagebase.policies import beneath

from .models import Document, Image


class OwnCollections:
    """Wagtail's answers, with one condition for each part of the tree instead of one for each right."""

    def get_all_permissions_for_user(self, user: Any) -> list[Any]:
        return list(super().get_all_permissions_for_user(user))  # type: ignore[misc]

    def _collections_with_perm(self, user: Any, actions: Iterable[str]) -> QuerySet[Any]:
        held = self._get_user_permission_objects_for_actions(user, actions)  # type: ignore[attr-defined]
        return Collection.objects.filter(beneath(one.collection.path for one in held))


class OwnFiles(OwnCollections, CollectionOwnershipPermissionPolicy):  # type: ignore[misc]
    """Files of one's own collections, and those shared with everybody."""


class OwnTree(OwnCollections, CollectionManagementPermissionPolicy):  # type: ignore[misc]
    """The collections themselves."""


def register() -> None:
    """Answer with our policies wherever Wagtail asks for one. For exact classes: Wagtail registers its own later."""
    owner = "uploaded_by_user"
    for model, rights in ((Image, "wagtailimages.Image"), (Document, "wagtaildocs.Document")):
        register_permission_policy(model, OwnFiles(model, rights, owner), exact_class=True)
    register_permission_policy(Collection, OwnTree(Collection), exact_class=True)
