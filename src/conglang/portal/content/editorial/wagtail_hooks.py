"""What the desk shows to whom: the five things of a clerk in front, everything else behind «Mục khác»."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.action_menu import ActionMenuItem
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem
from wagtail.admin.widgets import Button
from wagtail.log_actions import LogFormatter

from conglang.portal.content.approval import queries as approvals
from conglang.portal.content.approval.rules import CITY_ROLES
from conglang.portal.content.notices import queries as notices
from conglang.portal.content.pagebase.models import SITE_ROOT_DEPTH
from conglang.portal.identity.accounts.queries import (
    audited_units,
    managed_offices,
    roles_today,
    sees_all,
    sites_of,
)
from conglang.portal.identity.accounts.rules import UNIT_ROLES

from . import (
    approving,
    calendar,
    confirming,
    delegations,
    edition_views,
    editions,
    noticing,
    own_keys,
    panels,
    people,
    proposals,
    queries,
    record,
    recovery,
    servers,
    sharing,
    sign_ins,
    views,
    withdrawing,
)
from .requests import DeskRequest

# Wagtail's items for the whole network; a unit's clerk has no use for them and no right to them.
ADMINISTRATORS_ONLY = frozenset(
    {
        "settings",
        "sites",
        "collections",
        "workflows",
        "workflow-tasks",
        "groups",
        "users",
        "redirects",
        "locales",
    }
    | {"snippets"}
)
REPLACED = frozenset({"explorer", "help"})


@hooks.register("register_admin_urls")
def own_screens() -> list[Any]:
    return [
        path("soan/", views.write, name="editorial_write"),
        path("tro-giup/", views.help_page, name="editorial_help"),
        path("lich-cong-bo/", calendar.calendar, name="editorial_calendar"),
        path("lich-cong-bo/<int:pk>/thu-lai/", calendar.try_again, name="editorial_calendar_retry"),
        path("phien-ban/", edition_views.first_site, name="editorial_first_editions"),
        path("phien-ban/<slug:key>/", edition_views.edition_list, name="editorial_editions"),
        path(
            "phien-ban/<slug:key>/bo-khoi-phuc/",
            edition_views.end_restoration,
            name="editorial_end_restoration",
        ),
        path("phien-ban/<slug:key>/<int:number>/", edition_views.one_edition, name="editorial_edition"),
        path("phien-ban/<slug:key>/<int:number>/khoi-phuc/", edition_views.restore, name="editorial_restore"),
        path("dung-lai/", edition_views.rebuilds, name="editorial_rebuilds"),
        path("may-chu-cong-bo/", servers.servers, name="editorial_servers"),
        path("duyet/", approving.waiting, name="editorial_approvals"),
        path("duyet/<int:pk>/", approving.one, name="editorial_approval"),
        path("duyet/<int:pk>/xem/", approving.look, name="editorial_approval_look"),
        path("duyet/<int:pk>/dong-y/", approving.agree, name="editorial_approval_agree"),
        path("duyet/<int:pk>/tra-lai/", approving.send_back, name="editorial_approval_send_back"),
        path("duyet/<int:pk>/rut-lai/", approving.take_back, name="editorial_approval_take_back"),
        path("thong-bao/", noticing.notices, name="editorial_notices"),
        path("thong-bao/da-doc/", noticing.read_all, name="editorial_notices_read"),
        path("uy-quyen/", delegations.delegations, name="editorial_delegations"),
        path("uy-quyen/<int:pk>/ket-thuc/", delegations.end, name="editorial_delegation_end"),
        path("de-nghi/<int:pk>/", proposals.one, name="editorial_proposal"),
        path("de-nghi/<int:pk>/xac-nhan/", proposals.confirm, name="editorial_proposal_confirm"),
        path("de-nghi/<int:pk>/tu-choi/", proposals.refuse, name="editorial_proposal_refuse"),
        path("de-nghi/<int:pk>/rut-lai/", proposals.take_back, name="editorial_proposal_take_back"),
        path("khan-cap/<int:page_id>/", proposals.emergency, name="editorial_emergency"),
        path("xac-nhan/", sign_ins.prove, name="editorial_prove"),
        path("phien-dang-nhap/", sign_ins.sign_ins, name="editorial_sign_ins"),
        path("phien-dang-nhap/<int:pk>/ket-thuc/", sign_ins.end, name="editorial_sign_in_end"),
        path("cach-dang-nhap/bo-khoa/<int:pk>/", own_keys.remove_passkey, name="editorial_passkey_remove"),
        path("cach-dang-nhap/bo-ung-dung/", own_keys.remove_codes, name="editorial_codes_remove"),
        path("cach-dang-nhap/bo-mat-khau/", own_keys.forget_password, name="editorial_password_forget"),
        path("nguoi/", people.people, name="editorial_people"),
        path("nguoi/<int:pk>/mo-lai/", recovery.open_again, name="editorial_account_open"),
        path("nguoi/<int:pk>/khoi-phuc/", recovery.ask, name="editorial_recovery_ask"),
        path("khoi-phuc-tai-khoan/<int:pk>/dong-y/", recovery.agree, name="editorial_recovery_agree"),
        path("khoi-phuc-tai-khoan/<int:pk>/tu-choi/", recovery.refuse, name="editorial_recovery_refuse"),
        path("nguoi/<int:pk>/thoi-vai-tro/", people.end, name="editorial_people_end"),
        path("nguoi/<int:pk>/chuyen/", people.move, name="editorial_people_move"),
        path("nguoi/moi/<int:pk>/rut-lai/", people.withdraw, name="editorial_people_withdraw"),
        path("tep/<path:name>", views.private_file, name="editorial_file"),
        path("thu-lai/", views.try_again, name="editorial_try_again"),
        path("nhat-ky/", record.record, name="editorial_record"),
        path("nhat-ky/trich-xuat/", record.export, name="editorial_record_export"),
        path("go/<int:page_id>/", withdrawing.withdraw, name="editorial_withdraw"),
        path("con-chinh-xac/", confirming.to_confirm, name="editorial_to_confirm"),
        path("con-chinh-xac/<int:page_id>/", confirming.one, name="editorial_confirm"),
        path("cho-xem/<int:page_id>/", sharing.shared, name="editorial_shared"),
        path("cho-xem/<int:page_id>/<uuid:link>/ket-thuc/", sharing.end, name="editorial_shared_end"),
        path("dang-lai/<int:page_id>/", withdrawing.put_back, name="editorial_put_back"),
    ]


@hooks.register("construct_main_menu")
def five_things_in_front(request: DeskRequest, items: list[MenuItem]) -> None:
    own = views.own_site_address(request)
    more = _more(request, items)
    items[:] = [
        MenuItem(_("My work"), reverse("wagtailadmin_home"), name="my-work", icon_name="home", order=10),
        MenuItem(_("Write"), reverse("editorial_write"), name="write", icon_name="edit", order=20),
        MenuItem(own["title"], own["url"], name="own-site", icon_name="site", order=30),
        MenuItem(_bell(request), reverse("editorial_notices"), name="notices", icon_name="mail", order=40),
        MenuItem(_("Help"), reverse("editorial_help"), name="help-page", icon_name="help", order=50),
    ]
    if more:
        items.append(SubmenuMenuItem(_("More"), Menu(items=more), name="more", icon_name="bars", order=60))


def _bell(request: DeskRequest) -> str:
    count = notices.unread(viewer=request.user)
    return str(_("Notices (%(count)s)") % {"count": count} if count else _("Notices"))


def _more(request: DeskRequest, items: list[MenuItem]) -> list[MenuItem]:
    """Return what Wagtail offers this person, in one flat list."""
    network = sees_all(viewer=request.user)
    times = reverse("editorial_calendar")
    hidden = REPLACED | (frozenset() if request.user.is_superuser else ADMINISTRATORS_ONLY)
    found = [
        MenuItem(_("How you sign in"), reverse("editorial_own_keys"), name="own-keys", icon_name="key"),
        MenuItem(
            _("Where you are signed in"), reverse("editorial_sign_ins"), name="sign-ins", icon_name="key"
        ),
        MenuItem(
            _("To be confirmed as still correct"),
            reverse("editorial_to_confirm"),
            name="to-confirm",
            icon_name="check",
            order=3,
        ),
        MenuItem(
            _("Delegating approval"), reverse("editorial_delegations"), name="delegations", icon_name="group"
        ),
        MenuItem(_("Publishing calendar"), times, name="calendar", icon_name="calendar-alt", order=1),
        MenuItem(
            _("Published editions"), reverse("editorial_first_editions"), name="editions", icon_name="history"
        ),
    ]
    if managed_offices(viewer=request.user).exists():
        found.append(
            MenuItem(_("People and roles"), reverse("editorial_people"), name="people", icon_name="group")
        )
    if audited_units(viewer=request.user) != frozenset():
        found.append(
            MenuItem(_("Audit record"), reverse("editorial_record"), name="record", icon_name="history")
        )
    if request.user.is_superuser:
        rebuilds = reverse("editorial_rebuilds")
        found.append(MenuItem(_("Build sites again"), rebuilds, name="rebuilds", icon_name="rotate"))
    if network:
        seen = reverse("editorial_servers")
        found.append(MenuItem(_("Public servers"), seen, name="servers", icon_name="globe", order=2))
    for item in items:
        if item.name in hidden or (item.name == "reports" and not network):
            continue
        inner = item.menu.menu_items_for_request(request) if isinstance(item, SubmenuMenuItem) else [item]
        found += [entry for entry in inner if entry.name not in hidden]
    return found


@hooks.register("before_edit_page")
def tell_of_pin(request: DeskRequest, page: Any) -> None:
    """An editor must know that readers get an older state of the page, and how that ends."""
    pin = editions.pin_of(page)
    if pin is not None and request.method == "GET":
        told = _(
            "Readers get this page as it was in edition %(number)s (%(reason)s). Publishing it again ends that."
        )
        messages.warning(request, told % {"number": pin.edition, "reason": pin.reason})


@hooks.register("before_move_page")
def no_question_without_the_right(request: DeskRequest, page: Any, destination: Any) -> None:
    """Wagtail asks «move it?», with the page's title, whoever opens the address; it refuses only the answer."""
    if not page.permissions_for_user(request.user).can_move_to(destination):
        raise PermissionDenied


