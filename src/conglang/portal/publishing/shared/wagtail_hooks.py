"""The way to the announcements, for those who may."""

from typing import Any

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from . import queries, views


class AnnouncementsItem(MenuItem):
    def is_shown(self, request: Any) -> bool:
        return queries.may_announce(viewer=request.user)


@hooks.register("register_admin_urls")
def own_screen() -> list[Any]:
    return [path("thong-bao-mang-luoi/", views.announcements, name="shared_announcements")]


@hooks.register("register_admin_menu_item")
def menu_item() -> MenuItem:
    address = reverse("shared_announcements")
    return AnnouncementsItem(
        _("Announcements to all sites"), address, name="announcements", icon_name="warning", order=900
    )
