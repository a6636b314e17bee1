"""Whose pages somebody may see at the desk, asked for once a request: parts of the tree, as prefixes of paths.

Wagtail's own policy adds one condition to every query for each right in each group. Here a person's rights are folded
into the few paths under which they reach, so that a query costs the same with three sites and with 126.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from wagtail.permission_policies.pages import PagePermissionPolicy
from wagtail.permissions import register_permission_policy

from .models import BasePage
from .rules import outermost

EXPLORING = frozenset({"add", "change", "publish", "lock", "unlock", "bulk_delete"})


def beneath(paths: Iterable[str], field: str = "path") -> Q:
    """The condition that a row of a tree lies at or below one of ``paths``; never true without any."""
    found = Q(pk__in=())
    for path in outermost(paths):
        found |= Q(**{f"{field}__startswith": path})
    return found


class OwnPages(PagePermissionPolicy):  # type: ignore[misc]
    """Wagtail's answers, in queries that do not grow with groups, rights or sites."""

    def get_all_permissions_for_user(self, user: Any) -> list[Any]:
        return list(super().get_all_permissions_for_user(user))

    def user_has_any_permission_for_instance(self, user: Any, actions: Iterable[str], instance: Any) -> bool:
        everything = self._base_user_has_permission(user)
        if everything is not None:
            return bool(everything)
        if any(instance.path.startswith(path) for path in self._paths(user, self._codes(actions))):
            return True
        return bool(
            instance.owner_id == user.pk
            and "change" in actions
            and any(instance.path.startswith(path) for path in self._paths(user, self._codes({"add"})))
        )

    def instances_user_has_any_permission_for(self, user: Any, actions: Iterable[str]) -> QuerySet[Any]:
        everything = self._base_queryset_for_user(user)
        if everything is not None:
            return everything
        wanted = set(actions)
        found = beneath(self._paths(user, self._codes(wanted)))
        if "change" in wanted and "add" not in wanted:
            found |= beneath(self._paths(user, self._codes({"add"}))) & Q(owner=user)
        return self.model._default_manager.filter(found)

    def explorable_instances(self, user: Any) -> QuerySet[Any]:
        """What somebody reaches, and what lies above it up to where their parts of the tree meet."""
        everything = self._base_queryset_for_user(user)
        if everything is not None:
            return everything
        paths = outermost(self._paths(user, self._codes(EXPLORING)))
        if not paths:
            return self.model._default_manager.none()
        step, shared = BasePage.steplen, _meeting_point(paths, BasePage.steplen)
        above = {path[:end] for path in paths for end in range(len(shared), len(path), step) if end}
        return self.model._default_manager.filter(beneath(paths) | Q(path__in=above))

    def _codes(self, actions: Iterable[str]) -> set[str]:
        return set(self._get_permission_codenames(actions))

    def _paths(self, user: Any, codes: set[str]) -> list[str]:
        held = self.get_cached_permissions_for_user(user)
        return [one.page.path for one in held if one.permission.codename in codes]


def _meeting_point(paths: list[str], step: int) -> str:
    """The path of the nearest page above all of them, or the only one itself."""
    first, last = min(paths), max(paths)
    end = 0
    while end < min(len(first), len(last)) and first[end : end + step] == last[end : end + step]:
        end += step
    return first[:end]


def register() -> None:
    """Answer with our policy wherever Wagtail asks for that of a page."""
    register_permission_policy(BasePage, OwnPages())
