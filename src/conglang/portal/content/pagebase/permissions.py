"""What nobody may do at the desk alone, whoever they are: anything that readers would see at once (decision 0017)."""

from typing import Any

from wagtail.models import PagePermissionTester


class NobodyAlone(PagePermissionTester):  # type: ignore[misc]
    """Wagtail's own answers, for administrators too, without every way past a second person.

    What two people have agreed to is published by `approval.actions`, which asks no permission here.
    """

    def can_publish(self) -> bool:
        return False

    def can_publish_subpage(self) -> bool:
        return False

    def can_unpublish(self) -> bool:
        return False

    def can_set_view_restrictions(self) -> bool:
        return False

    def can_reorder_children(self) -> bool:
        return False

    def can_unschedule(self) -> bool:
        """Taking a plan back puts nothing out; who may edit the text may do it."""
        return bool(self.can_edit())

    def can_delete(self, ignore_bulk: bool = False) -> bool:
        """What readers have stays. Asked for twice in every row of a list, so without Wagtail's queries for each."""
        if not self.user.is_active or self.page_is_root or self.page.live:
            return False
        if not self.user.is_superuser:
            alone = self.page.is_leaf() or ignore_bulk or "bulk_delete" in self.permissions
            if not alone or "change" not in self.permissions:
                return bool(super().can_delete(ignore_bulk)) and not self._is_seen()
        return not self._is_seen()

    def can_move_to(self, destination: Any) -> bool:
        return bool(super().can_move_to(destination)) and not self._is_seen()

    def _is_seen(self) -> bool:
        """Whether readers have this page or one below it."""
        if self.page.live or self.page.is_leaf():
            return bool(self.page.live)
        return bool(self.page.get_descendants().live().exists())