@hooks.register("construct_settings_menu")
def settings_for_administrators(request: DeskRequest, items: list[MenuItem]) -> None:
    if not request.user.is_superuser:
        items.clear()


@hooks.register("construct_homepage_panels")
def my_work(request: DeskRequest, shown: list[Any]) -> None:
    shown[:] = [
        panels.OwnSite(),
        panels.Trouble(),
        panels.ForMe(),
        panels.Overdue(),
        panels.Network(),
        panels.Drafts(),
        panels.Coming(),
        panels.LatelyPublished(),
    ]


@hooks.register("construct_homepage_summary_items")
def no_counts(request: DeskRequest, items: list[Any]) -> None:
    items.clear()


@hooks.register("construct_page_chooser_queryset")
def choose_among_own_pages(pages: QuerySet[Any], request: DeskRequest) -> QuerySet[Any]:
    if hasattr(pages, "annotate_approved_schedule"):
        pages = pages.annotate_approved_schedule()  # or every row asks by itself
    if sees_all(viewer=request.user):
        return pages
    return pages.filter(site__in=sites_of(viewer=request.user).values("pk"))


@hooks.register("construct_explorer_page_queryset")
def explore_own_pages(parent: Any, pages: QuerySet[Any], request: DeskRequest) -> QuerySet[Any]:
    return choose_among_own_pages(pages, request)


