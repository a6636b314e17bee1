"""A person's own settings, without a portrait: it would be a second way in for files, and nobody needs it."""

from typing import Any

from wagtail.admin.views.account import AccountView


class Account(AccountView):
    def get_panels(self) -> list[Any]:
        return [panel for panel in super().get_panels() if panel.name != "avatar"]
