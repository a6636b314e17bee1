"""One door in front of every screen of the desk: nobody reaches a page of another office's site by its number."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase

from conglang.portal.identity.accounts import remembering
from conglang.portal.identity.accounts.queries import sees_all
from conglang.portal.publishing.rendering.causes import acting

from . import queries
from .actions import sync_memberships

PAGE_ARGUMENTS = frozenset(
    {
        "page_id",
        "parent_page_id",
        "destination_id",
        "page_to_move_id",
        "page_to_copy_id",
        "destination_page_id",
    }
)
# Screens of Wagtail that list people, drafts, files or history of the whole network, by namespace.
NETWORK_SCREENS = frozenset(
    {
        "wagtailadmin_api:images",
        "wagtailadmin_api:documents",
        "wagtailadmin_reports",
        "wagtailadmin_workflows",
        "wagtailusers_users",
        "wagtailusers_groups",
        "wagtailsites",
    }
)
# Those that change the whole network: administrators of the city alone, whoever else sees all sites.
CITY_SCREENS = frozenset(
    {
        "wagtailadmin_collections",
        "wagtailadmin_workflows",
        "wagtailsnippets",
        "wagtailusers_users",
        "wagtailusers_groups",
        "wagtailsites",
    }
)
CHOSEN_PAGES = "wagtailadmin_choose_page_chosen_multiple"  # Wagtail asks there for no right


class OwnSitesOnly:
    """Answers 404 for foreign pages, so that a guess does not even tell whether the page exists.

    Also reads a person's roles with every request: one that ended a minute ago opens nothing any more. Whatever the
    request changes is put down to this person in the list of editions.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            sync_memberships(user)
            with remembering.one_request(), acting(str(user.uuid), user.get_full_name() or user.username):
                return self.get_response(request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> None:
        if not request.user.is_authenticated:
            return
        match = request.resolver_match
        spaces = {match.namespace, *match.namespaces} if match else set()
        if spaces & CITY_SCREENS and not request.user.is_superuser:
            raise Http404
        if sees_all(viewer=request.user):
            return
        asked = self._asked_pages(request, kwargs)
        if spaces & NETWORK_SCREENS or (asked and queries.foreign_pages(asked, viewer=request.user)):
            raise Http404

    def _asked_pages(self, request: HttpRequest, kwargs: dict[str, Any]) -> list[int]:
        numbers = [kwargs[name] for name in PAGE_ARGUMENTS & kwargs.keys()]
        chosen = request.resolver_match and request.resolver_match.url_name == CHOSEN_PAGES
        if chosen or kwargs.get("model_name") == "basepage":  # pages named in the query
            numbers += request.GET.getlist("id")
        return [int(number) for number in numbers if str(number).isdigit()]