class AskForApproval(ActionMenuItem):
    """The button under every text: nobody publishes by themselves."""

    name = approving.ASK
    label = _("Send for approval")
    icon_name = "check"
    order = 5

    def is_shown(self, context: dict[str, Any]) -> bool:
        return not context.get("locked_for_user") and context["view"] in ("create", "edit")


@hooks.register("register_page_action_menu_item")
def ask_for_approval() -> ActionMenuItem:
    return AskForApproval()


@hooks.register("construct_page_action_menu")
def own_actions(items: list[Any], request: DeskRequest, context: dict[str, Any]) -> None:
    """Send for approval, save, delete: no words of Wagtail's own workflow."""
    items[:] = [item for item in items if item.name not in {"action-submit", "action-restart-workflow"}]
    items.sort(key=lambda item: item.name != approving.ASK)


@hooks.register("after_create_page")
@hooks.register("after_edit_page")
def send_for_approval(request: DeskRequest, page: Any) -> Any:
    return approving.ask_after_saving(request, page)


@hooks.register("construct_page_listing_buttons")
def no_second_homes(buttons: list[Any], page: Any, user: Any, context: Any = None) -> None:
    """A site's root is made by provisioning: it is neither copied nor moved."""
    if page.depth <= 2:
        buttons[:] = [button for button in buttons if getattr(button, "url_name", "") not in _STRUCTURAL]


