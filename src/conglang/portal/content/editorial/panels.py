"""What «Việc của tôi» shows: the state of one's own site, what waits to be published, what came out last."""

from collections.abc import Mapping
from typing import Any

from wagtail.admin.ui.components import Component

from conglang.portal.content.approval import queries as approvals
from conglang.portal.identity.accounts.queries import sees_all

from . import calendar, duties, glance, queries

AT_MOST = 8  # lines in a list on the start page


class Section(Component):
    """A part of «My work». ``place``: over all others, in the column of what waits for the person, beside it, below."""

    place = "main"


class OwnSite(Section):
    """One's own site: its address, whether it is official, its last edition and how many servers show it."""

    name = "own-site"
    template_name = "editorial/own_site.html"
    order = 1
    place = "top"

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        return {"card": queries.site_card(viewer=parent_context["request"].user)}


class Trouble(Section):
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


class ForMe(Section):
    """What somebody waits for me to do: texts to approve, and texts of mine that came back. Empty: not shown."""

    name = "for-me"
    template_name = "editorial/for_me.html"
    order = 7

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        viewer = parent_context["request"].user
        return {
            "to_approve": approvals.waiting_for(viewer=viewer),
            "proposals": approvals.proposals_for(viewer=viewer),
            "city_acts": queries.city_acts(viewer=viewer),
            "came_back": queries.came_back(viewer=viewer),
        }


class Overdue(Section):
    """What should have been done by now, from every app that knows of duties."""

    name = "overdue"
    template_name = "editorial/overdue.html"
    order = 8

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        found, count = duties.overdue(viewer=parent_context["request"].user)
        return {"duties": found, "more": count - len(found)}


class Network(Section):
    """The Centre's view of all sites; not shown to somebody of one office."""

    name = "network"
    template_name = "editorial/network.html"
    order = 15
    place = "below"
    FIRST = 8  # lines that are open at once

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        found = glance.glance(viewer=parent_context["request"].user)
        lines = found.lines if found else ()
        urgent = [line for line in lines if line.state < glance.State.QUIET][: self.FIRST]
        return {
            "glance": found,
            "groups": [(urgent, True), (lines[len(urgent) :], False)],
            "count": len(lines),
        }


class Drafts(Section):
    """Texts that were changed and are not public yet: mine, and those of the people I work with."""

    name = "drafts"
    template_name = "editorial/drafts.html"
    order = 20

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        viewer = parent_context["request"].user
        network = sees_all(viewer=viewer)
        mine = queries.drafts_of(viewer=viewer)
        others = [] if network else queries.waiting_texts(viewer=viewer, of_others=True)
        asked = approvals.states_of(page.pk for page in [*mine, *others])
        for page in [*mine, *others]:
            page.asked = asked.get(page.pk)
        return {"mine": mine, "others": others, "network": network}


class Coming(Section):
    """What goes public, or ends, by itself next."""

    name = "coming"
    template_name = "editorial/coming.html"
    order = 25
    place = "aside"

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        viewer = parent_context["request"].user
        return {"lines": calendar.lines_to_come(viewer=viewer, at_most=5)}


class LatelyPublished(Section):
    """What readers of one's own sites have got last."""

    name = "lately-published"
    template_name = "editorial/lately_published.html"
    order = 30
    place = "aside"

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        return {"pages": queries.lately_published(viewer=parent_context["request"].user)}
