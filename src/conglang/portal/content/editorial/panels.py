"""What «Việc của tôi» shows: the state of one's own site, what waits to be published, what came out last."""

from collections.abc import Mapping
from typing import Any

from wagtail.admin.ui.components import Component

from conglang.portal.content.approval import queries as approvals
from conglang.portal.identity.accounts.queries import sees_all

from . import queries


class OwnSite(Component):
    """One's own site: its address, whether it is official, its last edition and how many servers show it."""

    name = "own-site"
    template_name = "editorial/own_site.html"
    order = 10

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        return {"card": queries.site_card(viewer=parent_context["request"].user)}


class Trouble(Component):
    """What cannot be published and needs a person; nothing is shown while there is none."""

    name = "trouble"
    template_name = "editorial/trouble.html"
    order = 5

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        viewer = parent_context["request"].user
        found = queries.trouble(viewer=viewer)
        return {
            "trouble": found,
            "may_mend": queries.looks_after_sites(viewer),
            "request": parent_context["request"],
        }


class ForMe(Component):
    """What somebody waits for me to do: texts to approve, and texts of mine that came back. Empty: not shown."""

    name = "for-me"
    template_name = "editorial/for_me.html"
    order = 7

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        viewer = parent_context["request"].user
        return {
            "to_approve": approvals.waiting_for(viewer=viewer),
            "came_back": queries.came_back(viewer=viewer),
        }


class Waiting(Component):
    """Texts that were changed and are not public yet, newest first."""

    name = "waiting"
    template_name = "editorial/waiting.html"
    order = 20

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        viewer = parent_context["request"].user
        drafts = queries.waiting_texts(viewer=viewer)
        asked = approvals.states_of(page.pk for page in drafts)
        for page in drafts:
            page.asked = asked.get(page.pk)
        return {
            "drafts": drafts,
            "network": sees_all(viewer=viewer),
        }


class LatelyPublished(Component):
    """What readers of one's own sites have got last."""

    name = "lately-published"
    template_name = "editorial/lately_published.html"
    order = 30

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        return {"pages": queries.lately_published(viewer=parent_context["request"].user)}