_STRUCTURAL = frozenset({"wagtailadmin_pages:copy", "wagtailadmin_pages:move"})


@hooks.register("register_page_header_buttons")
def take_down_from_the_page(
    page: Any, user: Any, view_name: str, next_url: str | None = None
) -> list[Button]:
    """Also what waits for a second person, and what the city may do over a unit's head."""
    if page.depth <= SITE_ROOT_DEPTH or page.site is None:
        return []
    found = _withdrawal_buttons(page, user)
    if (waiting := approvals.open_proposal(page)) is not None:
        url = reverse("editorial_proposal", args=[waiting.pk])
        found = [Button(_("Waits for a second person"), url, icon_name="time", priority=61)]
    if roles_today(viewer=user) & CITY_ROLES and not page.site.is_city:
        url = reverse("editorial_emergency", args=[page.pk])
        found.append(Button(_("In an emergency, for the city"), url, icon_name="warning", priority=63))
    return found


@hooks.register("register_page_header_buttons")
def confirm_from_the_page(page: Any, user: Any, view_name: str, next_url: str | None = None) -> list[Button]:
    if not confirming.may_confirm(page, user):
        return []
    url = reverse("editorial_confirm", args=[page.pk])
    return [Button(_("Confirm that it is still correct"), url, icon_name="check", priority=61)]


@hooks.register("register_page_header_buttons")
def show_the_draft_to_somebody(
    page: Any, user: Any, view_name: str, next_url: str | None = None
) -> list[Button]:
    if page.depth <= SITE_ROOT_DEPTH or not page.permissions_for_user(user).can_edit():
        return []
    url = reverse("editorial_shared", args=[page.pk])
    return [Button(_("Show the draft to somebody"), url, icon_name="link", priority=60)]


@hooks.register("register_page_listing_more_buttons")
def take_down_from_the_list(page: Any, user: Any, next_url: str | None = None) -> list[Button]:
    return _withdrawal_buttons(page, user)


def _withdrawal_buttons(page: Any, user: Any) -> list[Button]:
    """Take down with a notice, or undo that. Asks the database nothing for a live page: a list has forty rows."""
    if page.depth <= SITE_ROOT_DEPTH or not roles_today(viewer=user) & (UNIT_ROLES | CITY_ROLES):
        return []
    if page.live:
        url = reverse("editorial_withdraw", args=[page.pk])
        return [Button(_("Take down with a notice"), url, icon_name="warning", priority=62)]
    if page.first_published_at and queries.has_notice(page):
        url = reverse("editorial_put_back", args=[page.pk])
        return [Button(_("Publish again"), url, icon_name="undo", priority=62)]
    return []


@hooks.register("register_log_actions")
def words_of_the_history(actions: Any) -> None:
    actions.register_action(
        "pages.confirm", _("Confirm that it is still correct"), _("Confirmed as still correct")
    )
    actions.register_action("pages.share", _("Make a link to the draft"), _("A link to the draft was made"))
    actions.register_action("pages.unshare", _("End this link"), _("A link to the draft was ended"))
    actions.register_action("pages.withdraw", _("Take down with a notice"), _("Taken down with a notice"))
    actions.register_action("approval.city_publish")(CityPublished)
    actions.register_action("approval.city_take_down")(CityTookDown)


class CityPublished(LogFormatter):  # type: ignore[misc]
    """What the history of a page says: who asked, who agreed (the entry's own person), and why."""

    label = message = _("The city published this in an emergency")

    def format_message(self, log_entry: Any) -> str:
        facts = {"who": log_entry.data.get("asked_by", ""), "why": log_entry.data.get("reason", "")}
        return f"{self.message} ({gettext('asked by %(who)s, reason: «%(why)s»') % facts})"


class CityTookDown(CityPublished):
    label = message = _("The city took this down in an emergency")
